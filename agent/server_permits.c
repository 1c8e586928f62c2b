/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/server_permits.h"

#include "agent/agent.h"
#include "agent/server_media.h"
#include "agent/vendor.h"
#include "core/err.h"
#include "core/log.h"
#include "ipc/act.h"
#include "ipc/media.h"
#include "ipc/pairs.h"

#include <inttypes.h>
#include <pwd.h>
#include <string.h>

/* What every entry about a permit says of it. */
static void begin_event(struct ipc_log_append *event, const char *type,
			const struct permits_entry *entry, unsigned int used)
{
	const struct permit *permit = &entry->permit;

	ipc_event_init(event, type);
	ipc_event_add(event, "user", permit->user);
	ipc_event_add(event, "permit", permit->number);
	ipc_event_add(event, "medium_number", permit->medium);
	ipc_event_add(event, "terminal", permit->terminal);
	ipc_event_add(event, "access", permit_access_name(permit->access));
	ipc_event_add_number(event, "used", used);
	ipc_event_add_number(event, "uses", permit->uses);
}

static void changed(struct permits *permits)
{
	struct agent *agent = container_of(permits, struct agent, permits);

	situation_refresh(&agent->situation);
	agent->situation.changed(&agent->situation);
}

static void ended(struct permits *permits, const struct permits_entry *entry)
{
	struct agent *agent = container_of(permits, struct agent, permits);
	struct ipc_log_append event;

	begin_event(&event, "permit.expire", entry, entry->record.used);
	ipc_event_add_number(&event, "bytes", (int64_t)entry->record.bytes_written);
	ipc_event_add_number(&event, "files", (int64_t)entry->record.files_written);
	ipc_submit(&agent->log, &event, NULL, NULL);
	log_info("permit %s is over", entry->permit.number);
}

static void warn(struct permits *permits, const struct permits_entry *entry, int64_t left_s)
{
	struct agent *agent = container_of(permits, struct agent, permits);

	for (const struct storage_disk *disk = agent->storage.first; disk; disk = disk->next) {
		if (server_is_open(disk) && strcmp(disk->judged.permit, entry->permit.number) == 0)
			server_media_runs_out(agent, disk, (uint32_t)left_s);
	}
}

static int permitted(struct storage *storage, struct storage_disk *disk, ipc_submitted *done,
		     struct err *err)
{
	struct agent *agent = container_of(storage, struct agent, storage);
	const struct permits_entry *entry = NULL;
	struct ipc_log_append event;
	int rc =
		permits_check_use(&agent->permits, disk->judged.permit, disk->diskseq, &entry, err);

	if (rc <= 0)
		return rc;
	begin_event(&event, "permit.use", entry, entry->record.used + 1);
	ipc_event_add(&event, "node", disk->node);
	ipc_event_add_number(&event, "diskseq", (int64_t)disk->diskseq);
	ipc_submit(&agent->log, &event, done, disk);
	return 1;
}

static int counted(struct storage *storage, const struct storage_disk *disk, struct err *err)
{
	struct agent *agent = container_of(storage, struct agent, storage);

	return permits_begin_use(&agent->permits, disk->judged.permit, disk->diskseq, err);
}

static void used(struct storage *storage, const struct storage_disk *disk,
		 const struct use_news *news)
{
	struct agent *agent = container_of(storage, struct agent, storage);
	const struct permits_entry *entry = permits_find(&agent->permits, disk->judged.permit);
	uint64_t bytes = news->written ? news->written->bytes : 0;
	uint64_t files = news->written ? news->written->files : 0;
	struct ipc_log_append event;

	if (!entry)
		return;
	permits_end_use(&agent->permits, entry->permit.number, bytes, files);
	begin_event(&event, "permit.end", entry, entry->record.used);
	ipc_event_add_number(&event, "bytes", (int64_t)bytes);
	ipc_event_add_number(&event, "files", (int64_t)files);
	ipc_event_add(&event, "reason", news->reason);
	ipc_submit(&agent->log, &event, NULL, NULL);
}

static void announced(struct storage *storage, const struct storage_disk *disk,
		      struct use_medium *medium)
{
	const struct agent *agent = container_of(storage, struct agent, storage);
	const struct permits_entry *entry = permits_find(&agent->permits, disk->judged.permit);

	medium->is_vendor = entry && permit_is_vendor(&entry->permit);
	if (medium->is_vendor)
		medium->n_expected = permit_expected(&entry->permit, medium->expected);
}

static void unexpected(struct storage *storage, const struct storage_disk *disk)
{
	struct agent *agent = container_of(storage, struct agent, storage);

	vendor_refuse(&agent->permits, disk->judged.permit);
	agent->judge.bars_changed(&agent->judge);
}

void permits_join(struct agent *agent)
{
	agent->permits.changed = changed;
	agent->permits.ended = ended;
	agent->permits.warn = warn;
	agent->storage.permitted = permitted;
	agent->storage.counted = counted;
	agent->storage.used = used;
	agent->storage.announced = announced;
	agent->storage.unexpected = unexpected;
}

static void add(struct ipc_agent_row *row, const char *key, const char *value)
{
	pairs_add(row->fields, sizeof(row->fields), &row->fields_len, key, value);
}

static void add_pair(void *ctx, const char *key, const char *value)
{
	add(ctx, key, value);
}

static void add_approvers(struct ipc_agent_row *row, const struct agent *agent,
			  const struct permit *permit)
{
	const struct ledger *ledger = agent_ledger(agent);
	const struct ledger_section *section =
		ledger ? ledger_section(ledger, permit->section) : NULL;
	struct err ignored = { 0 };
	char names[IPC_TEXT_MAX] = "";

	for (size_t i = 0; section && i < section->n_approvers; i++) {
		size_t used = strlen(names);

		if (permit_check_approver(permit, section->approvers[i], &ignored) == 0)
			(void)snprintf(names + used, sizeof(names) - used, "%s%s",
				       used > 0 ? " " : "", section->approvers[i]);
	}
	add(row, "approvers", names);
}

/* His own; an approver sees those of his section. */
static bool concerns(const struct agent *agent, const struct permit *permit, const char *asker)
{
	const struct ledger *ledger = agent_ledger(agent);

	return strcmp(permit->user, asker) == 0 || strcmp(permit->requester, asker) == 0 ||
	       (ledger && ledger_may_approve(ledger, permit->section, asker));
}

void server_answer_permits(struct ipc_server *server, const struct ipc_request *request)
{
	const struct agent *agent = server_agent(server);
	const struct passwd *account = getpwuid(request->peer.uid);
	const char *asker = account ? account->pw_name : "";
	bool sees_all =
		request->peer.uid == 0 || ipc_uid_in_group(request->peer.uid, "sekisho-admin");
	struct ipc_header end = { .kind = IPC_END };

	for (const struct permits_entry *e = agent->permits.first; e; e = e->next) {
		struct ipc_agent_row row = { .header.kind = IPC_AGENT_ROW };

		if (!sees_all && !concerns(agent, &e->permit, asker))
			continue;
		add(&row, "number", e->permit.number);
		permit_each(&e->permit, add_pair, &row);
		permit_record_each(&e->record, add_pair, &row);
		add_approvers(&row, agent, &e->permit);
		ipc_reply(server, request->client, request->tag, &row, sizeof(row));
	}
	ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}
