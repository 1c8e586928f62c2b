/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/setup_disks.h"

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
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define DEPTH_MAX 8 /* device-mapper on device-mapper on ... */

/* True when the block device @path (in /sys) is @disk, a part of it, or built on either. */
static bool lies_on(const char *path, const char *disk, unsigned int depth)
{
	size_t len = strlen(disk);
	cleanup_free char *slaves = NULL;
	cleanup_closedir DIR *dir = NULL;
	const struct dirent *entry;

	if (strncmp(path, disk, len) == 0 && (path[len] == '\0' || path[len] == '/'))
		return true;
	if (depth == DEPTH_MAX || asprintf(&slaves, "%s/slaves", path) < 0)
		return false;
	dir = opendir(slaves);
	while (dir && (entry = readdir(dir))) {
		cleanup_free char *link = NULL;
		cleanup_free char *slave = NULL;

		if (entry->d_name[0] == '.' || asprintf(&link, "%s/%s", slaves, entry->d_name) < 0)
			continue;
		slave = realpath(link, NULL);
		if (slave && lies_on(slave, disk, depth + 1))
			return true;
	}
	return false;
}

static bool device_lies_on(unsigned int major, unsigned int minor, const char *disk)
{
	cleanup_free char *link = NULL;
	cleanup_free char *path = NULL;

	if (asprintf(&link, "/sys/dev/block/%u:%u", major, minor) < 0)
		return true; /* no memory: rather one disk too many than none */
	path = realpath(link, NULL);
	return path && lies_on(path, disk, 0);
}

static bool holds_file_system(const char *disk)
{
	cleanup_fclose FILE *mounts = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	size_t size = 0;
	unsigned int major;
	unsigned int minor;

	while (mounts && getline(&line, &size, mounts) > 0) {
		if (sscanf(line, "%*u %*u %u:%u", &major, &minor) == 2 &&
		    device_lies_on(major, minor, disk))
			return true;
	}
	return false;
}

static bool holds_swap(const char *disk)
{
	cleanup_fclose FILE *swaps = fopen("/proc/swaps", "re");
	cleanup_free char *line = NULL;
	size_t size = 0;
	struct stat st;

	while (swaps && getline(&line, &size, swaps) > 0) {
		line[strcspn(line, " \t\n")] = '\0';
		if (stat(line, &st) == 0 && S_ISBLK(st.st_mode) &&
		    device_lies_on(major(st.st_rdev), minor(st.st_rdev), disk))
			return true;
	}
	return false;
}

/* On a bus that people plug things into; soldered eMMC is not. */
static bool hangs_outside(const char *path, int disk_fd)
{
	char removable[4] = "0";
	char card[8] = "";

	(void)file_read_attribute(disk_fd, "removable", removable, sizeof(removable));
	(void)file_read_attribute(disk_fd, "device/type", card, sizeof(card));
	return strcmp(removable, "0") != 0 || strstr(path, "/usb") || strstr(path, "/firewire") ||
	       strstr(path, "/memstick") ||
	       (strstr(path, "/mmc_host/") && strcmp(card, "MMC") != 0);
}

/*
 * A disk outside is never enrolled, also not one that is in use: it would stay
 * open for ever, or, holding the system, be shut at the next start.
 */
static int refuse_use(const char *name, const char *path, struct err *err)
{
	if (holds_file_system(path) || holds_swap(path))
		return err_set(
			err, -EBUSY,
			"%s can be unplugged and is in use; remedy: unmount and unplug it (a "
			"terminal that runs from such a disk cannot be guarded)",
			name);
	return 0;
}

/*
 * A world-wide name stays with the disk wherever it is plugged.  Without one
 * (virtio) the PCI address has to do: numbers that change from boot to boot
 * ("virtio3", "vdb") become patterns.
 */
static void write_path_rule(FILE *rules, const char *path)
{
	char value[PATH_MAX];

	setup_rule_value(value, sizeof(value), path + strlen("/sys"));
	for (char *virtio = strstr(value, "/virtio"); virtio; virtio = strstr(virtio, "/virtio")) {
		virtio += strlen("/virtio");
		if (*virtio >= '0' && *virtio <= '9') {
			size_t digits = strspn(virtio, "0123456789");

			*virtio = '*';
			memmove(virtio + 1, virtio + digits, strlen(virtio + digits) + 1);
		}
	}
	if (strstr(value, "/block/"))
		strcpy(strstr(value, "/block/") + strlen("/block/"), "*");
	(void)fprintf(rules, "SUBSYSTEM==\"block\", DEVPATH==\"%s\", ENV{SEKISHO_INTERNAL}=\"1\"\n",
		      value);
}

static void write_rule(FILE *rules, const char *path, int disk_fd)
{
	static const struct identity {
		const char *file;
		const char *attribute;
	} identities[] = {
		{ "wwid", "wwid" },        /* NVMe */
		{ "device/wwid", "wwid" }, /* SCSI, SATA */
		{ "device/cid", "cid" },   /* eMMC */
	};
	char value[256];
	char pattern[256];

	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++) {
		if (file_read_attribute(disk_fd, identities[i].file, value, sizeof(value)) < 0 ||
		    !*value)
			continue;
		(void)fprintf(rules,
			      "SUBSYSTEM==\"block\", ATTRS{%s}==\"%s\", "
			      "ENV{SEKISHO_INTERNAL}=\"1\"\n",
			      identities[i].attribute,
			      setup_rule_value(pattern, sizeof(pattern), value));
		return;
	}
	write_path_rule(rules, path);
}

/* The kernel keeps an NVMe disk with several paths apart from any controller. */
static bool is_virtual(const char *path)
{
	return strstr(path, "/devices/virtual/") && !strstr(path, "/nvme-subsystem/");
}

static bool is_candidate(const char *name, const char *path, int disk_fd)
{
	char size[24] = "0";

	if (is_virtual(path) || strncmp(name, "sr", 2) == 0)
		return false;
	return file_read_attribute(disk_fd, "size", size, sizeof(size)) == 0 &&
	       strcmp(size, "0") != 0;
}

/* One disk: enrolled, left out, or a reason to stop. */
static int judge_disk(FILE *rules, const char *name, unsigned int *n, struct err *err)
{
	cleanup_free char *link = NULL;
	cleanup_free char *path = NULL;
	cleanup_close int disk_fd = -1;

	if (asprintf(&link, "/sys/block/%s", name) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	path = realpath(link, NULL);
	disk_fd = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	if (disk_fd < 0 || !is_candidate(name, path, disk_fd))
		return 0;
	if (hangs_outside(path, disk_fd))
		return refuse_use(name, path, err);
	(void)fprintf(rules, "# %s\n", name);
	write_rule(rules, path, disk_fd);
	(*n)++;
	return 0;
}

int setup_write_disk_rules(FILE *rules, unsigned int *ret_n, struct err *err)
{
	cleanup_closedir DIR *dir = opendir("/sys/block");
	const struct dirent *entry;
	unsigned int n = 0;

	if (!dir)
		return err_set(err, -errno, "/sys/block: %m");
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && judge_disk(rules, entry->d_name, &n, err) < 0)
			return err->code;
	}
	*ret_n = n;
	return 0;
}
