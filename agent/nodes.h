/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The nodes through which programs of a user speak with a device themselves,
 * past every driver: usbfs (phones), hidraw (security keys).  They are root's
 * alone.  The user at the seat gets them of a device that rules allow by name
 * and as a whole: through usbfs one reaches what the other interfaces share.
 */

#pragma once

#include "agent/device.h"

/* Open or shut them as what was decided about @device now wants. */
void nodes_update(int gate_fd, struct attached_device *device);
