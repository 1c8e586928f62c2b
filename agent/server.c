/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/server.h"

#include "agent/acts.h"
#include "agent/agent.h"
#include "agent/judgement.h"
#include "agent/register_acts.h"
#include "agent/report.h"
#include "agent/server_media.h"
#include "agent/server_permits.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/text.h"
#include "ipc/event.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Of a device that was opened to be looked at, its medium says. */
static bool is_blocked(const struct agent *agent, const struct attached_device *device)
{
	const struct storage_disk *disk = storage_disk_of(&agent->storage, device);

	return judge_is_blocked(device) && !(disk && disk->state == MEDIUM_OPEN);
}

static uint32_t count_blocked(const struct agent *agent)
{
	uint32_t n = 0;

	for (const struct attached_device *d = agent->devices.first; d; d = d->next)
		n += is_blocked(agent, d);
	return n;
}

static void put_policy(struct ipc_agent_state *state, const struct agent *agent)
{
	const struct rulebook *rulebook = &agent->situation.rulebook;
	const struct policy_circumstances *at = &agent->situation.at;
	const struct policy *policy = rulebook->in_force.policy;

	server_put(state->policy_detail, sizeof(state->policy_detail), rulebook->detail);
	if (!policy)
		return;
	state->policy_in_force = true;
	state->policy_ok = !*rulebook->detail;
	state->policy_packaged = rulebook->is_packaged;
	state->policy_expired = policy_is_expired(policy, policy_latest(at));
	state->observing = policy_observes(policy, at);
	state->n_rules = (uint32_t)policy->n_rules;
	state->policy_version = policy->version;
	server_put(state->policy_hash, sizeof(state->policy_hash), rulebook->in_force.hash);
	server_put(state->policy_signer, sizeof(state->policy_signer), rulebook->in_force.signer);
	if (policy->expires != 0)
		policy_minute_print(policy->expires, state->policy_expires);
}

static void put_register(struct ipc_agent_state *state, const struct media_book *book,
			 const struct policy_circumstances *at)
{
	const struct ledger *ledger = book->in_force.ledger;

	server_put(state->register_detail, sizeof(state->register_detail), media_book_detail(book));
	state->register_broken = media_book_is_broken(book);
	state->n_media = book->ledger ? (uint32_t)book->ledger->n_media : 0;
	if (!ledger)
		return;
	state->register_in_force = true;
	state->register_expired = media_book_is_expired(book, policy_latest(at));
	state->register_version = ledger->version;
	server_put(state->register_signer, sizeof(state->register_signer), book->in_force.signer);
	if (ledger->expires != 0)
		policy_minute_print(ledger->expires, state->register_expires);
}

static void put_site(struct ipc_agent_state *state, const struct site *site)
{
	state->enrolled = site->has_order;
	state->zone_unfinished = site->is_unfinished || site->installation.is_running;
	state->order = site->witness.order;
	server_put(state->terminal, sizeof(state->terminal), site->witness.terminal);
	server_put(state->zone, sizeof(state->zone), zone_name(site->zone));
	server_put(state->zone_detail, sizeof(state->zone_detail), site->detail);
}

static void answer_status(struct ipc_server *server, const struct ipc_request *request)
{
	struct agent *agent = server_agent(server);
	struct ipc_agent_state state = {
		.header.kind = IPC_AGENT_STATE,
		.set_up = agent->judge.enforcing,
		.log_ok = agent->log.ok,
		.default_closed = agent->gates.default_closed,
		.n_open_gates = agent->gates.n_open,
		.n_devices = (uint32_t)agent->devices.n_devices,
		.n_blocked = count_blocked(agent),
		.n_exceptions = (uint32_t)agent->exceptions.n,
	};

	situation_refresh(&agent->situation);
	put_policy(&state, agent);
	put_site(&state, &agent->situation.site);
	put_register(&state, &agent->situation.book, &agent->situation.at);
	server_put(state.input_detail, sizeof(state.input_detail), agent->given.input_detail);
	server_put(state.exceptions_detail, sizeof(state.exceptions_detail),
		   agent->exceptions.detail);
	memcpy(state.open_gates, agent->gates.open, sizeof(state.open_gates));
	ipc_reply(server, request->client, request->tag, &state, sizeof(state));
}

/* A rule opens it, and it is shut all the same: the log has not taken the entry. */
static bool waits_for_log(const struct attached_interface *interface)
{
	return (interface->state == INTERFACE_LOGGING || interface->state == INTERFACE_UNLOGGED) &&
	       !interface->judged.is_static && interface->judged.verdict != VERDICT_BLOCK;
}

