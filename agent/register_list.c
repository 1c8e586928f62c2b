/* SPDX-License-Identifier: Apache-2.0 */

/* The register as it stands here, for whoever administers it. */

#include "agent/agent.h"
#include "agent/register_acts.h"
#include "agent/server_media.h"
#include "core/err.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define AGAIN_US 10000 /* until a reader has room for more rows */

static void add(struct ipc_agent_row *row, const char *key, const char *value)
{
	pairs_add(row->fields, sizeof(row->fields), &row->fields_len, key, value);
}

static void add_minute(struct ipc_agent_row *row, const char *key, policy_minute minute)
{
	char text[24];

	if (minute == 0)
		return;
	policy_minute_stamp(minute, text);
	add(row, key, text);
}

static void add_id(struct ipc_agent_row *row, const char *key, uint16_t vid, uint16_t pid)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%04x:%04x", vid, pid);
	add(row, key, text);
}

static void add_identity(struct ipc_agent_row *row, const struct ledger_medium *medium)
{
	if (medium->has_usb)
		add_id(row, "usb", medium->vid, medium->pid);
	add(row, "serial", medium->serial);
	add(row, "sd_cid", medium->sd_cid);
	add(row, "filesystem", medium->filesystem);
	if (medium->has_unlocked)
		add_id(row, "unlocked", medium->unlocked_vid, medium->unlocked_pid);
	add(row, "unlocked_serial", medium->unlocked_serial);
}

static void add_purpose(struct ipc_agent_row *row, const struct ledger_medium *medium)
{
	char text[64] = "";
	size_t used = 0;

	for (unsigned int zone = 0; zone < ZONES; zone++) {
		if (medium->zones & 1u << zone)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 used ? " " : "", zone_name((enum zone)zone));
	}
	add(row, "section", medium->section);
	add(row, "zone", text);
	(void)snprintf(text, sizeof(text), "%s/%u/%u",
		       ledger_confidentiality_name(medium->confidentiality), medium->integrity,
		       medium->availability);
	add(row, "classification", text);
	add(row, "encryption", ledger_encryption_name(medium->encryption));
}

static void fill(struct ipc_agent_row *row, const struct media_book *book,
		 const struct ledger_medium *medium, policy_minute now)
{
	const struct ledger *signed_one = book->in_force.ledger;

	add(row, "number", medium->number);
	add(row, "kind", ledger_kind_name(medium->kind));
	add(row, "state", ledger_state_name(medium->state));
	add(row, "holder", medium->holder);
	add_minute(row, "due", medium->due);
	add_minute(row, "since", medium->since);
	if (ledger_is_overdue(medium, now))
		add(row, "overdue", "yes");
	if (ledger_serial_is_weak(book->ledger, medium))
		add(row, "weak_serial", "yes");
	if (!signed_one || !ledger_medium(signed_one, medium->number))
		add(row, "here_only", "yes");
	add_purpose(row, medium);
	add_identity(row, medium);
	add(row, "model", medium->model);
	add(row, "note", medium->note);
}

/* A register may be another one between two rows: what is told goes on by number. */
static const struct ledger_medium *next_after(const struct ledger *ledger, const char *number)
{
	size_t low = 0;
	size_t high = ledger ? ledger->n_media : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(ledger->media[middle].number, number) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return ledger && low < ledger->n_media ? &ledger->media[low] : NULL;
}

/* True when the reader has all of it, or has gone. */
static bool tell(struct agent_server *server, struct media_reader *reader)
{
	const struct media_book *book = &server->agent->situation.book;
	struct ipc_header end = { .kind = IPC_END };
	const struct ledger_medium *medium;

	while (ipc_has_room(&server->ipc, reader->client)) {
		struct ipc_agent_row row = { .header.kind = IPC_AGENT_ROW };

		medium = next_after(book->ledger, reader->told);
		if (!medium) {
			ipc_reply(&server->ipc, reader->client, reader->tag, &end, sizeof(end));
			return true;
		}
		fill(&row, book, medium, server->agent->situation.at.now);
		(void)snprintf(reader->told, sizeof(reader->told), "%s", medium->number);
		ipc_reply(&server->ipc, reader->client, reader->tag, &row, sizeof(row));
	}
	return !ipc_is_there(&server->ipc, reader->client);
}

void register_list_expired(struct loop_timer *timer)
{
	struct agent *agent = container_of(timer, struct agent, list_timer);
	struct agent_server *server = &agent->server;
	bool is_one_left = false;

	situation_refresh(&agent->situation);
	for (size_t i = 0; i < AGENT_READERS_MAX; i++) {
		struct media_reader *reader = &server->readers[i];

		if (reader->client == 0)
			continue;
		if (tell(server, reader))
			*reader = (struct media_reader){ 0 };
		else
			is_one_left = true;
	}
	if (is_one_left)
		loop_timer_set(timer, AGAIN_US);
}

void register_answer_list(struct ipc_server *server, const struct ipc_request *request)
{
	struct agent_server *agent_server = server->ctx;
	struct err err = { 0 };

	for (size_t i = 0; i < AGENT_READERS_MAX; i++) {
		struct media_reader *reader = &agent_server->readers[i];

		if (reader->client != 0)
			continue;
		*reader = (struct media_reader){ .client = request->client, .tag = request->tag };
		register_list_expired(&agent_server->agent->list_timer);
		return;
	}
	(void)err_set(&err, -EBUSY, "too many requests at once; remedy: try again");
	ipc_reply_error(server, request->client, request->tag, &err);
}

static void looked(void *ctx, const struct err *err)
{
	struct waiting_request *waiting = ctx;

	if (err->code == 0) {
		server_logged(waiting, 0, 0);
		return;
	}
	ipc_reply_error(&waiting->server->ipc, waiting->client, waiting->tag, err);
	*waiting = (struct waiting_request){ 0 };
}

void register_answer_look(struct ipc_server *server, const struct ipc_request *request)
{
	struct situation *situation = &server_agent(server)->situation;
	struct waiting_request *waiting = server_begin_waiting(server, request);

	if (!waiting)
		return;
	situation_refresh(situation);
	media_book_look(&situation->book, policy_latest(&situation->at), looked, waiting);
}
