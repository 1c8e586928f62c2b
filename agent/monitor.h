/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Where devices come from: udev's own announcements, which follow its rules; the
 * kernel's, which come before them; and a list of what is there already.
 */

#pragma once

#include "core/loop.h"

#define MONITOR_PRESENT "present" /* found, not announced */

struct err;
struct udev;
struct udev_device;
struct udev_monitor;

struct monitor {
	struct loop *loop;
	struct udev *udev;
	struct udev_monitor *netlink;
	struct loop_source source;
	/* @action: udev's "add", "remove", ..., or MONITOR_PRESENT; @device is the monitor's. */
	void (*event)(struct monitor *monitor, const char *action, struct udev_device *device);
	/* Announcements were lost: look at everything.  May be NULL. */
	void (*lost)(struct monitor *monitor);
};

/**
 * monitor_init() - listen
 * @source:	"udev" or "kernel"
 * @subsystems:	what to listen to; ends with NULL
 */
int monitor_init(struct monitor *monitor, struct loop *loop, const char *source,
		 const char *const *subsystems, struct err *err);
void monitor_deinit(struct monitor *monitor);

/* Call @event with MONITOR_PRESENT for everything of @subsystem that is there. */
void monitor_enumerate(struct monitor *monitor, const char *subsystem);
