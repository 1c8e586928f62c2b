/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nodes_given.h"

#include "agent/enforce.h"

#include <fnmatch.h>
#include <libudev.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#define GROUP_DISK 6
#define SEAT_TAG "uaccess"

const char *const nodes_subsystems[] = { "block",   "usb",       "hidraw",
					 "usbmisc", "firewire",  "scsi_generic",
					 "bsg",     "scsi_tape", "scsi_changer",
					 NULL };

static const struct nodes_right nobodys = { .mode = 0000 };
static const struct nodes_right roots = { .mode = 0600 };
/* What systemd gives the user at the seat is shown as the group's. */
static const struct nodes_right seats = { .mode = 0660, .is_users = true };
static const struct nodes_right to_read = { .mode = 0440, .gid = GROUP_DISK };
static const struct nodes_right to_write = { .mode = 0660, .gid = GROUP_DISK };

static bool has_property(struct udev_device *device, const char *key, const char *value)
{
	const char *found = udev_device_get_property_value(device, key);

	return found && strcmp(found, value) == 0;
}

static struct attached_device *owner_of(const struct storage *storage, struct udev_device *device)
{
	struct attached_device *owner = NULL;

	for (; device && !owner; device = udev_device_get_parent(device))
		owner = device_by_path(storage->judge->devices, udev_device_get_syspath(device));
	return owner;
}

static bool is_settled(const struct attached_device *device)
{
	for (size_t i = 0; device && i < device->n_interfaces; i++) {
		enum interface_state state = device->interfaces[i].state;

		if (state != INTERFACE_SHUT && state != INTERFACE_OPEN && state != INTERFACE_STATIC)
			return false;
	}
	return true;
}

static void disk_given(const struct storage *storage, struct udev_device *block,
		       struct nodes_given *ret)
{
	struct udev_device *whole =
		udev_device_get_parent_with_subsystem_devtype(block, "block", "disk");
	const char *syspath = udev_device_get_syspath(whole ? whole : block);
	const struct storage_disk *disk = storage->first;

	while (disk && (disk->is_gone || strcmp(disk->syspath, syspath) != 0))
		disk = disk->next;
	ret->is_disk = true;
	ret->by_agent = nobodys;
	if (disk && disk->state == MEDIUM_OPEN)
		ret->by_agent = disk->judged.verdict == VERDICT_ALLOW ? to_write : to_read;
	ret->by_rules = has_property(block, "SEKISHO_GRANT", "write")  ? to_write
			: has_property(block, "SEKISHO_GRANT", "read") ? to_read
								       : nobodys;
	ret->is_settled = is_settled(owner_of(storage, block)) &&
			  (!disk || disk->state == MEDIUM_OPEN || disk->state == MEDIUM_SHUT);
}

static void usb_given(const struct storage *storage, struct udev_device *device,
		      struct nodes_given *ret)
{
	const struct attached_device *owner = owner_of(storage, device);

	ret->by_agent = owner && owner->nodes_open ? seats : roots;
	ret->by_rules = udev_device_has_current_tag(device, SEAT_TAG) > 0 ? seats : roots;
	ret->is_settled = is_settled(owner);
}

static void always(struct nodes_given *ret, const struct nodes_right *right)
{
	ret->by_agent = *right;
	ret->by_rules = *right;
}

bool nodes_given(const struct storage *storage, struct udev_device *device, struct nodes_given *ret)
{
	const char *subsystem = udev_device_get_subsystem(device);
	const char *type = udev_device_get_devtype(device);
	bool is_usb = udev_device_get_parent_with_subsystem_devtype(device, "usb", NULL) != NULL;

	*ret = (struct nodes_given){ .is_settled = true };
	if (!subsystem || !has_property(device, "SEKISHO_SET_UP", "1"))
		return false;
	if (strcmp(subsystem, "block") == 0) {
		disk_given(storage, device, ret);
		return has_property(device, "SEKISHO_GATED", "1");
	}
	if (strcmp(subsystem, "usb") == 0 || strcmp(subsystem, "hidraw") == 0) {
		usb_given(storage, device, ret);
		return type ? strcmp(type, "usb_device") == 0 : is_usb;
	}
	if (strcmp(subsystem, "usbmisc") == 0) {
		always(ret, &roots);
		return fnmatch("hiddev*", udev_device_get_sysname(device), 0) == 0;
	}
	always(ret, strcmp(subsystem, "firewire") == 0 ? &roots : &nobodys);
	return true;
}

bool nodes_read(const char *node, dev_t devnum, struct nodes_right *ret)
{
	struct stat st;

	if (lstat(node, &st) < 0 || (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode)) ||
	    st.st_rdev != devnum)
		return false;
	*ret = (struct nodes_right){
		.mode = st.st_mode & 0777,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.is_users =
			(st.st_mode & S_IRWXG) != 0 && lgetxattr(node, ENFORCE_ACL, NULL, 0) > 0,
	};
	return true;
}

bool nodes_is_wider(const struct nodes_right *a, const struct nodes_right *b)
{
	return a->uid != b->uid || (a->gid != b->gid && (a->mode & S_IRWXG) != 0) ||
	       (a->mode & ~b->mode) != 0 || (a->is_users && !b->is_users);
}

bool nodes_fits(const struct nodes_right *found, const struct nodes_right *right)
{
	return !nodes_is_wider(found, right) &&
	       !nodes_is_wider(right->is_users ? &roots : right, found);
}

void nodes_print(const struct nodes_right *right, char out[NODES_TEXT_MAX])
{
	(void)snprintf(out, NODES_TEXT_MAX, "%04o %u:%u%s", right->mode, right->uid, right->gid,
		       right->is_users ? "+" : "");
}
