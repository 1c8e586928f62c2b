/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/storage.h"

#include "agent/enforce.h"
#include "core/err.h"
#include "core/parse.h"

#include <libudev.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REMOVED "removed" /* word of the log's glossary */

static struct storage_disk *find_disk(const struct storage *storage, const char *syspath)
{
	struct storage_disk *disk = storage->first;

	while (disk && (disk->is_gone || strcmp(disk->syspath, syspath) != 0))
		disk = disk->next;
	return disk;
}

/* The device that the disk is in, which may be the disk itself, or NULL. */
static struct attached_device *owner_of(const struct storage *storage, struct udev_device *block)
{
	struct attached_device *device = NULL;

	for (struct udev_device *at = block; at && !device; at = udev_device_get_parent(at))
		device = device_by_path(storage->judge->devices, udev_device_get_syspath(at));
	return device;
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

static bool describe_disk(struct storage_disk *disk, struct udev_device *block)
{
	struct udev_device *usb =
		udev_device_get_parent_with_subsystem_devtype(block, "usb", "usb_interface");
	const struct attached_device *device = owner_of(disk->storage, block);
	const char *node = udev_device_get_devnode(block);

	if (!device || !node || strlen(node) >= STORAGE_NODE_MAX)
		return false;
	strcpy(disk->node, node);
	disk->devnum = udev_device_get_devnum(block);
	disk->diskseq = diskseq_of(block);
	disk->device = device->id;
	disk->vid = device->facts.policy.vid;
	disk->pid = device->facts.policy.pid;
	(void)snprintf(disk->serial, sizeof(disk->serial), "%s", device->facts.policy.serial);
	(void)snprintf(disk->interface, sizeof(disk->interface), "%s",
		       usb ? udev_device_get_sysname(usb) : device->name);
	return disk->diskseq != 0;
}

/* NULL: nothing is open for it, it has no identity, or there is no memory; it stays shut. */
static struct storage_disk *remember_disk(struct storage *storage, struct udev_device *block)
{
	struct storage_disk found = { .storage = storage, .next = storage->first };
	struct attached_device *device;
	struct storage_disk *disk;

	if (!describe_disk(&found, block) || !disk_interface(&found, &device))
		return NULL;
	found.syspath = strdup(udev_device_get_syspath(block));
	disk = found.syspath ? malloc(sizeof(*disk)) : NULL;
	if (!disk) {
		free(found.syspath);
		return NULL;
	}
	*disk = found;
	storage->first = disk;
	return disk;
}

static void disk_event(struct storage *storage, struct udev_device *block)
{
	struct storage_disk *disk = find_disk(storage, udev_device_get_syspath(block));

	if (disk && disk->diskseq != diskseq_of(block)) {
		disk_forget(disk, REMOVED); /* another medium in the same reader */
		disk = NULL;
	}
	if (!disk)
		disk = remember_disk(storage, block);
	if (disk)
		disk_consider(disk);
}

/* A part that was announced before its disk was opened has the closed mode. */
static void partition_event(const struct storage *storage, const char *action,
			    struct udev_device *block)
{
	struct udev_device *parent =
		udev_device_get_parent_with_subsystem_devtype(block, "block", "disk");
	const char *grant = udev_device_get_property_value(block, "SEKISHO_GRANT");
	const struct storage_disk *disk =
		parent ? find_disk(storage, udev_device_get_syspath(parent)) : NULL;

	if (disk && disk->state == MEDIUM_OPEN && strcmp(action, "change") != 0 && grant &&
	    strcmp(grant, "none") == 0)
		enforce_announce(udev_device_get_syspath(block));
}

void storage_event(struct storage *storage, const char *action, struct udev_device *block)
{
	const char *type = udev_device_get_devtype(block);
	bool is_disk = type && strcmp(type, "disk") == 0;

	if (strcmp(action, "remove") == 0) {
		struct storage_disk *disk = find_disk(storage, udev_device_get_syspath(block));

		if (disk)
			disk_forget(disk, REMOVED);
	} else if (is_disk) {
		disk_event(storage, block);
	} else {
		partition_event(storage, action, block);
	}
}

void storage_drop_gone(struct storage *storage)
{
	for (struct storage_disk *disk = storage->first, *next; disk; disk = next) {
		next = disk->next;
		if (!disk->is_gone && access(disk->syspath, F_OK) < 0)
			disk_forget(disk, REMOVED);
	}
}

void storage_reconsider(struct storage *storage)
{
	for (struct storage_disk *disk = storage->first, *next; disk; disk = next) {
		next = disk->next;
		if (!disk->is_gone)
			disk_reconsider(disk);
	}
	storage_follow(storage);
}

void storage_follow(struct storage *storage)
{
	for (struct storage_disk *disk = storage->first, *next; disk; disk = next) {
		next = disk->next;
		disk_follow(disk);
	}
}

static bool is_behind(const struct storage_disk *disk, const struct attached_device *device,
		      const struct attached_interface *interface)
{
	return !disk->is_gone && disk->device == device->id &&
	       strcmp(disk->interface, interface->name) == 0;
}

bool storage_is_used(const struct storage *storage, const struct attached_device *device,
		     const struct attached_interface *interface)
{
	const struct storage_disk *disk = storage->first;

	while (disk && (!is_behind(disk, device, interface) || !use_is_on(&disk->use)))
		disk = disk->next;
	return disk;
}

bool storage_end_use(struct storage *storage, struct attached_device *device,
		     const struct attached_interface *interface)
{
	if (!storage_is_used(storage, device, interface))
		return false;
	for (struct storage_disk *disk = storage->first, *next; disk; disk = next) {
		next = disk->next;
		if (!is_behind(disk, device, interface) || !use_is_on(&disk->use))
			continue;
		disk->cut_after = true;
		use_finish(&disk->use, USE_END_REQUIRED, NOT_GRANTED);
	}
	return true;
}

bool storage_uses_permit(const struct storage *storage, const char *number)
{
	const struct storage_disk *disk = storage->first;

	while (disk && (disk->is_gone || disk->state != MEDIUM_OPEN ||
			strcmp(disk->judged.permit, number) != 0))
		disk = disk->next;
	return disk;
}

void storage_revoke(struct storage *storage, const struct attached_device *device)
{
	for (struct storage_disk *disk = storage->first, *next; disk; disk = next) {
		next = disk->next;
		if (!disk->is_gone && disk->device == device->id)
			disk_shut(disk, "revoked");
	}
}

void storage_retry(struct storage *storage)
{
	for (struct storage_disk *disk = storage->first, *next; disk; disk = next) {
		next = disk->next;
		if (disk->state == MEDIUM_UNLOGGED)
			disk_judge(disk);
	}
}

const struct storage_disk *storage_disk_of(const struct storage *storage,
					   const struct attached_device *device)
{
	const struct storage_disk *disk = storage->first;

	while (disk && (disk->is_gone || disk->device != device->id))
		disk = disk->next;
	return disk;
}

void storage_deinit(struct storage *storage)
{
	while (storage->first)
		disk_drop(storage->first);
}
