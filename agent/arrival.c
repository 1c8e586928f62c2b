/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/arrival.h"

#include "agent/closing.h"
#include "agent/foretell.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/log.h"

#include <errno.h>
#include <libudev.h>
#include <stdlib.h>
#include <string.h>

void arrival_gone(struct agent *agent, struct attached_device *device)
{
	judge_farewell(&agent->judge, device);
	device_detach(&agent->devices, device);
}

/* The device as sysfs shows it now, or NULL when there is none to be had. */
static struct attached_device *take_in(struct agent *agent, const struct door *door,
				       const char *syspath)
{
	struct attached_device *device = device_by_path(&agent->devices, syspath);
	struct err err = { 0 };

	if (device && device_refresh(device, &err) == 0)
		return device;
	if (device)
		arrival_gone(agent, device);
	if (device_attach(&agent->devices, door, syspath, clock_read_us(CLOCK_REALTIME), &device,
			  &err) < 0) {
		if (err.code != -ENOENT && err.code != -ENODEV)
			log_warning("a device cannot be looked at and stays shut: %s", err.text);
		return NULL;
	}
	judge_recall(&agent->judge, device);
	return device;
}

/* The next one at this port is known from the kernel, and udev has only now done with the one
 * before. */
static bool is_successor(const struct attached_device *device, struct udev_device *gone)
{
	const char *devnum = udev_device_get_property_value(gone, "DEVNUM");

	return devnum && device->facts.devnum != 0 &&
	       strtoul(devnum, NULL, 10) != device->facts.devnum;
}

static void device_event(struct agent *agent, const char *action, const struct door *door,
			 struct udev_device *found)
{
	const char *syspath = udev_device_get_syspath(found);
	struct attached_device *device;

	if (strcmp(action, "remove") == 0) {
		device = device_by_path(&agent->devices, syspath);
		if (device && !is_successor(device, found))
			arrival_gone(agent, device);
		return;
	}
	device = take_in(agent, door, syspath);
	if (!device)
		return;
	/* A USB device's interfaces are announced one by one. */
	if (door != &door_usb && device->n_interfaces > 0)
		device->interfaces[0].settled = true;
	judge_device(&agent->judge, device);
}

static void interface_event(struct agent *agent, const char *action, struct udev_device *usb)
{
	struct udev_device *parent =
		udev_device_get_parent_with_subsystem_devtype(usb, "usb", "usb_device");
	const char *input = udev_device_get_property_value(usb, "SEKISHO_INPUT");
	struct attached_device *device;
	struct attached_interface *interface;

	if (!parent || !door_of(parent))
		return;
	device = strcmp(action, "remove") == 0
			 ? device_by_path(&agent->devices, udev_device_get_syspath(parent))
			 : take_in(agent, &door_usb, udev_device_get_syspath(parent));
	interface = device ? device_interface(device, udev_device_get_sysname(usb)) : NULL;
	if (!interface || strcmp(action, "remove") == 0)
		return; /* dropped with the next look */
	if (input && strcmp(input, "1") == 0)
		interface->is_input = true;
	if (strcmp(action, MONITOR_PRESENT) != 0 || udev_device_get_is_initialized(usb))
		interface->settled = true;
	judge_device(&agent->judge, device);
}

void arrival_processed(struct monitor *monitor, const char *action, struct udev_device *device)
{
	struct agent *agent = container_of(monitor, struct agent, monitor);
	const char *subsystem = udev_device_get_subsystem(device);
	const char *type = udev_device_get_devtype(device);
	const struct door *door = door_of(device);

	situation_refresh(&agent->situation);
	if (door)
		device_event(agent, action, door, device);
	if (subsystem && strcmp(subsystem, "block") == 0)
		storage_event(&agent->storage, action, device);
	else if (type && strcmp(type, "usb_interface") == 0)
		interface_event(agent, action, device);
}

/*
 * What was opened for usbhid is for usbhid (10-sekisho-usb.rules): a device can make the kernel
 * look for a driver again, and udevd may be down.
 */
static void bound(struct agent *agent, struct udev_device *usb)
{
	struct udev_device *parent =
		udev_device_get_parent_with_subsystem_devtype(usb, "usb", "usb_device");
	struct attached_device *device =
		parent ? device_by_path(&agent->devices, udev_device_get_syspath(parent)) : NULL;
	const char *driver = udev_device_get_property_value(usb, "DRIVER");
	struct attached_interface *interface;
	struct err ignored = { 0 };

	if (!device || !device->ahead || (driver && strcmp(driver, "usbhid") == 0) ||
	    device_refresh(device, &ignored) < 0)
		return;
	interface = device_interface(device, udev_device_get_sysname(usb));
	if (interface)
		closing_shut(&agent->judge, device, interface);
}

void arrival_announced(struct monitor *monitor, const char *action, struct udev_device *usb)
{
	struct agent *agent = container_of(monitor, struct agent, announced);
	const char *syspath = udev_device_get_syspath(usb);
	struct attached_device *device = device_by_path(&agent->devices, syspath);

	if (strcmp(action, "bind") == 0 && door_of(usb) != &door_usb)
		bound(agent, usb);
	else if (strcmp(action, "bind") == 0 && device && !device->ahead)
		device->ahead = ahead_open(&agent->ahead, &agent->judge, device);
	if (strcmp(action, "add") != 0 || door_of(usb) != &door_usb)
		return;
	if (device && facts_is_present(device->dirfd) && !foretell_is_open(device))
		return; /* announced again */
	situation_refresh(&agent->situation);
	device = take_in(agent, &door_usb, syspath);
	if (!device)
		return;
	if (ahead_would_open(&agent->judge, device))
		agent->judge.again(&agent->judge); /* it is logged, whatever udevd does */
	else
		foretell(&agent->judge, device);
}
