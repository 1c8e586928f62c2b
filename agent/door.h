/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How a device of each bus is looked at, opened and shut.  A USB device has a
 * gate for each of its interfaces.  Anything else is one thing with one gate:
 * it shows the judge a single interface, which is the device itself.
 */

#pragma once

#include "agent/facts.h"

struct udev_device;

struct door {
	const char *subsystem; /* udev's */
	const char *devtype;   /* udev's, NULL: any */
	const char *gate;      /* what shows in sysfs that it is open */
	/* As facts_read_usb(). */
	int (*read)(int dirfd, const char *syspath, struct device_facts *ret, struct err *err);
	/* Of one interface; NULL where the medium's node is the only gate. */
	bool (*is_open)(int dirfd);
	/* @name: of the interface in sysfs, or of the device; @classes: what it is opened as. */
	int (*open)(int dirfd, const char *name, uint32_t classes, struct err *err);
	int (*shut)(int dirfd, const char *name, struct err *err);
};

extern const struct door door_usb;
extern const struct door door_disk; /* not below any other door, and not enrolled */

/* The subsystems to listen to, NULL at the end; disks are among them. */
extern const char *const door_subsystems[];

/* The door of a device that udev announces, or NULL: nothing to guard. */
const struct door *door_of(struct udev_device *device);
