/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/mount.h"

#include "core/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool ends(const char *text, size_t size)
{
	return strnlen(text, size) < size;
}

static void answered(struct ipc_ask *ask, int rc, const void *reply)
{
	struct mount *mount = container_of(ask, struct mount, ask);
	const struct ipc_media_mounted *mounted = reply;
	cleanup_close int connection = take_fd(&mount->ask.kept_fd);

	if (rc == 0 && (mounted->code > 0 || !ends(mounted->path, sizeof(mounted->path)) ||
			!ends(mounted->detail, sizeof(mounted->detail))))
		rc = -EPROTO;
	mount->connection =
		rc == 0 && mounted->code == 0 && mounted->watched ? take_fd(&connection) : -1;
	if (rc < 0)
		mount->done(mount, rc, NULL);
	else
		mount->done(mount, mounted->code, mounted);
}

/* A question to the service at @path, without an answer to it yet. */
static struct ipc_question question_of(const char *path, const void *request, size_t size,
				       int64_t timeout_ms)
{
	return (struct ipc_question){
		.path = path,
		.request = request,
		.request_size = size,
		.passed_fd = -1,
		.timeout_us = timeout_ms * 1000,
	};
}

static void ask(struct mount *mount, struct loop *loop, const struct ipc_question *question,
		mount_done *done)
{
	struct ipc_question whole = *question;

	whole.reply_kind = IPC_MEDIA_MOUNTED;
	whole.reply_size = sizeof(struct ipc_media_mounted);
	whole.keeps = true;
	mount->done = done;
	ipc_ask(&mount->ask, loop, &whole, answered);
}

void mount_start(struct mount *mount, struct loop *loop, const char *path,
		 const struct ipc_media_mount *request, mount_done *done)
{
	struct ipc_media_mount copy = *request;
	const struct ipc_question question =
		question_of(path, &copy, sizeof(copy), IPC_MOUNT_TIMEOUT_MS);

	copy.header = (struct ipc_header){ .kind = IPC_MEDIA_MOUNT };
	ask(mount, loop, &question, done);
}

void mount_unlock(struct mount *mount, struct loop *loop, const char *path,
		  const struct ipc_media_mount *request, int secret_fd, mount_done *done)
{
	struct ipc_media_mount copy = *request;
	struct ipc_question question =
		question_of(path, &copy, sizeof(copy), IPC_UNLOCK_TIMEOUT_MS);

	question.passed_fd = secret_fd;
	copy.header = (struct ipc_header){ .kind = IPC_MEDIA_UNLOCK };
	ask(mount, loop, &question, done);
}

static void was_listed(struct ipc_ask *ask, int rc, const void *reply)
{
	struct mount *mount = container_of(ask, struct mount, ask);
	const struct ipc_media_listed *listed = reply;

	if (rc == 0 && (listed->code > 0 || !ends(listed->detail, sizeof(listed->detail))))
		rc = -EPROTO;
	if (rc < 0)
		mount->listed(mount, rc, NULL);
	else
		mount->listed(mount, listed->code, listed);
}

void mount_list(struct mount *mount, struct loop *loop, const char *path,
		const struct ipc_media_list *request, mount_listed *listed)
{
	struct ipc_media_list copy = *request;
	struct ipc_question question = question_of(path, &copy, sizeof(copy), IPC_LIST_TIMEOUT_MS);

	question.reply_kind = IPC_MEDIA_LISTED;
	question.reply_size = sizeof(struct ipc_media_listed);
	copy.mount.header = (struct ipc_header){ .kind = IPC_MEDIA_LIST };
	mount->listed = listed;
	ipc_ask(&mount->ask, loop, &question, was_listed);
}

void mount_end(struct mount *mount, struct loop *loop, const char *path, const char *mount_point,
	       dev_t devnum, bool emergency, mount_done *done)
{
	struct ipc_media_unmount request = { .header.kind = IPC_MEDIA_UNMOUNT,
					     .devnum = devnum,
					     .emergency = emergency };
	const struct ipc_question question =
		question_of(path, &request, sizeof(request), IPC_UNMOUNT_TIMEOUT_MS);

	(void)snprintf(request.path, sizeof(request.path), "%s", mount_point);
	ask(mount, loop, &question, done);
}

const char *mount_why(int rc, const struct ipc_media_mounted *mounted)
{
	return mounted && *mounted->detail ? mounted->detail : strerrordesc_np(-rc);
}

void mount_cancel(struct mount *mount)
{
	ipc_ask_cancel(&mount->ask);
}
