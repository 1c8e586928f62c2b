/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/server_media.h"

#include "agent/agent.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/text.h"
#include "ipc/media.h"

#include <errno.h>
#include <string.h>

struct agent *server_agent(const struct ipc_server *server)
{
	return ((struct agent_server *)server->ctx)->agent;
}

void server_put(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	while (len > 0 && text_is_continuation(text[len]))
		len--;
	memcpy(out, text, len);
	out[len] = '\0';
}

bool server_concerns(const struct storage_disk *disk, uid_t uid)
{
	const struct seat *seat = disk->storage->seat;

	if (uid == 0)
		return true;
	if (use_is_on(&disk->use))
		return disk->use.uid == uid;
	return seat->known && seat->session[0] != '\0' && seat->uid == uid;
}

bool server_is_open(const struct storage_disk *disk)
{
	return !disk->is_gone && disk->state == MEDIUM_OPEN;
}

static void answer_medium(struct ipc_server *server, const struct ipc_request *request,
			  const struct storage_disk *disk, const char *path)
{
	struct ipc_agent_medium row = { .header.kind = IPC_AGENT_MEDIUM };

	server_put(row.node, sizeof(row.node), disk->node);
	server_put(row.access, sizeof(row.access), verdict_name(disk->judged.verdict));
	server_put(row.user, sizeof(row.user), disk->use.user);
	server_put(row.path, sizeof(row.path), path);
	server_put(row.serial, sizeof(row.serial), disk->serial);
	ipc_reply(server, request->client, request->tag, &row, sizeof(row));
}

void server_answer_media(struct ipc_server *server, const struct ipc_request *request)
{
	const struct storage *storage = &server_agent(server)->storage;
	struct ipc_header end = { .kind = IPC_END };

	for (const struct storage_disk *disk = storage->first; disk; disk = disk->next) {
		const char *path;

		if (!server_is_open(disk) || !server_concerns(disk, request->peer.uid))
			continue;
		for (size_t i = 0; (path = use_path_at(&disk->use, i)); i++) {
			if (*path)
				answer_medium(server, request, disk, path);
		}
		if (!*use_path(&disk->use))
			answer_medium(server, request, disk, "");
	}
	ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}

/* Who asks again and again takes the room of his own, not of others. */
static struct media_watcher *room_for(struct agent_server *server, uid_t uid)
{
	struct media_watcher *own = NULL;

	for (size_t i = 0; i < AGENT_WATCHERS_MAX; i++) {
		struct media_watcher *watcher = &server->watchers[i];

		if (watcher->client == 0)
			return watcher;
		if (watcher->uid == uid && (!own || watcher->client < own->client))
			own = watcher;
	}
	return own ? own : &server->watchers[0];
}

static struct media_watcher *add_watcher(struct agent_server *server,
					 const struct ipc_request *request)
{
	struct media_watcher *watcher = room_for(server, request->peer.uid);

	*watcher = (struct media_watcher){ .client = request->client,
					   .tag = request->tag,
					   .uid = request->peer.uid };
	return watcher;
}

void server_answer_watch(struct ipc_server *server, const struct ipc_request *request)
{
	(void)add_watcher(server->ctx, request);
}

static bool has_name(const struct storage_disk *disk, const char *name)
{
	return *name == '\0' || strcmp(disk->node, name) == 0 || use_has_path(&disk->use, name);
}

static int find_medium(const struct storage *storage, const char *name, uid_t uid,
		       struct storage_disk **ret, struct err *err)
{
	struct storage_disk *found = NULL;

	for (struct storage_disk *disk = storage->first; disk; disk = disk->next) {
		if (!server_is_open(disk) || !server_concerns(disk, uid) || !has_name(disk, name))
			continue;
		if (found)
			return err_set(err, -EINVAL,
				       "there are several media; remedy: say which, as sekisho "
				       "medium list shows them");
		found = disk;
	}
	if (!found)
		return err_set(err, -ENOENT, "no such medium is yours; see sekisho medium list");
	*ret = found;
	return 0;
}

void server_answer_eject(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_agent_name *message = request->message;
	struct storage_disk *disk = NULL;
	struct err err = { 0 };

	if (strnlen(message->name, sizeof(message->name)) == sizeof(message->name))
		(void)err_set(&err, -EINVAL, "the name is too long");
	else
		(void)find_medium(&server_agent(server)->storage, message->name, request->peer.uid,
				  &disk, &err);
	if (!disk) {
		ipc_reply_error(server, request->client, request->tag, &err);
		return;
	}
	add_watcher(server->ctx, request)->ejecting = disk->diskseq;
	disk_eject(disk);
}

static struct attached_device *find_port(const struct device_list *devices, const char *port)
{
	struct attached_device *device = devices->first;

	while (device && strcmp(device->name, port) != 0)
		device = device->next;
	return device;
}

void server_answer_revoke(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_agent_name *message = request->message;
	struct agent *agent = server_agent(server);
	struct waiting_request *waiting;
	struct attached_device *device;
	char port[sizeof(message->name) + 1] = "";
	struct err err = { 0 };

	memcpy(port, message->name, sizeof(message->name));
	device = find_port(&agent->devices, port);
	if (!device) {
		(void)err_set(&err, -ENOENT, "no device is at this port; see sekisho devices");
		ipc_reply_error(server, request->client, request->tag, &err);
		return;
	}
	waiting = server_begin_waiting(server, request);
	if (agent_revoke(agent, device, request->peer.pid, waiting ? server_logged : NULL, waiting,
			 &err) == 0 ||
	    !waiting)
		return;
	*waiting = (struct waiting_request){ 0 };
	ipc_reply_error(server, request->client, request->tag, &err);
}

