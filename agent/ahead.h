/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Plain keyboards and mice, opened when the kernel announces them instead of
 * when udevd has come to them.  What is done is what 10-sekisho-usb.rules does,
 * with the same markers; those rules stay, for what this does not do, and for
 * when no agent runs.
 *
 * A device decides how long the kernel waits for it.  So a thread does it, and
 * what it does not get to in time the rules do.
 */

#pragma once

#include "agent/judge.h"
#include "core/err.h"

#include <semaphore.h>

struct ahead {
	int gate_fd;    /* the owner's: directory of markers */
	int jobs_fd;    /* the thread reads here */
	int give_fd;    /* -1: not begun */
	sem_t confined; /* the thread has given up its rights, or failed to */
	struct err err; /* code 0: it has */
};

/**
 * ahead_init() - start the thread, which confines itself before this returns
 *
 * Signals are to be blocked by now.  @ahead must outlive the process' other users of it: the thread
 * is never waited for, because a device may hold it.
 */
int ahead_init(struct ahead *ahead, int gate_fd, struct err *err);
void ahead_deinit(struct ahead *ahead);

/* True when the static rules would open all of a device that has no interfaces yet. */
bool ahead_would_open(const struct judge *judge, const struct attached_device *device);

/**
 * ahead_open() - have a device opened, if the static rules would open all of it
 * @device:	bound to the kernel's driver for whole devices ("bind" of it was announced):
 *		when it is authorised before that, the kernel configures it once more, and its
 *		interfaces are others, and shut
 *
 * Return: true when the thread has it.  Whether it opens is seen in sysfs.
 */
bool ahead_open(const struct ahead *ahead, const struct judge *judge,
		const struct attached_device *device);
