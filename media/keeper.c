/* SPDX-License-Identifier: Apache-2.0 */

#include "media/keeper.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"
#include "ipc/connect.h"
#include "media/adopt.h"
#include "media/manifest.h"
#include "media/mount.h"
#include "media/request.h"
#include "media/unlock.h"
#include "media/unmount.h"
#include "media/volume.h"
#include "media/watch.h"
#include "media/watcher.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* What waits to be written to a slow medium takes as long as it takes, within reason. */
#define WORK_MAX_SEC 600

union request {
	struct ipc_header header;
	struct ipc_media_mount mount;
	struct ipc_media_unmount unmount;
	struct ipc_media_list list; /* begins as mount does */
};

static void end_texts(union request *request)
{
	if (request->header.kind == IPC_MEDIA_UNMOUNT)
		request->unmount.path[sizeof(request->unmount.path) - 1] = '\0';
	else
		ipc_volume_end_texts(&request->mount.volume);
}

static int mount_one(const struct ipc_media_mount *request, struct ipc_media_mounted *answer,
		     struct watch *watch, struct err *err)
{
	cleanup_with(volume_close) struct volume volume = VOLUME_NONE;
	int rc = volume_open(request, &volume, err);

	if (rc == 0)
		rc = adopt_volume(&volume, request, answer, watch, err);
	if (rc != -ENOENT)
		return rc;
	answer->devnum = volume.devnum;
	return mount_volume(&volume, request, answer, watch, err);
}

static int act(const union request *request, int passed, struct ipc_media_mounted *answer,
	       struct watch *watch, struct err *err)
{
	if (request->header.kind == IPC_MEDIA_MOUNT)
		return mount_one(&request->mount, answer, watch, err);
	if (request->header.kind == IPC_MEDIA_UNLOCK)
		return unlock_volume(&request->mount, passed, answer, watch, err);
	answer->devnum = request->unmount.devnum;
	(void)snprintf(answer->path, sizeof(answer->path), "%s", request->unmount.path);
	return unmount_medium(&request->unmount, err);
}

static int answer_list(const struct ipc_media_list *request, int fd, struct err *err)
{
	struct ipc_media_listed answer = { 0 };
	struct err reason = { 0 };
	int rc;

	answer.code = manifest_make(request, fd, &answer, &reason);
	if (answer.code < 0) {
		log_warning("%s", reason.text);
		(void)snprintf(answer.detail, sizeof(answer.detail), "%s", reason.text);
	}
	answer.header = request_answer(&request->mount.header, IPC_MEDIA_LISTED);
	rc = ipc_send_fd(fd, &answer, sizeof(answer), -1);
	return rc < 0 ? err_set(err, rc, "the answer cannot be sent") : 0;
}

int keeper_serve(int fd, struct err *err)
{
	static const struct request_kind kinds[] = {
		{ IPC_MEDIA_MOUNT, sizeof(struct ipc_media_mount) },
		{ IPC_MEDIA_UNLOCK, sizeof(struct ipc_media_mount) },
		{ IPC_MEDIA_UNMOUNT, sizeof(struct ipc_media_unmount) },
		{ IPC_MEDIA_LIST, sizeof(struct ipc_media_list) },
		{ 0 },
	};
	union request request = { 0 };
	cleanup_with(watch_close) struct watch watch = WATCH_NONE;
	struct ipc_media_mounted answer = { 0 };
	struct err reason = { 0 };
	cleanup_close int passed = -1;
	int rc = request_receive(fd, kinds, &request, sizeof(request), &passed, err);

	if (rc < 0)
		return rc;
	end_texts(&request);
	if (request.header.kind == IPC_MEDIA_LIST)
		return answer_list(&request.list, fd, err);
	(void)alarm(WORK_MAX_SEC);
	answer.code = act(&request, passed, &answer, &watch, &reason);
	(void)alarm(0);
	answer.watched = answer.code == 0 && watch_is_on(&watch);
	if (answer.code < 0) {
		log_warning("%s", reason.text);
		(void)snprintf(answer.detail, sizeof(answer.detail), "%s", reason.text);
	}
	answer.header = request_answer(&request.header, IPC_MEDIA_MOUNTED);
	rc = ipc_send_fd(fd, &answer, sizeof(answer), -1);
	/* Who does not hear of it, and who cannot be watched: it is not to stay writable. */
	if (answer.watched && rc == 0)
		rc = watcher_run(&watch, fd, err);
	else if (rc < 0)
		(void)err_set(err, rc, "the answer cannot be sent");
	if (answer.watched && rc < 0)
		(void)watch_make_read_only(&watch);
	return rc;
}