static bool wants(const struct media_watcher *watcher, const struct storage_disk *disk,
		  enum ipc_notice notice)
{
	if (watcher->client == 0)
		return false;
	if (watcher->ejecting == 0)
		return server_concerns(disk, watcher->uid);
	return watcher->ejecting == disk->diskseq &&
	       (notice == NOTICE_BUSY || notice == NOTICE_GIVEN_BACK || notice == NOTICE_CUT);
}

static void tell(struct agent_server *server, const struct storage_disk *disk,
		 const struct ipc_agent_notice *notice)
{
	for (size_t i = 0; i < AGENT_WATCHERS_MAX; i++) {
		struct media_watcher *watcher = &server->watchers[i];
		struct ipc_agent_notice copy = *notice;

		if (!wants(watcher, disk, (enum ipc_notice)notice->notice))
			continue;
		ipc_reply(&server->ipc, watcher->client, watcher->tag, &copy, sizeof(copy));
		if (watcher->ejecting != 0)
			*watcher = (struct media_watcher){ 0 };
	}
}

static struct ipc_agent_notice notice_of(const struct storage_disk *disk, enum ipc_notice kind)
{
	struct ipc_agent_notice notice = { .header.kind = IPC_AGENT_NOTICE,
					   .notice = (uint8_t)kind };

	server_put(notice.node, sizeof(notice.node), disk->node);
	server_put(notice.user, sizeof(notice.user), disk->use.user);
	return notice;
}

static enum ipc_notice kind_of(enum use_event event)
{
	switch (event) {
	case USE_WAS_MOUNTED:
		return NOTICE_MOUNTED;
	case USE_NOT_MOUNTED:
		return NOTICE_NOT_MOUNTED;
	case USE_ENDS:
		return NOTICE_ENDS;
	case USE_IS_BUSY:
		return NOTICE_BUSY;
	case USE_WAS_ENDED:
		return NOTICE_ENDED;
	case USE_WAS_CUT:
		return NOTICE_CUT;
	case USE_IS_LOCKED:
		return NOTICE_LOCKED;
	case USE_WAS_COMPARED:
		return NOTICE_COMPARED;
	case USE_MISSED:
	case USE_UNWATCHED:
	case USE_LISTED:
		break; /* for the log alone */
	}
	abort();
}

void server_media_happened(struct storage *storage, const struct storage_disk *disk,
			   const struct use_news *news)
{
	struct agent *agent = container_of(storage, struct agent, storage);
	struct ipc_agent_notice notice = notice_of(disk, kind_of(news->event));

	if (news->event == USE_ENDS)
		notice.seconds = (uint32_t)(USE_GRACE_US / CLOCK_US_PER_SEC);
	server_put(notice.path, sizeof(notice.path), news->path);
	server_put(notice.reason, sizeof(notice.reason), news->reason ? news->reason : "");
	server_put(notice.detail, sizeof(notice.detail), news->detail);
	tell(&agent->server, disk, &notice);
}

void server_media_runs_out(struct agent *agent, const struct storage_disk *disk, uint32_t seconds)
{
	struct ipc_agent_notice notice = notice_of(disk, NOTICE_RUNS_OUT);

	notice.seconds = seconds;
	server_put(notice.path, sizeof(notice.path), use_path(&disk->use));
	tell(&agent->server, disk, &notice);
}

void server_media_given_back(struct storage *storage, const struct storage_disk *disk)
{
	struct agent *agent = container_of(storage, struct agent, storage);
	struct ipc_agent_notice notice = notice_of(disk, NOTICE_GIVEN_BACK);

	tell(&agent->server, disk, &notice);
}

static bool sits_there(const struct seat *seat, uid_t uid)
{
	return uid == 0 || (seat->known && seat->session[0] != '\0' && seat->uid == uid);
}

void server_media_barred(struct agent_server *server, const struct bar *bar)
{
	struct ipc_agent_notice notice = { .header.kind = IPC_AGENT_NOTICE,
					   .notice = NOTICE_BARRED };

	server_put(notice.node, sizeof(notice.node), bar->node);
	server_put(notice.reason, sizeof(notice.reason), bar->reason);
	server_put(notice.detail, sizeof(notice.detail), bar->number);
	for (size_t i = 0; i < AGENT_WATCHERS_MAX; i++) {
		struct media_watcher *watcher = &server->watchers[i];
		struct ipc_agent_notice copy = notice;

		if (watcher->client != 0 && watcher->ejecting == 0 &&
		    sits_there(&server->agent->situation.seat, watcher->uid))
			ipc_reply(&server->ipc, watcher->client, watcher->tag, &copy, sizeof(copy));
	}
}

/* Whoever waits to have it back would wait for ever. */
void server_media_forgotten(struct storage *storage, const struct storage_disk *disk)
{
	struct agent_server *server = &container_of(storage, struct agent, storage)->server;
	struct err err = { 0 };

	(void)err_set(&err, -ENODEV, "the medium has gone, or is permitted no more");
	for (size_t i = 0; i < AGENT_WATCHERS_MAX; i++) {
		struct media_watcher *watcher = &server->watchers[i];

		if (watcher->client == 0 || watcher->ejecting != disk->diskseq)
			continue;
		ipc_reply_error(&server->ipc, watcher->client, watcher->tag, &err);
		*watcher = (struct media_watcher){ 0 };
	}
}
