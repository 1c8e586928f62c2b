/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The kernel's defaults for devices to come: usbcore's parameter and both
 * defaults of every root hub.  All must be 0 on a terminal that is set up
 * (T-03, T-11).
 */

#pragma once

#include "ipc/submit.h"

#include <stdbool.h>

struct udev;

struct gates {
	bool default_closed;       /* usbcore's parameter */
	uint32_t n_open;           /* found open in the last look and not to be shut */
	char detail[IPC_TEXT_MAX]; /* one of them, or empty */
};

enum gates_look {
	GATES_LOOK_ONLY = 0, /* not set up: nothing is changed */
	GATES_BEGIN = 1,     /* being set up: what is open is shut without alarm */
	GATES_GUARD = 2,     /* what is open has been tampered with */
};

void gates_check(struct gates *gates, struct udev *udev, struct ipc_submitter *log,
		 enum gates_look look);
