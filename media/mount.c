/* SPDX-License-Identifier: Apache-2.0 */

#include "media/mount.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"
#include "media/idmap.h"
#include "media/ntfs.h"
#include "media/place.h"
#include "media/volume.h"
#include "media/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>

#define OPTIONS_MAX 5

/* A value of NULL is an option without one; in it, "UID" and "GID" are the person's. */
struct option {
	const char *name;
	const char *value;
};

struct kind {
	const char *type;   /* as libblkid says */
	const char *driver; /* as the kernel says; NULL: it has none, ntfs-3g serves it */
	bool keeps_owners;  /* and so is shown with others */
	bool is_read_only;
	struct option options[OPTIONS_MAX + 1];
	struct option read_only; /* more, for a disk that may not even be repaired */
};

/* Names of files in Japanese: the kernel's own default is not UTF-8 everywhere. */
static const struct kind kinds[] = {
	{ .type = "vfat",
	  .driver = "vfat",
	  .options = { { "uid", "UID" },
		       { "gid", "GID" },
		       { "umask", "077" },
		       { "utf8", NULL },
		       { "flush", NULL } } },
	{ .type = "exfat",
	  .driver = "exfat",
	  .options = { { "uid", "UID" },
		       { "gid", "GID" },
		       { "umask", "077" },
		       { "iocharset", "utf8" } } },
	{ .type = "ext2",
	  .driver = "ext4",
	  .keeps_owners = true,
	  .options = { { "errors", "remount-ro" } },
	  .read_only = { "noload", NULL } },
	{ .type = "ext3",
	  .driver = "ext4",
	  .keeps_owners = true,
	  .options = { { "errors", "remount-ro" } },
	  .read_only = { "noload", NULL } },
	{ .type = "ext4",
	  .driver = "ext4",
	  .keeps_owners = true,
	  .options = { { "errors", "remount-ro" } },
	  .read_only = { "noload", NULL } },
	{ .type = "iso9660",
	  .driver = "iso9660",
	  .is_read_only = true,
	  .options = { { "uid", "UID" },
		       { "gid", "GID" },
		       { "mode", "0400" },
		       { "dmode", "0500" },
		       { "overriderockperm", NULL } } },
	{ .type = "udf",
	  .driver = "udf",
	  .options = { { "uid", "UID" }, { "gid", "GID" }, { "umask", "077" } } },
	{ .type = "ntfs" },
};

static int find_kind(const char *type, const struct kind **ret, struct err *err)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].type, type) == 0) {
			*ret = &kinds[i];
			return 0;
		}
	}
	if (strcmp(type, "crypto_LUKS") == 0)
		return err_set(err, -ENOKEY,
			       "the volume is encrypted; remedy: sekisho medium unlock");
	return err_set(err, -ENOTSUP, "a medium with %s is not mounted", *type ? type : "-");
}

static int set_option(int fs_fd, const struct option *option, const struct ipc_media_mount *request)
{
	char number[16];
	const char *value = option->value;

	if (!value)
		return fsconfig(fs_fd, FSCONFIG_SET_FLAG, option->name, NULL, 0);
	if (strcmp(value, "UID") == 0 || strcmp(value, "GID") == 0) {
		(void)snprintf(number, sizeof(number), "%u",
			       *value == 'U' ? request->uid : request->gid);
		value = number;
	}
	return fsconfig(fs_fd, FSCONFIG_SET_STRING, option->name, value, 0);
}

static int configure(int fs_fd, const struct kind *kind, const char *node,
		     const struct ipc_media_mount *request, bool writable)
{
	const struct option source = { "source", node };
	const struct option read_only = { "ro", NULL };
	int rc = set_option(fs_fd, &source, request);

	if (rc == 0 && !writable)
		rc = set_option(fs_fd, &read_only, request);
	if (rc == 0 && !writable && kind->read_only.name)
		rc = set_option(fs_fd, &kind->read_only, request);
	for (const struct option *o = kind->options; rc == 0 && o->name; o++)
		rc = set_option(fs_fd, o, request);
	return rc == 0 ? fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) : rc;
}

/* A mount that nobody sees yet. */
static int make_mount(const struct kind *kind, const struct volume *volume,
		      const struct ipc_media_mount *request, int *ret_fd, struct err *err)
{
	bool writable = request->writable && !kind->is_read_only;
	unsigned int flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			     (writable ? 0 : MOUNT_ATTR_RDONLY);
	cleanup_close int fs_fd = fsopen(kind->driver, FSOPEN_CLOEXEC);
	cleanup_close int mount_fd = -1;

	if (fs_fd >= 0 && configure(fs_fd, kind, volume->node, request, writable) == 0)
		mount_fd = fsmount(fs_fd, FSMOUNT_CLOEXEC, flags);
	if (mount_fd < 0)
		return err_set(err, -errno, "mount %s (%s): %m", volume->node, kind->driver);
	*ret_fd = take_fd(&mount_fd);
	return 0;
}

