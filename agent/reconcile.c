/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile.h"

#include "agent/enforce.h"
#include "agent/nodes_given.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/parse.h"

#include <fcntl.h>
#include <libudev.h>
#include <stdio.h>
#include <string.h>

struct look {
	struct findings *findings;
	const struct storage *storage;
	struct udev_queue *queue;
};

/* Not while udev has work: it may be setting this very node. */
static bool is_quiet(const struct look *look)
{
	if (look->queue && udev_queue_get_queue_is_empty(look->queue))
		return true;
	look->findings->again = true;
	return false;
}

/* What udev is to do as its rules say is seen in the next look. */
static void mend_node(struct look *look, struct udev_device *device, const char *node,
		      const struct nodes_right *found, const struct nodes_right *right)
{
	struct nodes_right now = *found;
	char expected[NODES_TEXT_MAX];
	struct err err = { 0 };

	nodes_print(right, expected);
	if (nodes_is_wider(found, right))
		(void)enforce_close_node(node, found->mode & right->mode, &err);
	if (nodes_read(node, udev_device_get_devnum(device), &now) && !nodes_fits(&now, right))
		enforce_announce(udev_device_get_syspath(device));
	if (!nodes_is_wider(&now, right)) {
		findings_mended(look->findings, node, expected);
		return;
	}
	look->findings->again = true;
	findings_open(look->findings, "nodes", node, *err.text ? err.text : expected);
}

/* Whether it is as the agent or as the rules gave it: one follows the other. */
static bool is_given(const struct nodes_right *found, const struct nodes_given *given)
{
	return nodes_fits(found, &given->by_agent) || nodes_fits(found, &given->by_rules);
}

/* The rules gave more than the agent did: by a marker that was not the agent's. */
static void check_given(struct look *look, struct udev_device *device, const char *node,
			struct nodes_given *given)
{
	char found[NODES_TEXT_MAX];
	char expected[NODES_TEXT_MAX];

	if (!nodes_is_wider(&given->by_rules, &given->by_agent))
		return;
	look->findings->again = look->findings->again || !given->is_settled;
	if (!given->is_settled || !findings_suspect(look->findings, node) || !is_quiet(look))
		return;
	nodes_print(&given->by_rules, found);
	nodes_print(&given->by_agent, expected);
	findings_tamper(look->findings, node, found, expected);
	mend_node(look, device, node, &given->by_rules, &given->by_agent);
	enforce_announce(udev_device_get_syspath(device));
	given->by_rules = given->by_agent; /* its read-only flag too */
}

static void check_node(struct look *look, struct udev_device *device, struct nodes_given *given)
{
	const char *node = udev_device_get_devnode(device);
	char text[NODES_TEXT_MAX];
	char expected[NODES_TEXT_MAX];
	struct nodes_right found;

	if (!node || !nodes_read(node, udev_device_get_devnum(device), &found))
		return;
	if (is_given(&found, given)) {
		check_given(look, device, node, given);
		return;
	}
	if (!is_quiet(look) || !nodes_read(node, udev_device_get_devnum(device), &found) ||
	    is_given(&found, given))
		return;
	nodes_print(&found, text);
	nodes_print(&given->by_agent, expected);
	findings_tamper(look->findings, node, text, expected);
	mend_node(look, device, node, &found, &given->by_agent);
}

static bool is_read_only(const char *path)
{
	char value[8] = "";

	return file_read_attribute(AT_FDCWD, path, value, sizeof(value)) < 0 ||
	       strcmp(value, "0") != 0;
}

/* The rules cannot set the flag of a drive or a slot with nothing in it. */
static bool has_medium(struct udev_device *disk)
{
	const char *size = udev_device_get_sysattr_value(disk, "size");
	const char *is_drive = udev_device_get_property_value(disk, "ID_CDROM");

	return size && strcmp(size, "0") != 0 &&
	       (!is_drive || udev_device_get_property_value(disk, "ID_CDROM_MEDIA"));
}

static void mend_flag(struct look *look, struct udev_device *device, const char *path)
{
	const char *diskseq = udev_device_get_property_value(device, "DISKSEQ");
	struct enforce_disk disk = { .node = udev_device_get_devnode(device),
				     .syspath = udev_device_get_syspath(device),
				     .devnum = udev_device_get_devnum(device) };
	struct err err = { 0 };

	if (!disk.node || !diskseq || parse_u64(diskseq, UINT64_MAX, &disk.diskseq, &err) < 0)
		return;
	(void)enforce_set_read_only(&disk, &err);
	if (is_read_only(path))
		findings_mended(look->findings, path, "1");
	else
		findings_open(look->findings, "disks", path, err.text);
}

static void check_flag(struct look *look, struct udev_device *disk, const struct nodes_given *given)
{
	cleanup_free char *path = NULL;

	if (((given->by_agent.mode | given->by_rules.mode) & S_IWUSR) || !has_medium(disk) ||
	    asprintf(&path, "%s/ro", udev_device_get_syspath(disk)) < 0)
		return;
	if (is_read_only(path) || !is_quiet(look) || is_read_only(path))
		return;
	findings_tamper(look->findings, path, "0", "1");
	mend_flag(look, disk, path);
}

static void check_device(struct look *look, struct udev_device *device)
{
	const char *type = udev_device_get_devtype(device);
	struct nodes_given given;

	if (!udev_device_get_is_initialized(device) || !nodes_given(look->storage, device, &given))
		return;
	check_node(look, device, &given);
	if (given.is_disk && type && strcmp(type, "disk") == 0)
		check_flag(look, device, &given);
}

static void check_subsystem(struct look *look, struct udev *udev, const char *subsystem)
{
	struct udev_enumerate *found = udev_enumerate_new(udev);
	struct udev_list_entry *entry;

	if (found && udev_enumerate_add_match_subsystem(found, subsystem) >= 0 &&
	    udev_enumerate_scan_devices(found) >= 0) {
		udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(found))
		{
			struct udev_device *device =
				udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));

			if (device)
				check_device(look, device);
			(void)udev_device_unref(device);
		}
	}
	(void)udev_enumerate_unref(found);
}

void reconcile_check(struct findings *findings, struct udev *udev, const struct storage *storage)
{
	struct look look = {
		.findings = findings,
		.storage = storage,
		.queue = udev_queue_new(udev),
	};

	for (size_t i = 0; nodes_subsystems[i]; i++)
		check_subsystem(&look, udev, nodes_subsystems[i]);
	(void)udev_queue_unref(look.queue);
}
