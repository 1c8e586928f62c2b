/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/gates.h"

#include "agent/enforce.h"
#include "agent/facts.h"
#include "agent/findings.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"

#include <fcntl.h>
#include <libudev.h>
#include <stdio.h>
#include <string.h>

#define USBCORE "/sys/module/usbcore/parameters"

struct look {
	struct gates *gates;
	struct findings *findings;
	enum gates_look kind;
};

void gates_tell_open(struct gates *gates, const char *gate, const char *path, const char *why)
{
	struct ipc_open_gate *open;

	if (gates->n_open++ >= IPC_OPEN_GATES_MAX)
		return;
	open = &gates->open[gates->n_open - 1];
	(void)snprintf(open->gate, sizeof(open->gate), "%s", gate);
	(void)snprintf(open->detail, sizeof(open->detail), "%s: %s", path, why);
}

/* Return: true when the gate is shut in the end.  One that does not exist is. */
static bool check(struct look *look, int dirfd, const char *directory, const char *gate,
		  const char *attribute)
{
	cleanup_free char *path = NULL;
	char value[16];
	struct err err = { 0 };
	int rc = facts_attribute(dirfd, attribute, value, sizeof(value));

	if (rc < 0 ? faccessat(dirfd, attribute, F_OK, 0) < 0 : strcmp(value, "0") == 0)
		return true;
	if (asprintf(&path, "%s/%s", directory, attribute) < 0)
		return false;
	if (rc < 0) {
		gates_tell_open(look->gates, gate, path, strerror(-rc));
		return false;
	}
	if (look->kind == GATES_GUARD)
		findings_tamper(look->findings, path, value, "0");
	if (look->kind != GATES_LOOK_ONLY && enforce_shut_gate(dirfd, attribute, &err) < 0)
		log_error("%s cannot be shut: %s", path, err.text);
	if (look->kind == GATES_LOOK_ONLY ||
	    facts_attribute(dirfd, attribute, value, sizeof(value)) < 0 ||
	    strcmp(value, "0") != 0) {
		gates_tell_open(look->gates, gate, path, *err.text ? err.text : value);
		return false;
	}
	findings_mended(look->findings, path, "0");
	return true;
}

static void check_root_hub(struct look *look, const char *syspath)
{
	cleanup_close int fd = open(syspath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)check(look, fd, syspath, "usb", "interface_authorized_default");
	(void)check(look, fd, syspath, "usb", "authorized_default");
}

/* A driver would take each card that is put in, each FireWire disk, and the network to a computer
 * at a Thunderbolt port.
 */
static void check_buses(struct look *look)
{
	static const char *const buses[] = { "/sys/bus/mmc", "/sys/bus/sdio", "/sys/bus/memstick",
					     "/sys/bus/firewire", "/sys/bus/thunderbolt" };

	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		cleanup_close int fd = open(buses[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd >= 0)
			(void)check(look, fd, buses[i], "cards", "drivers_autoprobe");
	}
}

/* Only the firmware's set-up can shut this one. */
static void check_domain(struct look *look, const char *syspath)
{
	cleanup_close int fd = open(syspath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *path = NULL;
	char level[16] = "";

	if (fd < 0 || facts_attribute(fd, "security", level, sizeof(level)) < 0 ||
	    strcmp(level, "none") != 0)
		return;
	if (asprintf(&path, "%s/security", syspath) >= 0)
		gates_tell_open(look->gates, "ports", path, level);
}

static void check_each(struct look *look, struct udev *udev, const char *subsystem,
		       const char *sysname, void (*check_one)(struct look *look, const char *path))
{
	struct udev_enumerate *found = udev_enumerate_new(udev);
	struct udev_list_entry *entry;

	if (found && udev_enumerate_add_match_subsystem(found, subsystem) >= 0 &&
	    udev_enumerate_add_match_sysname(found, sysname) >= 0 &&
	    udev_enumerate_scan_devices(found) >= 0) {
		udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(found))
			check_one(look, udev_list_entry_get_name(entry));
	}
	(void)udev_enumerate_unref(found);
}

void gates_check(struct gates *gates, struct udev *udev, struct findings *findings,
		 enum gates_look kind)
{
	struct look look = { .gates = gates, .findings = findings, .kind = kind };
	cleanup_close int fd = open(USBCORE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*gates = (struct gates){ .default_closed = true };
	if (fd >= 0) /* else there is no USB at all */
		gates->default_closed = check(&look, fd, USBCORE, "usb", "authorized_default");
	check_each(&look, udev, "usb", "usb[0-9]*", check_root_hub);
	check_buses(&look);
	check_each(&look, udev, "thunderbolt", "domain[0-9]*", check_domain);
}
