/* SPDX-License-Identifier: Apache-2.0 */

#include "media/ntfs.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "ipc/connect.h"
#include "media/fuse.h"
#include "media/stand_in.h"
#include "media/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* As ntfs-3g(8) says why it gave up. */
#define STATUS_NOT_NTFS 12
#define STATUS_CORRUPT 13
#define STATUS_NO_MEMORY 20

/*
 * norecover: the journal of an unfinished session is Windows' to replay; with
 * it, or when Windows is only asleep, ntfs-3g reads and writes nothing.
 */
void ntfs_options(const struct ipc_media_serve *request, char out[NTFS_OPTIONS_MAX])
{
	(void)snprintf(out, NTFS_OPTIONS_MAX,
		       "%s,no_detach,norecover,uid=%u,gid=%u,umask=077,noatime,big_writes,"
		       "windows_names,streams_interface=none,default_permissions",
		       request->writable ? "rw" : "ro", request->uid, request->gid);
}

static int ended(const struct ipc_media_served *answer, const struct volume *volume,
		 struct err *err)
{
	int status = (int)answer->status;

	if (answer->code < 0) {
		errno = -answer->code;
		return err_set(err, answer->code, "start %s: %m", NTFS_PROGRAM);
	}
	if (WIFEXITED(status) &&
	    (WEXITSTATUS(status) == STATUS_NOT_NTFS || WEXITSTATUS(status) == STATUS_CORRUPT))
		return err_set(err, -EUCLEAN,
			       "the NTFS on %s is damaged; remedy: chkdsk /f on Windows",
			       volume->node);
	if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NO_MEMORY)
		return err_set(err, -ENOMEM, "%s had not enough memory", NTFS_PROGRAM);
	return err_set(err, -EIO,
		       "%s gave up on %s (%d); remedy: see journalctl -u 'sekisho-serve@*'",
		       NTFS_PROGRAM, volume->node,
		       WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

/* Return: as ipc_receive_fd() would, 0 for a whole answer. */
static int receive(int connection, struct ipc_media_served *answer, int *ret_passed,
		   struct err *err)
{
	ssize_t n = ipc_receive_fd(connection, answer, sizeof(*answer), ret_passed);

	if (n == (ssize_t)sizeof(*answer) && answer->header.kind == IPC_MEDIA_SERVED &&
	    answer->header.version == IPC_VERSION)
		return 0;
	return err_set(err, n < 0 ? (int)n : -EPROTO, "%s was not started", NTFS_PROGRAM);
}

static int start(const struct volume *volume, const struct ipc_media_mount *request,
		 struct stand_in *stand_in, struct err *err)
{
	struct ipc_media_serve serve = { .header = { .version = IPC_VERSION,
						     .kind = IPC_MEDIA_SERVE },
					 .uid = request->uid,
					 .gid = request->gid,
					 .writable = request->writable };
	struct ipc_media_served answer = { 0 };
	int rc = ipc_connect(IPC_SOCKET_SERVE, &stand_in->connection);

	(void)snprintf(serve.node, sizeof(serve.node), "%s", volume->node);
	if (rc == 0)
		rc = ipc_send_fd(stand_in->connection, &serve, sizeof(serve), stand_in->fuse);
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "%s: %m", IPC_SOCKET_SERVE);
	}
	rc = stand_in_wait(stand_in, err);
	if (rc == 0)
		rc = receive(stand_in->connection, &answer, &stand_in->asks, err);
	if (rc == 0 && stand_in->asks < 0)
		rc = ended(&answer, volume, err);
	return rc;
}

/* Return: 0 when it wants to mount, and waits for that. */
static int serve(const struct volume *volume, struct stand_in *stand_in, struct err *err)
{
	struct ipc_media_served answer = { 0 };
	cleanup_close int passed = -1;
	int rc;

	do {
		rc = stand_in_wait(stand_in, err);
		if (rc == 0)
			rc = stand_in_answer(stand_in, err);
	} while (rc == STAND_IN_GOES_ON);
	if (rc != STAND_IN_HAS_ENDED)
		return rc;
	rc = receive(stand_in->connection, &answer, &passed, err);
	return rc < 0 ? rc : ended(&answer, volume, err);
}

static int open_both(const struct volume *volume, bool writable, struct stand_in *stand_in,
		     struct err *err)
{
	char again[32];
	int read_only = 1;

	/* What is held open already, and so never another disk. */
	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", volume->fd);
	stand_in->device = open(again, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (stand_in->device < 0)
		return err_set(err, -errno, "open %s: %m", volume->node);
	if (writable && (ioctl(volume->fd, BLKROGET, &read_only) < 0 || read_only))
		return err_set(err, -EROFS, "%s can only be read", volume->node);
	stand_in->fuse = open(FUSE_NODE, O_RDWR | O_CLOEXEC);
	if (stand_in->fuse < 0)
		return err_set(err, -errno, "open %s: %m; remedy: modprobe fuse", FUSE_NODE);
	return 0;
}

int ntfs_mount(const struct volume *volume, const struct ipc_media_mount *request, int *ret_fd,
	       bool *ret_reduced, struct err *err)
{
	cleanup_with(stand_in_close) struct stand_in stand_in = STAND_IN_NONE;
	cleanup_close int mount_fd = -1;
	bool writable;
	int rc;

	if (access(NTFS_PROGRAM, X_OK) < 0)
		return err_set(err, -ENOTSUP,
			       "NTFS is not mounted; remedy: install the package ntfs-3g, "
			       "or format the medium as exFAT");
	stand_in.node = volume->node;
	stand_in.deadline_us = clock_read_us(CLOCK_BOOTTIME) + IPC_SERVE_TIMEOUT_MS * INT64_C(1000);
	rc = open_both(volume, request->writable, &stand_in, err);
	if (rc == 0)
		rc = start(volume, request, &stand_in, err);
	if (rc == 0)
		rc = serve(volume, &stand_in, err);
	if (rc < 0)
		return rc;
	writable = request->writable && !stand_in.wants_read_only;
	rc = fuse_mount(volume, stand_in.fuse, request->uid, request->gid, writable, &mount_fd,
			err);
	if (rc == 0)
		rc = stand_in_let_go(&stand_in, err);
	if (rc < 0)
		return rc;
	*ret_reduced = request->writable && !writable;
	*ret_fd = take_fd(&mount_fd);
	return 0;
}
