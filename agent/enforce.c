/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/enforce.h"

#include "agent/marker_names.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

static int write_attribute(int dirfd, const char *name, const char *value)
{
	cleanup_close int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : file_write_all(fd, value, strlen(value));
}

static int fail(struct err *err, int rc, const char *what)
{
	errno = -rc;
	return err_set(err, rc, "write %s: %m", what);
}

int enforce_authorise(int dirfd, const char *name, struct err *err)
{
	int rc = write_attribute(dirfd, "authorized", "1");

	return rc < 0 ? fail(err, rc, name) : 0;
}

/* An agent that was started again finds its work done. */
static bool is_bound_to(int dirfd, const char *driver)
{
	char link[256];
	ssize_t n = readlinkat(dirfd, "driver", link, sizeof(link) - 1);
	const char *slash;

	link[n < 0 ? 0 : n] = '\0';
	slash = strrchr(link, '/');
	return slash && strcmp(slash + 1, driver) == 0;
}

static int bind_one_of(int dirfd, const char *name, const char *const *drivers, struct err *err)
{
	for (; *drivers; drivers++) {
		char path[96];

		if (is_bound_to(dirfd, *drivers))
			return 0;
		(void)snprintf(path, sizeof(path), "/sys/bus/usb/drivers/%s/bind", *drivers);
		/* The static rules may be at it as well: whoever comes second is refused. */
		if (write_attribute(AT_FDCWD, path, name) == 0 || is_bound_to(dirfd, *drivers))
			return 0;
	}
	return err_set(err, -ENODEV, "no driver for what it says it is takes it");
}

int enforce_open_interface(int dirfd, const char *name, const char *const *drivers, struct err *err)
{
	int rc = enforce_authorise(dirfd, name, err);

	/* Authorising alone does not bind a driver. */
	if (rc == 0 && !drivers) {
		rc = write_attribute(AT_FDCWD, "/sys/bus/usb/drivers_probe", name);
		return rc < 0 ? fail(err, rc, "drivers_probe") : 0;
	}
	if (rc == 0 && *drivers)
		rc = bind_one_of(dirfd, name, drivers, err);
	if (rc < 0)
		(void)write_attribute(dirfd, "authorized", "0");
	return rc;
}

int enforce_close_gate(int dirfd, const char *name, struct err *err)
{
	(void)name;
	return enforce_shut_gate(dirfd, "authorized", err);
}

static bool is_there(int dirfd)
{
	return faccessat(dirfd, "uevent", F_OK, 0) == 0;
}

int enforce_bind(int dirfd, const char *bus, const char *name, struct err *err)
{
	char probe[64];
	int rc;

	(void)snprintf(probe, sizeof(probe), "/sys/bus/%s/drivers_probe", bus);
	rc = is_there(dirfd) ? write_attribute(AT_FDCWD, probe, name) : -ENODEV;
	if (rc < 0)
		return fail(err, rc, probe);
	/* By name: another card may have got it.  Its medium is shut all the same, and this says
	 * so. */
	return is_there(dirfd) ? 0 : err_set(err, -ENODEV, "%s has gone", name);
}

int enforce_unbind(int dirfd, const char *name, struct err *err)
{
	int rc = write_attribute(dirfd, "driver/unbind", name);

	return rc < 0 && rc != -ENOENT ? fail(err, rc, "driver/unbind") : 0;
}

int enforce_shut_gate(int dirfd, const char *attribute, struct err *err)
{
	int rc = write_attribute(dirfd, attribute, "0");

	return rc < 0 ? fail(err, rc, attribute) : 0;
}

