/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/disk.h"
#include "agent/report.h"
#include "agent/use_volume.h"
#include "core/log.h"
#include "ipc/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *type_of(enum use_event event)
{
	switch (event) {
	case USE_WAS_MOUNTED:
		return "medium.mount";
	case USE_NOT_MOUNTED:
		return "medium.fail";
	case USE_WAS_ENDED:
		return "medium.unmount";
	case USE_WAS_CUT:
		return "medium.cut";
	case USE_MISSED:
	case USE_UNWATCHED:
	case USE_LISTED:
		return "medium.files";
	case USE_WAS_COMPARED:
		return "medium.manifest";
	case USE_ENDS:
	case USE_IS_BUSY:
	case USE_IS_LOCKED:
		return NULL;
	}
	abort();
}

/* Why there is an entry of its own about what was written. */
static const char *result_of(const struct use_news *news)
{
	uint32_t flags = news->written ? news->written->flags : 0;

	if (news->event == USE_UNWATCHED)
		return "unwatched";
	if (news->event == USE_MISSED)
		return "overflow";
	if ((flags & IPC_WRITTEN_UNKEPT) != 0)
		return "unkept";
	if ((flags & (IPC_WRITTEN_CUT | IPC_WRITTEN_OVERFLOW)) != 0)
		return "incomplete";
	return (flags & IPC_WRITTEN_AT_LEAST) != 0 ? "at_least" : "listed";
}

static void add_hash(struct ipc_log_append *event, const char *key, const uint8_t *hash)
{
	char hex[2 * IPC_HASH_SIZE + 1];

	for (size_t i = 0; i < IPC_HASH_SIZE; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	ipc_event_add(event, key, hex);
}

static void add_list(struct ipc_log_append *event, uint32_t flags, uint64_t number,
		     const uint8_t *hash)
{
	char path[64];

	if ((flags & IPC_WRITTEN_LISTED) == 0)
		return;
	add_hash(event, "sha256", hash);
	(void)snprintf(path, sizeof(path), IPC_LIST_DIR "/%" PRIu64, number);
	ipc_event_add(event, "path", path);
}

/* What a company has on its medium beside what it announced. */
static void add_compared(struct ipc_log_append *event, const struct storage_disk *disk,
			 const struct ipc_media_listed *listed)
{
	bool is_announced = disk->use.medium.n_expected > 0;

	if (!listed)
		return;
	ipc_event_add(event, "result",
		      use_is_unexpected(listed) ? "not_expected"
		      : listed->extra > 0       ? "more_than_expected"
		      : is_announced            ? "as_expected"
						: "counted");
	ipc_event_add_number(event, "files", (int64_t)listed->files);
	ipc_event_add_number(event, "bytes", (int64_t)listed->bytes);
	if (is_announced) {
		ipc_event_add_number(event, "matching", (int64_t)listed->matching);
		ipc_event_add_number(event, "changed", (int64_t)listed->changed);
		ipc_event_add_number(event, "missing", (int64_t)listed->missing);
		ipc_event_add_number(event, "extra", (int64_t)listed->extra);
	}
	add_hash(event, "manifest", listed->manifest);
	add_list(event, listed->flags, listed->list, listed->list_hash);
}

static void add_written(struct ipc_log_append *event, const struct use_news *news)
{
	if (strcmp(event->type, "medium.files") == 0)
		ipc_event_add(event, "result", result_of(news));
	if (!news->written || news->event == USE_UNWATCHED)
		return;
	ipc_event_add_number(event, "files", (int64_t)news->written->files);
	ipc_event_add_number(event, "bytes", (int64_t)news->written->bytes);
	add_list(event, news->written->flags, news->written->list, news->written->list_hash);
}

static void add_cipher(struct ipc_log_append *event, const struct ipc_media_mounted *mounted)
{
	if (!mounted || mounted->key_bits == 0)
		return;
	ipc_event_add(event, "cipher", mounted->cipher);
	ipc_event_add_number(event, "key_bits", mounted->key_bits);
	ipc_event_add(event, "kdf", mounted->kdf);
}

bool report_use(struct ipc_log_append *event, const struct storage_disk *disk,
		const struct use_news *news)
{
	const char *type = type_of(news->event);
	char number[8];

	if (!type)
		return false;
	ipc_event_init(event, type);
	ipc_event_add(event, "verdict",
		      verdict_name(disk->use.medium.writable ? VERDICT_ALLOW : VERDICT_READ_ONLY));
	if (disk->vid != 0) {
		(void)snprintf(number, sizeof(number), "%04x", disk->vid);
		ipc_event_add(event, "vid", number);
		(void)snprintf(number, sizeof(number), "%04x", disk->pid);
		ipc_event_add(event, "pid", number);
	}
	ipc_event_add(event, "serial", disk->serial);
	ipc_event_add(event, "medium_number", disk->claims);
	ipc_event_add(event, "permit", disk->judged.permit);
	ipc_event_add(event, "node", disk->node);
	ipc_event_add(event, "mount", news->path);
	ipc_event_add(event, "user", disk->use.user);
	ipc_event_add(event, "rule", disk->judged.rule);
	ipc_event_add(event, "reason", news->reason);
	add_written(event, news);
	add_cipher(event, news->mounted);
	add_compared(event, disk, news->listed);
	ipc_event_add(event, "detail", news->detail);
	log_info("guard: %s for %s: %s %s %s", disk->node, disk->use.user, type, news->path,
		 news->detail);
	return true;
}
