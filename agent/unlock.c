/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A passphrase passes by here: the person gets one end of a pipe and
 * sekisho-media the other.  The agent makes it, so that it never takes a
 * descriptor from a person (closing one can hang), and keeps neither end.
 */

#include "agent/agent.h"
#include "agent/server_media.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "ipc/media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static void answer_volume(struct ipc_server *server, const struct ipc_request *request,
			  const struct storage_disk *disk, const struct ipc_volume *volume)
{
	struct ipc_agent_volume row = { .header.kind = IPC_AGENT_VOLUME,
					.diskseq = disk->diskseq,
					.volume = *volume };

	server_put(row.node, sizeof(row.node), disk->node);
	ipc_reply(server, request->client, request->tag, &row, sizeof(row));
}

void server_answer_locked(struct ipc_server *server, const struct ipc_request *request)
{
	const struct storage *storage = &server_agent(server)->storage;
	struct ipc_header end = { .kind = IPC_END };

	for (const struct storage_disk *disk = storage->first; disk; disk = disk->next) {
		const struct ipc_volume *volume;

		if (!server_is_open(disk) || !server_concerns(disk, request->peer.uid))
			continue;
		for (size_t i = 0; (volume = use_locked_at(&disk->use, i)); i++)
			answer_volume(server, request, disk, volume);
	}
	ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}

/* Also for root it is mounted for who has the medium. */
static struct storage_disk *find_disk(const struct storage *storage, uint64_t diskseq, uid_t uid)
{
	struct storage_disk *disk = storage->first;

	while (disk &&
	       (disk->diskseq != diskseq || !server_is_open(disk) || !server_concerns(disk, uid)))
		disk = disk->next;
	return disk;
}

static void unlocked(void *ctx, int rc, const struct ipc_media_mounted *mounted)
{
	struct ipc_media_mounted answer = { 0 };
	struct waiting_request *waiting = ctx;

	if (mounted)
		answer = *mounted;
	answer.header = (struct ipc_header){ .kind = IPC_MEDIA_MOUNTED };
	answer.code = rc;
	if (rc < 0 && !*answer.detail)
		(void)snprintf(answer.detail, sizeof(answer.detail), "%s", strerrordesc_np(-rc));
	ipc_reply(&waiting->server->ipc, waiting->client, waiting->tag, &answer, sizeof(answer));
	*waiting = (struct waiting_request){ 0 };
}

/* Return: 0, and unlocked() will be called, or an error. */
static int unlock(struct ipc_server *server, const struct ipc_request *request,
		  struct storage_disk *disk, struct waiting_request *waiting)
{
	const struct ipc_agent_unlock *message = request->message;
	struct ipc_header secret = { .kind = IPC_AGENT_SECRET };
	cleanup_close int out = -1;
	cleanup_close int into = -1;
	int ends[2];
	int rc;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	out = ends[0];
	into = ends[1];
	rc = use_unlock(&disk->use, message->start, out, unlocked, waiting);
	if (rc == 0)
		ipc_reply_fd(server, request->client, request->tag, &secret, sizeof(secret), into);
	return rc;
}

void server_answer_unlock(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_agent_unlock *message = request->message;
	struct storage_disk *disk =
		find_disk(&server_agent(server)->storage, message->diskseq, request->peer.uid);
	struct waiting_request *waiting = server_begin_waiting(server, request);
	struct err err = { 0 };
	int rc;

	if (!waiting)
		return;
	rc = disk ? unlock(server, request, disk, waiting) : -ENOENT;
	if (rc == 0)
		return;
	*waiting = (struct waiting_request){ 0 };
	errno = -rc;
	if (rc == -ENOENT)
		(void)err_set(&err, rc, "no such volume of yours waits for a passphrase");
	else
		(void)err_set(&err, rc, "the volume cannot be unlocked now: %m");
	ipc_reply_error(server, request->client, request->tag, &err);
}
