/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/door.h"

#include "agent/drivers.h"
#include "agent/enforce.h"

#include <libudev.h>
#include <string.h>

static int open_interface(int dirfd, const char *name, uint32_t classes, struct err *err)
{
	return enforce_open_interface(dirfd, name, drivers_for(classes), err);
}

static int open_card(int dirfd, const char *name, uint32_t classes, struct err *err)
{
	(void)classes;
	return enforce_bind(dirfd, "mmc", name, err);
}

static int open_memstick(int dirfd, const char *name, uint32_t classes, struct err *err)
{
	(void)classes;
	return enforce_bind(dirfd, "memstick", name, err);
}

static int open_tunnel(int dirfd, const char *name, uint32_t classes, struct err *err)
{
	(void)classes;
	return enforce_authorise(dirfd, name, err);
}

/* The marker of its medium does everything (agent/storage.c). */
static int open_disk(int dirfd, const char *name, uint32_t classes, struct err *err)
{
	(void)dirfd;
	(void)name;
	(void)classes;
	(void)err;
	return 0;
}

static int shut_disk(int dirfd, const char *name, struct err *err)
{
	(void)dirfd;
	(void)name;
	(void)err;
	return 0;
}

const struct door door_usb = {
	.subsystem = "usb",
	.devtype = "usb_device",
	.gate = "authorized",
	.read = facts_read_usb,
	.is_open = facts_is_authorized,
	.open = open_interface,
	.shut = enforce_close_gate,
};

static const struct door door_sd = {
	.subsystem = "mmc",
	.gate = "driver",
	.read = facts_read_card,
	.is_open = facts_is_bound,
	.open = open_card,
	.shut = enforce_unbind,
};

static const struct door door_memstick = {
	.subsystem = "memstick",
	.gate = "driver",
	.read = facts_read_memstick,
	.is_open = facts_is_bound,
	.open = open_memstick,
	.shut = enforce_unbind,
};

static const struct door door_thunderbolt = {
	.subsystem = "thunderbolt",
	.devtype = "thunderbolt_device",
	.gate = "authorized",
	.read = facts_read_thunderbolt,
	.is_open = facts_is_authorized,
	.open = open_tunnel,
	.shut = enforce_close_gate,
};

const struct door door_disk = {
	.subsystem = "block",
	.devtype = "disk",
	.gate = "",
	.read = facts_read_disk,
	.open = open_disk,
	.shut = shut_disk,
};

const char *const door_subsystems[] = { "usb", "mmc", "memstick", "thunderbolt", "block", NULL };

/* Soldered eMMC is bound by the static rules; its disk is enrolled, or guarded as a disk. */
static bool is_slot_card(struct udev_device *card)
{
	const char *type = udev_device_get_sysattr_value(card, "type");

	return !type || strcmp(type, "MMC") != 0;
}

/* Of such a disk the device that it is in is judged. */
static bool hangs_on_door(struct udev_device *disk)
{
	struct udev_device *card = udev_device_get_parent_with_subsystem_devtype(disk, "mmc", NULL);

	return (card && is_slot_card(card)) ||
	       udev_device_get_parent_with_subsystem_devtype(disk, "usb", "usb_device") ||
	       udev_device_get_parent_with_subsystem_devtype(disk, "memstick", NULL);
}

static bool is_guarded_disk(struct udev_device *disk)
{
	const char *gated = udev_device_get_property_value(disk, "SEKISHO_GATED");

	return gated && strcmp(gated, "1") == 0 && !hangs_on_door(disk);
}

/* The terminal's own ports are no devices: "usb1", "0-0". */
static bool is_own_port(const struct door *door, const char *sysname)
{
	if (door == &door_usb)
		return strncmp(sysname, "usb", 3) == 0;
	return door == &door_thunderbolt && strcmp(sysname + strcspn(sysname, "-"), "-0") == 0;
}

static bool fits(const struct door *door, struct udev_device *device)
{
	const char *subsystem = udev_device_get_subsystem(device);
	const char *devtype = udev_device_get_devtype(device);

	if (!subsystem || strcmp(subsystem, door->subsystem) != 0 ||
	    (door->devtype && (!devtype || strcmp(devtype, door->devtype) != 0)))
		return false;
	if (door == &door_disk)
		return is_guarded_disk(device);
	if (door == &door_sd)
		return is_slot_card(device);
	return !is_own_port(door, udev_device_get_sysname(device));
}

static const struct door *const doors[] = { &door_usb, &door_sd, &door_memstick, &door_thunderbolt,
					    &door_disk };

const struct door *door_of(struct udev_device *device)
{
	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
		if (fits(doors[i], device))
			return doors[i];
	}
	return NULL;
}
