/* SPDX-License-Identifier: Apache-2.0 */

#include "media/idmap.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A process of its own user namespace, alive until its namespace is held open. */
struct holder {
	pid_t pid; /* 0: none */
	int ready; /* a byte comes when it has unshared: 0, or errno */
};

static void holder_end(struct holder *holder)
{
	if (holder->pid > 0) {
		(void)kill(holder->pid, SIGKILL);
		(void)waitpid(holder->pid, NULL, 0);
	}
	closep(&holder->ready);
}

static int holder_start(struct holder *holder)
{
	int ends[2];
	unsigned char failed = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	holder->ready = ends[0];
	holder->pid = fork();
	if (holder->pid == 0) {
		if (unshare(CLONE_NEWUSER) < 0)
			failed = (unsigned char)errno;
		if (write(ends[1], &failed, 1) != 1 || failed)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(ends[1]);
	if (holder->pid < 0)
		return -errno;
	return read(holder->ready, &failed, 1) == 1 ? -(int)failed : -EIO;
}

static int write_map(pid_t pid, const char *name, unsigned int on_medium, unsigned int shown)
{
	char path[64];
	char map[64];
	cleanup_close int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	(void)snprintf(map, sizeof(map), "%u %u 1\n", on_medium, shown);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : file_write_all(fd, map, strlen(map));
}

/* The namespace that says: who owns the root of the medium is this person. */
static int open_namespace(const struct stat *root, uid_t uid, gid_t gid, int *ret_fd)
{
	cleanup_with(holder_end) struct holder holder = { .ready = -1 };
	char path[64];
	int fd;
	int rc = holder_start(&holder);

	if (rc == 0)
		rc = write_map(holder.pid, "uid_map", root->st_uid, uid);
	if (rc == 0)
		rc = write_map(holder.pid, "gid_map", root->st_gid, gid);
	if (rc < 0)
		return rc;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)holder.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

int idmap_give(int mount_fd, uid_t uid, gid_t gid, struct err *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	cleanup_close int namespace_fd = -1;
	struct stat root;
	int rc = fstat(mount_fd, &root) < 0 ? -errno : 0;

	if (rc == 0)
		rc = open_namespace(&root, uid, gid, &namespace_fd);
	if (rc == 0) {
		attr.userns_fd = (unsigned int)namespace_fd;
		if (mount_setattr(mount_fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
			rc = -errno;
	}
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "the owner on the medium cannot be mapped: %m");
	}
	return 0;
}
