/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/storage.h"

#include "agent/enforce.h"
#include "core/err.h"
#include "core/log.h"
#include "core/parse.h"

#include <libudev.h>
#include <stdio.h>
#include <string.h>

static struct storage_disk *find_disk(const struct storage *storage, const char *syspath)
{
	struct storage_disk *disk = storage->first;

	while (disk && strcmp(disk->syspath, syspath) != 0)
		disk = disk->next;
	return disk;
}

static void drop_disk(struct storage *storage, struct storage_disk *disk)
{
	struct storage_disk **link = &storage->first;

	while (*link != disk)
		link = &(*link)->next;
	*link = disk->next;
	free(disk->syspath);
	free(disk);
}

static void forget_disk(struct storage *storage, struct storage_disk *disk)
{
	enforce_forget_disk(storage->gate_fd, disk->diskseq);
	drop_disk(storage, disk);
}

/* The device that the disk is in, which may be the disk itself, or NULL. */
static struct attached_device *owner_of(const struct storage *storage, struct udev_device *block)
{
	struct attached_device *device = NULL;

	for (struct udev_device *at = block; at && !device; at = udev_device_get_parent(at))
		device = device_by_path(storage->devices, udev_device_get_syspath(at));
	return device;
}

/* The opened interface that the disk hangs on, or NULL. */
static const struct attached_interface *opened_interface(const struct storage *storage,
							 struct udev_device *block,
							 struct attached_device **ret_device)
{
	struct udev_device *usb =
		udev_device_get_parent_with_subsystem_devtype(block, "usb", "usb_interface");
	struct attached_device *device = owner_of(storage, block);
	const struct attached_interface *interface;

	if (!device)
		return NULL;
	interface = device_interface(device, usb ? udev_device_get_sysname(usb) : device->name);
	/* What stands there now may be another one than was judged. */
	if (!interface || interface->state != INTERFACE_OPEN || !facts_is_present(interface->dirfd))
		return NULL;
	*ret_device = device;
	return interface;
}

static uint64_t diskseq_of(struct udev_device *block)
{
	const char *text = udev_device_get_property_value(block, "DISKSEQ");
	uint64_t diskseq = 0;
	struct err ignored = { 0 };

	if (!text)
		text = udev_device_get_sysattr_value(block, "diskseq");
	if (!text || parse_u64(text, UINT64_MAX, &diskseq, &ignored) < 0)
		return 0;
	return diskseq;
}

static struct storage_disk *remember_disk(struct storage *storage, struct udev_device *block)
{
	struct storage_disk *disk = calloc(1, sizeof(*disk));

	if (!disk)
		return NULL;
	disk->syspath = strdup(udev_device_get_syspath(block));
	if (!disk->syspath) {
		free(disk);
		return NULL;
	}
	disk->next = storage->first;
	storage->first = disk;
	return disk;
}

static void open_disk(struct storage *storage, struct storage_disk *disk, dev_t devnum)
{
	const struct enforce_disk medium = {
		.node = disk->node,
		.syspath = disk->syspath,
		.devnum = devnum,
		.diskseq = disk->diskseq,
	};
	struct err err = { 0 };

	if (enforce_open_disk(storage->gate_fd, &medium, disk->verdict == VERDICT_ALLOW, &err) <
	    0) {
		log_warning("%s stays shut: %s", disk->node, err.text);
		forget_disk(storage, disk);
		return;
	}
	log_info("guard: %s is open, %s", disk->node, verdict_name(disk->verdict));
}

static void disk_event(struct storage *storage, struct udev_device *block)
{
	const char *syspath = udev_device_get_syspath(block);
	const char *node = udev_device_get_devnode(block);
	uint64_t diskseq = diskseq_of(block);
	struct storage_disk *disk = find_disk(storage, syspath);
	struct attached_device *device = NULL;
	const struct attached_interface *interface = opened_interface(storage, block, &device);

	if (disk && (!interface || disk->diskseq != diskseq ||
		     disk->verdict != interface->judged.verdict)) {
		forget_disk(storage, disk);
		disk = NULL;
	}
	if (disk || !interface || !node || strlen(node) >= STORAGE_NODE_MAX || diskseq == 0)
		return;
	disk = remember_disk(storage, block);
	if (!disk)
		return; /* no memory: it stays shut */
	strcpy(disk->node, node);
	disk->diskseq = diskseq;
	disk->verdict = interface->judged.verdict;
	disk->device = device->id;
	open_disk(storage, disk, udev_device_get_devnum(block));
}

/* A part that was announced before its disk was opened has the closed mode. */
static void partition_event(const struct storage *storage, const char *action,
			    struct udev_device *block)
{
	struct udev_device *parent =
		udev_device_get_parent_with_subsystem_devtype(block, "block", "disk");
	const char *grant = udev_device_get_property_value(block, "SEKISHO_GRANT");

	if (strcmp(action, "change") != 0 && parent && grant && strcmp(grant, "none") == 0 &&
	    find_disk(storage, udev_device_get_syspath(parent)))
		enforce_announce(udev_device_get_syspath(block));
}

void storage_event(struct storage *storage, const char *action, struct udev_device *block)
{
	const char *type = udev_device_get_devtype(block);
	bool is_disk = type && strcmp(type, "disk") == 0;

	if (strcmp(action, "remove") == 0) {
		struct storage_disk *disk = find_disk(storage, udev_device_get_syspath(block));

		if (disk)
			forget_disk(storage, disk);
	} else if (is_disk) {
		disk_event(storage, block);
	} else {
		partition_event(storage, action, block);
	}
}

const char *storage_node(const struct storage *storage, const struct attached_device *device)
{
	const struct storage_disk *disk = storage->first;

	while (disk && disk->device != device->id)
		disk = disk->next;
	return disk ? disk->node : "";
}

void storage_deinit(struct storage *storage)
{
	while (storage->first)
		drop_disk(storage, storage->first);
}