/* One row for the interfaces @which, which are alike; 0: none is there. */
static void answer_row(struct ipc_server *server, const struct ipc_request *request,
		       const struct attached_device *device, uint32_t which,
		       const struct judgement *judged, bool waits)
{
	const struct storage_disk *disk = storage_disk_of(&server_agent(server)->storage, device);
	const struct policy_device *facts = &device->facts.policy;
	struct ipc_agent_device row = {
		.header.kind = IPC_AGENT_DEVICE,
		.since_s = device->since_us / CLOCK_US_PER_SEC,
	};

	server_put(row.path, sizeof(row.path), device->syspath);
	server_put(row.port, sizeof(row.port), device->name);
	(void)policy_device_id(facts, row.id, sizeof(row.id));
	server_put(row.user, sizeof(row.user), device->user);
	server_put(row.serial, sizeof(row.serial), facts->serial);
	server_put(row.product, sizeof(row.product), device->facts.product);
	(void)class_names(report_classes(device, which), row.classes, sizeof(row.classes));
	if (judged->is_probe && disk && (disk->state == MEDIUM_OPEN || disk->state == MEDIUM_SHUT))
		judged = &disk->judged; /* what its medium came to */
	server_put(row.verdict, sizeof(row.verdict), waits ? "unlogged" : judgement_name(judged));
	server_put(row.rule, sizeof(row.rule), judged->rule);
	if (disk && disk->state == MEDIUM_OPEN)
		server_put(row.node, sizeof(row.node), disk->node);
	ipc_reply(server, request->client, request->tag, &row, sizeof(row));
}

static void answer_device(struct ipc_server *server, const struct ipc_request *request,
			  const struct attached_device *device)
{
	static const struct judgement shut = { .rule = POLICY_DEFAULT_RULE };
	uint32_t told = 0;

	if (device->n_interfaces == 0)
		answer_row(server, request, device, 0, &shut, false);
	for (size_t i = 0; i < device->n_interfaces; i++) {
		const struct judgement *judged = &device->interfaces[i].judged;
		bool waits = waits_for_log(&device->interfaces[i]);
		uint32_t which = 0;

		if (told & 1u << i)
			continue;
		for (size_t j = i; j < device->n_interfaces; j++) {
			if (judgement_equals(judged, &device->interfaces[j].judged) &&
			    waits == waits_for_log(&device->interfaces[j]))
				which |= 1u << j;
		}
		told |= which;
		answer_row(server, request, device, which, judged, waits);
	}
}

static void answer_devices(struct ipc_server *server, const struct ipc_request *request)
{
	struct ipc_header end = { .kind = IPC_END };

	for (const struct attached_device *d = server_agent(server)->devices.first; d; d = d->next)
		answer_device(server, request, d);
	ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}

static void add_fact(void *ctx, const char *key, const char *value)
{
	struct ipc_agent_fact *fact = ctx;

	pairs_add(fact->fields, sizeof(fact->fields), &fact->fields_len, key, value);
}

static void answer_facts(struct ipc_server *server, const struct ipc_request *request)
{
	struct agent *agent = server_agent(server);
	struct ipc_header end = { .kind = IPC_END };

	situation_refresh(&agent->situation);
	for (const struct attached_device *d = agent->devices.first; d; d = d->next) {
		struct ipc_agent_fact fact = { .header.kind = IPC_AGENT_FACT };

		add_fact(&fact, "product", d->facts.product);
		add_fact(&fact, "path", d->syspath);
		policy_record_each(d->denied ? &d->denied_facts : &d->facts.policy,
				   &agent->situation.at, add_fact, &fact);
		ipc_reply(server, request->client, request->tag, &fact, sizeof(fact));
	}
	ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}

static void answer_waiting(struct waiting_request *waiting, int rc, uint64_t seq)
{
	struct ipc_log_ack ack = { .header.kind = IPC_LOG_ACK, .code = rc, .seq = seq };

	ipc_reply(&waiting->server->ipc, waiting->client, waiting->tag, &ack, sizeof(ack));
	*waiting = (struct waiting_request){ 0 };
}

void server_logged(void *ctx, int rc, uint64_t seq)
{
	answer_waiting(ctx, rc, seq);
}

/* What became of a policy or an order. */
static void installed(void *ctx, const struct err *err)
{
	struct waiting_request *waiting = ctx;

	if (err->code == 0) {
		answer_waiting(waiting, 0, 0);
		return;
	}
	ipc_reply_error(&waiting->server->ipc, waiting->client, waiting->tag, err);
	*waiting = (struct waiting_request){ 0 };
}

