/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A device that no rule opens is in the log before udev has looked at it: what
 * it is stands in the descriptors that the kernel has read.  Nothing is opened
 * here, and whatever a rule may open, or only udev knows, waits for udev.
 */

#pragma once

#include "agent/judge.h"

/* @device: just announced by the kernel.  Does nothing where something might be opened. */
void foretell(struct judge *judge, struct attached_device *device);

/* True when @interface was judged as it was foretold: it then has that entry, or waits for it. */
bool foretell_came_true(const struct attached_device *device, struct attached_interface *interface);

/* Nothing has been said of the device yet. */
bool foretell_is_open(const struct attached_device *device);

/* The device has its interfaces: what was foretold has served. */
void foretell_done(struct attached_device *device);
