/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/setup_keyboards.h"

#include "cli/setup_rule.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#define USB_DEVICES "/sys/bus/usb/devices"
#define HID_CLASS "03"

/* What kinds of interface a device has. */
struct interfaces {
	unsigned int n_hid;
	unsigned int n_other;
};

static struct interfaces count_interfaces(const char *device)
{
	struct interfaces count = { 0 };
	cleanup_closedir DIR *dir = opendir(USB_DEVICES);
	const struct dirent *entry;
	size_t len = strlen(device);

	while (dir && (entry = readdir(dir))) {
		char file[NAME_MAX + 32];
		char class[8];

		if (strncmp(entry->d_name, device, len) != 0 || entry->d_name[len] != ':')
			continue;
		(void)snprintf(file, sizeof(file), "%s/bInterfaceClass", entry->d_name);
		if (file_read_attribute(dirfd(dir), file, class, sizeof(class)) < 0)
			continue;
		if (strcmp(class, HID_CLASS) == 0)
			count.n_hid++;
		else
			count.n_other++;
	}
	return count;
}

static void write_match(FILE *rules, int device_fd, const char *attribute)
{
	char value[256];
	char pattern[256];

	if (file_read_attribute(device_fd, attribute, value, sizeof(value)) < 0 || !*value)
		return;
	(void)fprintf(rules, ", ATTRS{%s}==\"%s\"", attribute,
		      setup_rule_value(pattern, sizeof(pattern), value));
}

static void write_rule(FILE *rules, int device_fd, const char *device)
{
	(void)fprintf(rules, "# %s\n", device);
	(void)fputs("SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_interface\", "
		    "ATTR{bInterfaceClass}==\"" HID_CLASS "\"",
		    rules);
	write_match(rules, device_fd, "idVendor");
	write_match(rules, device_fd, "idProduct");
	write_match(rules, device_fd, "serial");
	write_match(rules, device_fd, "bNumInterfaces");
	(void)fputs(", ENV{SEKISHO_INPUT}=\"1\"\n", rules);
}

int setup_write_keyboard_rules(FILE *rules, unsigned int *ret_n, struct err *err)
{
	cleanup_closedir DIR *dir = opendir(USB_DEVICES);
	const struct dirent *entry;
	unsigned int n = 0;

	if (!dir && errno == ENOENT) { /* a terminal without USB */
		*ret_n = 0;
		return 0;
	}
	if (!dir)
		return err_set(err, -errno, USB_DEVICES ": %m");
	while ((entry = readdir(dir))) {
		cleanup_close int device_fd = -1;
		struct interfaces count;

		if (entry->d_name[0] == '.' || strchr(entry->d_name, ':'))
			continue;
		count = count_interfaces(entry->d_name);
		if (count.n_hid == 0 || count.n_other == 0)
			continue;
		device_fd = openat(dirfd(dir), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (device_fd < 0)
			continue;
		write_rule(rules, device_fd, entry->d_name);
		n++;
	}
	*ret_n = n;
	return 0;
}
