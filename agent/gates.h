/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The kernel's defaults for devices to come: usbcore's parameter and both
 * defaults of every root hub.  All must be 0 on a terminal that is set up
 * (T-03, T-11).
 */

#pragma once

#include "ipc/submit.h"

#include <stdbool.h>

struct findings;
struct udev;

struct gates {
	bool default_closed; /* usbcore's parameter */
	uint32_t n_open;     /* found open in the last look and not to be shut */
	struct ipc_open_gate open[IPC_OPEN_GATES_MAX]; /* the first of them */
};

enum gates_look {
	GATES_LOOK_ONLY = 0, /* not set up: nothing is changed */
	GATES_BEGIN = 1,     /* being set up: what is open is shut without alarm */
	GATES_GUARD = 2,     /* what is open has been tampered with */
};

/* Count @path among what is open: @gate, as `sekisho status` names it, and why. */
void gates_tell_open(struct gates *gates, const char *gate, const char *path, const char *why);

/* @findings: begun (agent/findings.h); it logs what was tampered with, and what was restored. */
void gates_check(struct gates *gates, struct udev *udev, struct findings *findings,
		 enum gates_look look);