/*
 * The name was looked up once more: is this the disk that is held open?  Whether
 * a program that serves it answers is not waited for: it can be unmounted then.
 */
static int check_disk(int mount_fd, const struct volume *volume, struct err *err)
{
	dev_t found = 0;

	if (file_device(mount_fd, "", AT_EMPTY_PATH, &found) < 0 || found != volume->devnum)
		return err_set(err, -ENODEV, "another medium is in the drive by now");
	return 0;
}

static int attach(int mount_fd, const struct volume *volume, const char *label, char *path,
		  struct err *err)
{
	char name[PLACE_NAME_MAX];
	cleanup_close int root_fd = -1;
	int rc = place_open_root(&root_fd, err);

	if (rc < 0)
		return rc;
	place_name(name, label, volume->node);
	rc = place_make(root_fd, name, err);
	if (rc < 0)
		return rc;
	if (move_mount(mount_fd, "", root_fd, name, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
		rc = err_set(err, -errno, "mount %s on %s: %m", volume->node, name);
		(void)unlinkat(root_fd, name, AT_REMOVEDIR);
		return rc;
	}
	(void)snprintf(path, IPC_TEXT_MAX, "%s/%s", PLACE_ROOT, name);
	return 0;
}

static int make_served(const struct volume *volume, const struct ipc_media_mount *request,
		       int *ret_fd, char *note, bool *ret_writable, struct err *err)
{
	bool reduced = false;
	int rc = ntfs_mount(volume, request, ret_fd, &reduced, err);

	*ret_writable = request->writable && !reduced;
	if (rc == 0 && reduced)
		(void)snprintf(note, IPC_TEXT_MAX, "%s",
			       tr("it can only be read: Windows sleeps on it, or it was pulled out "
				  "there; remedy: take it out of Windows by \"Safely Remove\""));
	return rc;
}

/* Seen by nobody until it is marked; and seen no more where hold of it is not to be had. */
static int attach_watched(int mount_fd, const struct volume *volume,
			  const struct ipc_media_mount *request, char *path, struct watch *watch,
			  struct err *err)
{
	const char *label = request->volume.label;
	int rc = watch_mark(watch, mount_fd, volume->node, volume->devnum, request, err);

	if (rc == 0)
		rc = attach(mount_fd, volume, label, path, err);
	if (rc < 0)
		return rc;
	rc = watch_hold(watch, mount_fd, path, err);
	if (rc < 0)
		place_clear(path);
	return rc;
}

static int make(const struct kind *kind, const struct volume *volume,
		const struct ipc_media_mount *request, int *ret_fd, char *note, bool *ret_writable,
		struct err *err)
{
	cleanup_close int mount_fd = -1;
	int rc;

	*ret_writable = request->writable && !kind->is_read_only;
	if (kind->driver)
		rc = make_mount(kind, volume, request, &mount_fd, err);
	else
		rc = make_served(volume, request, &mount_fd, note, ret_writable, err);
	if (rc == 0)
		rc = check_disk(mount_fd, volume, err);
	if (rc == 0)
		*ret_fd = take_fd(&mount_fd);
	return rc;
}

int mount_unseen(const struct volume *volume, const struct ipc_media_mount *request, int *ret_fd,
		 struct err *err)
{
	const struct kind *kind = NULL;
	char note[IPC_TEXT_MAX];
	bool writable;
	int rc = find_kind(request->volume.type, &kind, err);

	return rc < 0 ? rc : make(kind, volume, request, ret_fd, note, &writable, err);
}

int mount_volume(const struct volume *volume, const struct ipc_media_mount *request,
		 struct ipc_media_mounted *answer, struct watch *watch, struct err *err)
{
	const struct kind *kind = NULL;
	cleanup_close int mount_fd = -1;
	char note[IPC_TEXT_MAX] = "";
	bool writable = false;
	int rc = find_kind(request->volume.type, &kind, err);

	if (rc == 0)
		rc = make(kind, volume, request, &mount_fd, note, &writable, err);
	if (rc == 0 && kind->keeps_owners)
		rc = idmap_give(mount_fd, request->uid, request->gid, err);
	if (rc == 0 && writable)
		rc = attach_watched(mount_fd, volume, request, answer->path, watch, err);
	else if (rc == 0)
		rc = attach(mount_fd, volume, request->volume.label, answer->path, err);
	if (rc == 0)
		memcpy(answer->detail, note, sizeof(answer->detail));
	return rc;
}
