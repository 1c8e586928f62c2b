/* SPDX-License-Identifier: Apache-2.0 */

/* What the kernel and udev say of devices, and the devices that come of it. */

#pragma once

#include "agent/agent.h"

/* The kernel has announced something that udev has not looked at yet. */
void arrival_announced(struct monitor *monitor, const char *action, struct udev_device *usb);

/* udev has processed it, or it was found. */
void arrival_processed(struct monitor *monitor, const char *action, struct udev_device *device);

/* A device is no more: say so in the log and forget it. */
void arrival_gone(struct agent *agent, struct attached_device *device);
