/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Media below interfaces that were opened.  They come up shut (mode 0000,
 * read-only); here they get what the interface's verdict grants.  A medium is
 * its diskseq: another one in the same reader is another one (T-08).
 */

#pragma once

#include "agent/device.h"

#include <stdint.h>

#define STORAGE_NODE_MAX 64

struct udev_device;

struct storage_disk {
	struct storage_disk *next; /* storage.first */
	char *syspath;
	char node[STORAGE_NODE_MAX]; /* "/dev/sda" */
	uint64_t diskseq;
	enum verdict verdict;
	uint64_t device; /* attached_device.id */
};

struct storage {
	struct device_list *devices;
	int gate_fd; /* directory of markers */
	struct storage_disk *first;
};

/* Takes every announcement of the block subsystem. */
void storage_event(struct storage *storage, const char *action, struct udev_device *block);

/* The first opened medium of a device, or "". */
const char *storage_node(const struct storage *storage, const struct attached_device *device);

/* Markers stay: an agent that is started again takes nothing from whoever works. */
void storage_deinit(struct storage *storage);