struct waiting_request *server_begin_waiting(struct ipc_server *server,
					     const struct ipc_request *request)
{
	struct agent_server *agent_server = server->ctx;
	struct err err = { 0 };

	for (size_t i = 0; i < N_ELEMENTS(agent_server->waiting); i++) {
		struct waiting_request *waiting = &agent_server->waiting[i];

		if (waiting->used)
			continue;
		*waiting = (struct waiting_request){ .server = agent_server,
						     .used = true,
						     .client = request->client,
						     .tag = request->tag };
		return waiting;
	}
	(void)err_set(&err, -EBUSY, "too many requests at once; remedy: try again");
	ipc_reply_error(server, request->client, request->tag, &err);
	return NULL;
}

/* A text of a message, made safe; the sender may have left out its NUL. */
static void add_text(struct ipc_log_append *event, const char *key, const char *text, size_t size)
{
	char safe[IPC_FIELDS_MAX];

	ipc_event_add(event, key, text_escape(safe, sizeof(safe), text, strnlen(text, size)));
}

static void answer_record(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_agent_record *record = request->message;
	struct waiting_request *waiting = server_begin_waiting(server, request);
	struct ipc_log_append event;

	if (!waiting)
		return;
	ipc_event_init(&event, "admin.action");
	add_text(&event, "action", record->action, sizeof(record->action));
	add_text(&event, "detail", record->detail, sizeof(record->detail));
	ipc_event_add_number(&event, "pid_caller", request->peer.pid);
	ipc_submit(&server_agent(server)->log, &event, server_logged, waiting);
}

static void answer_order(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_agent_order *order = request->message;
	struct situation *situation = &server_agent(server)->situation;
	struct waiting_request *waiting = server_begin_waiting(server, request);

	if (!waiting)
		return;
	situation_refresh(situation);
	site_install(&situation->site, order->bytes,
		     order->len <= sizeof(order->bytes) ? order->len : 0,
		     policy_latest(&situation->at), installed, waiting);
}

static void answer_policy(struct ipc_server *server, const struct ipc_request *request)
{
	struct situation *situation = &server_agent(server)->situation;
	struct waiting_request *waiting = server_begin_waiting(server, request);

	if (!waiting)
		return;
	situation_refresh(situation);
	rulebook_look(&situation->rulebook, policy_latest(&situation->at), installed, waiting);
}

static const struct ipc_service services[] = {
	{ IPC_AGENT_STATUS, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, answer_status },
	{ IPC_AGENT_DEVICES, sizeof(struct ipc_header), IPC_RIGHT_ADMIN, answer_devices },
	{ IPC_AGENT_RECORD, sizeof(struct ipc_agent_record), IPC_RIGHT_ROOT, answer_record },
	{ IPC_AGENT_ORDER, sizeof(struct ipc_agent_order), IPC_RIGHT_ROOT, answer_order },
	{ IPC_AGENT_POLICY, sizeof(struct ipc_header), IPC_RIGHT_ROOT, answer_policy },
	{ IPC_AGENT_FACTS, sizeof(struct ipc_header), IPC_RIGHT_ADMIN, answer_facts },
	{ IPC_AGENT_MEDIA, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, server_answer_media },
	{ IPC_AGENT_EJECT, sizeof(struct ipc_agent_name), IPC_RIGHT_ANYONE, server_answer_eject },
	{ IPC_AGENT_WATCH, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, server_answer_watch },
	{ IPC_AGENT_REVOKE, sizeof(struct ipc_agent_name), IPC_RIGHT_ROOT, server_answer_revoke },
	{ IPC_AGENT_LOCKED, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, server_answer_locked },
	{ IPC_AGENT_UNLOCK, sizeof(struct ipc_agent_unlock), IPC_RIGHT_ANYONE,
	  server_answer_unlock },
	{ IPC_AGENT_REGISTER, sizeof(struct ipc_header), IPC_RIGHT_ROOT, register_answer_look },
	{ IPC_AGENT_MEDIA_LIST, sizeof(struct ipc_header), IPC_RIGHT_ADMIN, register_answer_list },
	{ IPC_AGENT_ACT, sizeof(struct ipc_agent_act), IPC_RIGHT_ANYONE, acts_answer },
	{ IPC_AGENT_EXCEPTIONS, sizeof(struct ipc_header), IPC_RIGHT_ANYONE,
	  server_answer_exceptions },
	{ IPC_AGENT_PERMITS, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, server_answer_permits },
};

int agent_server_init(struct agent_server *server, struct agent *agent, int listen_fd,
		      struct err *err)
{
	*server = (struct agent_server){ .agent = agent };
	return ipc_server_init(&server->ipc, &agent->loop, listen_fd, services,
			       N_ELEMENTS(services), server, err);
}

void agent_server_deinit(struct agent_server *server)
{
	if (server->agent)
		ipc_server_deinit(&server->ipc);
}
