/* SPDX-License-Identifier: Apache-2.0 */

#include "media/volume.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/parse.h"
#include "media/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#define SECTOR 512             /* bytes; the unit of sysfs, whatever the disk's own is */
#define RUN_OUT_MAX (2 * 2048) /* bytes at the end of a disc that are never looked at */

/* A number of sysfs, in its own unit; UINT64_MAX: there is none. */
static uint64_t number_of(int dirfd, const char *name)
{
	char text[32];
	struct err ignored = { 0 };
	uint64_t number = UINT64_MAX;

	if (file_read_attribute(dirfd, name, text, sizeof(text)) == 0)
		(void)parse_u64(text, UINT64_MAX / SECTOR - 1, &number, &ignored);
	return number;
}

static bool lies_there(int partition, const struct ipc_volume *wanted, unsigned int *ret_number)
{
	uint64_t number = number_of(partition, "partition");
	uint64_t start = number_of(partition, "start");
	uint64_t size = number_of(partition, "size");

	if (number > UINT32_MAX || start == UINT64_MAX || size == UINT64_MAX ||
	    start * SECTOR != wanted->start || size * SECTOR != wanted->length)
		return false;
	*ret_number = (unsigned int)number;
	return true;
}

static int read_devnum(int dirfd, dev_t *ret)
{
	char text[32];
	unsigned int major;
	unsigned int minor;
	int rc = file_read_attribute(dirfd, "dev", text, sizeof(text));

	if (rc < 0)
		return rc;
	if (sscanf(text, "%u:%u", &major, &minor) != 2)
		return -EINVAL;
	*ret = makedev(major, minor);
	return 0;
}

/* Return: 1 and node and number are set, 0: none lies there, or an error. */
static int find_partition(const char *disk, const struct ipc_volume *wanted, struct volume *found)
{
	cleanup_closedir DIR *dir = opendir(disk);
	const struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		cleanup_close int partition =
			openat(dirfd(dir), entry->d_name,
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		int rc;

		if (partition < 0 || *entry->d_name == '.' ||
		    !lies_there(partition, wanted, &found->number))
			continue;
		rc = read_devnum(partition, &found->devnum);
		if (rc < 0)
			return rc;
		(void)snprintf(found->node, sizeof(found->node), "/dev/%.*s",
			       (int)sizeof(found->node) - 6, entry->d_name);
		return 1;
	}
	return 0;
}

static bool is_whole(int disk, const struct ipc_volume *wanted)
{
	uint64_t size = 0;

	return wanted->start == 0 && ioctl(disk, BLKGETSIZE64, &size) == 0 &&
	       wanted->length <= size && size - wanted->length <= RUN_OUT_MAX;
}

/* "/dev/sda", by what the number stands for in sysfs; a partition is no disk. */
static int name_disk(const char *path, struct volume *disk, struct err *err)
{
	char target[256];
	char inside[96];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *name;

	(void)snprintf(inside, sizeof(inside), "%s/partition", path);
	if (n < 0 || access(inside, F_OK) == 0)
		return err_set(err, -ENODEV, "another medium is in the drive by now");
	target[n] = '\0';
	name = strrchr(target, '/');
	(void)snprintf(disk->node, sizeof(disk->node), "/dev/%.*s", (int)sizeof(disk->node) - 6,
		       name ? name + 1 : target);
	return 0;
}

int volume_open(const struct ipc_media_mount *request, struct volume *ret, struct err *err)
{
	struct volume found = { .devnum = (dev_t)request->devnum, .fd = -1 };
	cleanup_close int disk = -1;
	char path[64];
	int rc;

	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(found.devnum),
		       minor(found.devnum));
	rc = name_disk(path, &found, err);
	if (rc == 0)
		rc = disk_open(found.node, found.devnum, request->diskseq, &disk, err);
	if (rc < 0)
		return rc;
	rc = find_partition(path, &request->volume, &found);
	if (rc == 0 && !is_whole(disk, &request->volume))
		return err_set(err, -ENXIO,
			       "the kernel sees no such partition on %s; "
			       "remedy: partition the medium anew, as GPT or DOS",
			       found.node);
	if (rc < 0)
		return err_set(err, rc, "%s: %m", path);
	if (rc == 0)
		found.fd = take_fd(&disk);
	else if (disk_open(found.node, found.devnum, request->diskseq, &found.fd, err) < 0)
		return err->code;
	*ret = found;
	return 0;
}
