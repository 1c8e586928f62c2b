/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/device.h"

#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static void device_free(struct attached_device *device)
{
	for (size_t i = 0; i < device->n_interfaces; i++)
		closep(&device->interfaces[i].dirfd);
	closep(&device->dirfd);
	free(device->interfaces);
	free(device->syspath);
	free(device);
}

DEFINE_CLEANUP(struct attached_device *, device_free)

struct attached_device *device_by_path(const struct device_list *list, const char *syspath)
{
	struct attached_device *device = list->first;

	while (device && strcmp(device->syspath, syspath) != 0)
		device = device->next;
	return device;
}

struct attached_device *device_by_id(const struct device_list *list, uint64_t id)
{
	struct attached_device *device = list->first;

	while (device && device->id != id)
		device = device->next;
	return device;
}

struct attached_interface *device_interface(struct attached_device *device, const char *name)
{
	for (size_t i = 0; i < device->n_interfaces; i++) {
		if (strcmp(device->interfaces[i].name, name) == 0)
			return &device->interfaces[i];
	}
	return NULL;
}

size_t device_interface_index(const struct attached_device *device,
			      const struct attached_interface *interface)
{
	size_t i = 0;

	while (i < device->facts.policy.n_interfaces &&
	       device->facts.policy.interfaces[i].number != interface->number)
		i++;
	return i;
}

uint32_t device_interface_classes(const struct attached_device *device,
				  const struct attached_interface *interface)
{
	size_t index = device_interface_index(device, interface);

	return index < device->facts.policy.n_interfaces
		       ? device->facts.policy.interfaces[index].classes
		       : 0;
}

bool device_is_settled(const struct attached_device *device)
{
	for (size_t i = 0; i < device->n_interfaces; i++) {
		if (!device->interfaces[i].settled)
			return false;
	}
	return device->overdue ||
	       (device->n_interfaces > 0 && device->n_interfaces >= device->facts.n_expected);
}

/* De-authorising and authorising again makes new directories under old names. */
static void drop_gone_interfaces(struct attached_device *device)
{
	size_t kept = 0;

	for (size_t i = 0; i < device->n_interfaces; i++) {
		struct attached_interface *interface = &device->interfaces[i];

		if (facts_is_present(interface->dirfd))
			device->interfaces[kept++] = *interface;
		else
			closep(&interface->dirfd);
	}
	device->n_interfaces = kept;
}

static void add_part(struct attached_device *device, const char *directory, const char *name,
		     uint8_t number)
{
	size_t place = device->n_interfaces;
	struct attached_interface *grown;
	cleanup_close int fd = -1;

	if (device_interface(device, name) || device->n_interfaces == POLICY_INTERFACES_MAX)
		return;
	fd = openat(device->dirfd, directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !facts_is_present(fd))
		return;
	grown = reallocarray(device->interfaces, device->n_interfaces + 1, sizeof(*grown));
	if (!grown)
		return; /* not taken in: not opened */
	device->interfaces = grown;
	/* By number, in whichever order the directory has them: so they stand in the log. */
	while (place > 0 && grown[place - 1].number > number)
		place--;
	memmove(&grown[place + 1], &grown[place], (device->n_interfaces - place) * sizeof(*grown));
	grown[place] = (struct attached_interface){ .number = number };
	(void)snprintf(grown[place].name, FACTS_NAME_MAX, "%s", name);
	grown[place].dirfd = take_fd(&fd);
	device->n_interfaces++;
}

static void add_interface(void *ctx, const char *name, uint8_t number)
{
	add_part(ctx, name, name, number);
}

int device_refresh(struct attached_device *device, struct err *err)
{
	struct device_facts facts;
	int rc;

	if (!facts_is_present(device->dirfd))
		return err_set(err, -ENODEV, "%s has gone", device->name);
	drop_gone_interfaces(device);
	rc = device->door->read(device->dirfd, device->syspath, &facts, err);
	if (rc < 0)
		return rc; /* what was known is still needed to say what has gone */
	device->facts = facts;
	if (device->door == &door_usb)
		return facts.n_expected == 0
			       ? 0
			       : facts_each_interface(device->dirfd, add_interface, device);
	add_part(device, ".", device->name, 0);
	return 0;
}

int device_attach(struct device_list *list, const struct door *door, const char *syspath,
		  int64_t now_us, struct attached_device **ret, struct err *err)
{
	cleanup_with(device_freep) struct attached_device *device = NULL;
	const char *name = strrchr(syspath, '/');
	int rc;

	if (!name || strlen(name + 1) >= FACTS_NAME_MAX)
		return err_set(err, -EINVAL, "%s is no device", syspath);
	device = calloc(1, sizeof(*device));
	if (!device)
		return err_set(err, -ENOMEM, "out of memory");
	device->door = door;
	device->dirfd = -1;
	device->syspath = strdup(syspath);
	if (!device->syspath)
		return err_set(err, -ENOMEM, "out of memory");
	device->dirfd = open(syspath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (device->dirfd < 0)
		return err_set(err, -errno, "%s: %m", syspath);
	strcpy(device->name, name + 1);
	rc = device_refresh(device, err);
	if (rc < 0)
		return rc;

	device->id = ++list->last_id;
	device->since_us = now_us;
	device->next = list->first;
	list->first = device;
	list->n_devices++;
	*ret = take_ptr(&device);
	return 0;
}

void device_detach(struct device_list *list, struct attached_device *device)
{
	struct attached_device **link = &list->first;

	while (*link && *link != device)
		link = &(*link)->next;
	if (!*link)
		return;
	*link = device->next;
	list->n_devices--;
	device_free(device);
}

void device_list_deinit(struct device_list *list)
{
	while (list->first)
		device_detach(list, list->first);
}
