/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/disk.h"
#include "agent/report.h"
#include "core/log.h"
#include "ipc/event.h"

#include <stdio.h>

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
	case USE_ENDS:
	case USE_IS_BUSY:
	case USE_IS_LOCKED:
		return NULL;
	}
	abort();
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
	ipc_event_add(event, "node", disk->node);
	ipc_event_add(event, "mount", news->path);
	ipc_event_add(event, "user", disk->use.user);
	ipc_event_add(event, "rule", disk->judged.rule);
	ipc_event_add(event, "reason", news->reason);
	ipc_event_add(event, "detail", news->detail);
	log_info("guard: %s for %s: %s %s %s", disk->node, disk->use.user, type, news->path,
		 news->detail);
	return true;
}
