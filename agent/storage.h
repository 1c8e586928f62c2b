/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The disks in devices that were opened, as udev announces them.
 */

#pragma once

#include "agent/disk.h"

struct udev_device;

struct storage {
	struct judge *judge;
	struct loop *loop;
	const char *media_socket;
	struct storage_disk *first;
};

/* Takes every announcement of the block subsystem. */
void storage_event(struct storage *storage, const char *action, struct udev_device *block);

/* After judge_reconsider(): shut what is not granted any more, judge media anew. */
void storage_reconsider(struct storage *storage);

/* What the log refused is tried once more. */
void storage_retry(struct storage *storage);

/* The first medium of a device that was looked at or opened, or NULL. */
const struct storage_disk *storage_disk_of(const struct storage *storage,
					   const struct attached_device *device);

/* Markers stay: an agent that is started again takes nothing from whoever works. */
void storage_deinit(struct storage *storage);