static int make_marker(int gate_fd, const char *marker)
{
	cleanup_close int fd =
		openat(gate_fd, marker, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? -errno : 0;
}

int enforce_deny_device(int gate_fd, int dirfd, unsigned int busnum, unsigned int devnum,
			struct err *err)
{
	char marker[MARKER_MAX];
	int rc;

	(void)snprintf(marker, sizeof(marker), MARKER_DENY, busnum, devnum);
	rc = make_marker(gate_fd, marker);
	if (rc < 0)
		return fail(err, rc, marker);
	return enforce_shut_gate(dirfd, "authorized", err);
}

/* Opens the node and makes sure that it still is the medium that was judged. */
static int open_node(const struct enforce_disk *disk, int *ret_fd, struct err *err)
{
	cleanup_close int fd = open(disk->node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	uint64_t diskseq = 0;

	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", disk->node);
	if (fstat(fd, &st) < 0 || !S_ISBLK(st.st_mode) || st.st_rdev != disk->devnum ||
	    ioctl(fd, BLKGETDISKSEQ, &diskseq) < 0 || diskseq != disk->diskseq)
		return err_set(err, -ENODEV, "%s is another medium by now", disk->node);
	*ret_fd = take_fd(&fd);
	return 0;
}

static int set_read_only(int fd, int read_only, const char *node, struct err *err)
{
	int found = -1;

	if (ioctl(fd, BLKROSET, &read_only) < 0 || ioctl(fd, BLKROGET, &found) < 0)
		return err_set(err, -errno, "%s: %m", node);
	if ((found != 0) != (read_only != 0))
		return err_set(err, -EIO, "%s does not keep its read-only flag", node);
	return 0;
}

int enforce_open_disk(int gate_fd, const struct enforce_disk *disk, bool writable, struct err *err)
{
	cleanup_close int fd = -1;
	char marker[MARKER_MAX];
	int rc;

	rc = open_node(disk, &fd, err);
	if (rc == 0)
		rc = set_read_only(fd, writable ? 0 : 1, disk->node, err);
	if (rc < 0)
		return rc;
	enforce_forget_disk(gate_fd, disk->diskseq);
	(void)snprintf(marker, sizeof(marker), writable ? MARKER_WRITABLE : MARKER_READ_ONLY,
		       disk->diskseq);
	rc = make_marker(gate_fd, marker);
	if (rc < 0)
		return fail(err, rc, marker);
	enforce_announce(disk->syspath);
	return 0;
}

int enforce_look_at_disk(const struct enforce_disk *disk, int *ret_fd, struct err *err)
{
	return open_node(disk, ret_fd, err);
}

void enforce_shut_disk(int gate_fd, const struct enforce_disk *disk)
{
	cleanup_close int fd = -1;
	struct err ignored = { 0 }; /* it may have gone */

	enforce_forget_disk(gate_fd, disk->diskseq);
	if (open_node(disk, &fd, &ignored) == 0)
		(void)set_read_only(fd, 1, disk->node, &ignored);
	enforce_announce(disk->syspath);
}

int enforce_set_read_only(const struct enforce_disk *disk, struct err *err)
{
	cleanup_close int fd = -1;
	int rc = open_node(disk, &fd, err);

	return rc < 0 ? rc : set_read_only(fd, 1, disk->node, err);
}

int enforce_close_node(const char *node, mode_t mode, struct err *err)
{
	(void)removexattr(node, ENFORCE_ACL);
	if (chmod(node, mode) < 0)
		return err_set(err, -errno, "%s: %m", node);
	return 0;
}

static void announce(const char *syspath, const char *action)
{
	cleanup_close int fd = open(syspath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)write_attribute(fd, "uevent", action);
}

void enforce_announce(const char *syspath)
{
	announce(syspath, "change");
}

void enforce_readmit_device(int gate_fd, const char *syspath, unsigned int busnum,
			    unsigned int devnum)
{
	enforce_forget_device(gate_fd, busnum, devnum);
	announce(syspath, "add");
}

void enforce_forget_disk(int gate_fd, uint64_t diskseq)
{
	char marker[MARKER_MAX];

	(void)snprintf(marker, sizeof(marker), MARKER_READ_ONLY, diskseq);
	(void)unlinkat(gate_fd, marker, 0);
	(void)snprintf(marker, sizeof(marker), MARKER_WRITABLE, diskseq);
	(void)unlinkat(gate_fd, marker, 0);
}

void enforce_forget_device(int gate_fd, unsigned int busnum, unsigned int devnum)
{
	char marker[MARKER_MAX];

	(void)snprintf(marker, sizeof(marker), MARKER_DENY, busnum, devnum);
	(void)unlinkat(gate_fd, marker, 0);
	(void)snprintf(marker, sizeof(marker), MARKER_NODES, busnum, devnum);
	(void)unlinkat(gate_fd, marker, 0);
}

static bool marker_of(int dirfd, const char *kind, char marker[static MARKER_MAX])
{
	struct stat st;

	if (fstat(dirfd, &st) < 0)
		return false;
	(void)snprintf(marker, MARKER_MAX, kind, (uintmax_t)st.st_ino);
	return true;
}

bool enforce_is_revoked(int gate_fd, int dirfd)
{
	char marker[MARKER_MAX];

	return marker_of(dirfd, MARKER_REVOKED, marker) && faccessat(gate_fd, marker, F_OK, 0) == 0;
}

void enforce_forget_revoked(int gate_fd, int dirfd)
{
	char marker[MARKER_MAX];

	if (marker_of(dirfd, MARKER_REVOKED, marker))
		(void)unlinkat(gate_fd, marker, 0);
}

bool enforce_was_opened(int gate_fd, int dirfd)
{
	char marker[MARKER_MAX];

	return marker_of(dirfd, MARKER_OPENED, marker) && faccessat(gate_fd, marker, F_OK, 0) == 0;
}

void enforce_note_opened(int gate_fd, int dirfd, bool opened)
{
	char marker[MARKER_MAX];
	struct err err = { 0 };

	if (marker_of(dirfd, MARKER_OPENED, marker) &&
	    enforce_set_marker(gate_fd, marker, opened, &err) < 0)
		log_warning("%s", err.text);
}

static bool is_absent(int gate_fd, const char *marker)
{
	return faccessat(gate_fd, marker, F_OK, 0) < 0 && errno == ENOENT;
}

bool enforce_leaves_input(int gate_fd, unsigned int busnum, unsigned int devnum)
{
	char marker[MARKER_MAX];

	(void)snprintf(marker, sizeof(marker), MARKER_DENY, busnum, devnum);
	return is_absent(gate_fd, marker) && is_absent(gate_fd, MARKER_INPUT);
}

int enforce_set_marker(int gate_fd, const char *marker, bool there, struct err *err)
{
	int rc = 0;

	if (there)
		rc = make_marker(gate_fd, marker);
	else if (unlinkat(gate_fd, marker, 0) < 0 && errno != ENOENT)
		rc = -errno;
	return rc < 0 ? fail(err, rc, marker) : 0;
}

int enforce_set_nodes(int gate_fd, unsigned int busnum, unsigned int devnum, bool open,
		      struct err *err)
{
	char marker[MARKER_MAX];

	(void)snprintf(marker, sizeof(marker), MARKER_NODES, busnum, devnum);
	return enforce_set_marker(gate_fd, marker, open, err);
}

int enforce_revoke(int gate_fd, int dirfd, struct err *err)
{
	char marker[MARKER_MAX];

	if (!marker_of(dirfd, MARKER_REVOKED, marker))
		return fail(err, -errno, "fstat");
	return enforce_set_marker(gate_fd, marker, true, err);
}

int enforce_set_input(int gate_fd, bool asked, struct err *err)
{
	return enforce_set_marker(gate_fd, MARKER_INPUT, asked, err);
}

void enforce_clear_markers(int gate_fd)
{
	static const char *const kinds[] = { "allow-", "write-", "deny-", "user-" };
	cleanup_closedir DIR *dir = file_list(gate_fd, ".");
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			if (strncmp(entry->d_name, kinds[i], strlen(kinds[i])) == 0)
				(void)unlinkat(gate_fd, entry->d_name, 0);
		}
	}
}
