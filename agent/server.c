/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/server.h"

#include "agent/agent.h"
#include "agent/report.h"
#include "agent/site.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/text.h"
#include "ipc/event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static struct agent *agent_of(const struct ipc_server *server)
{
	return ((struct agent_server *)server->ctx)->agent;
}

static uint32_t count_blocked(const struct agent *agent)
{
	uint32_t n = 0;

	for (const struct attached_device *d = agent->devices.first; d; d = d->next)
		n += judge_is_blocked(d);
	return n;
}

/* Cut at a whole character: what is sent stays UTF-8. */
static void put(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	memcpy(out, text, len);
	out[len] = '\0';
}

static void answer_status(struct ipc_server *server, const struct ipc_request *request)
{
	const struct agent *agent = agent_of(server);
	struct ipc_agent_state state = {
		.header.kind = IPC_AGENT_STATE,
		.set_up = agent->judge.enforcing,
		.policy_ok = agent->rulebook.policy != NULL,
		.log_ok = agent->log.ok,
		.default_closed = agent->gates.default_closed,
		.n_open_gates = agent->gates.n_open,
		.n_rules = agent->rulebook.policy ? (uint32_t)agent->rulebook.policy->n_rules : 0,
		.n_devices = (uint32_t)agent->devices.n_devices,
		.n_blocked = count_blocked(agent),
	};

	put(state.zone, sizeof(state.zone), zone_name(agent->terminal.zone));
	put(state.policy_detail, sizeof(state.policy_detail), agent->rulebook.detail);
	put(state.gate_detail, sizeof(state.gate_detail), agent->gates.detail);
	ipc_reply(server, request->client, request->tag, &state, sizeof(state));
}

/* One row for the interfaces @which, which were judged alike; 0: none is there. */
static void answer_row(struct ipc_server *server, const struct ipc_request *request,
		       const struct attached_device *device, uint32_t which,
		       const struct judgement *judged)
{
	const struct agent *agent = agent_of(server);
	const struct policy_device *facts = &device->facts.policy;
	struct ipc_agent_device row = {
		.header.kind = IPC_AGENT_DEVICE,
		.since_s = device->since_us / CLOCK_US_PER_SEC,
	};

	put(row.path, sizeof(row.path), device->syspath);
	put(row.port, sizeof(row.port), device->name);
	(void)snprintf(row.vid_pid, sizeof(row.vid_pid), "%04x:%04x", facts->vid, facts->pid);
	put(row.serial, sizeof(row.serial), facts->serial);
	put(row.product, sizeof(row.product), device->facts.product);
	(void)class_names(report_classes(device, which), row.classes, sizeof(row.classes));
	put(row.verdict, sizeof(row.verdict), judgement_name(judged));
	put(row.rule, sizeof(row.rule), judged->rule);
	if (judged->verdict != VERDICT_BLOCK)
		put(row.node, sizeof(row.node), storage_node(&agent->storage, device));
	ipc_reply(server, request->client, request->tag, &row, sizeof(row));
}

static void answer_device(struct ipc_server *server, const struct ipc_request *request,
			  const struct attached_device *device)
{
	static const struct judgement shut = { .rule = POLICY_DEFAULT_RULE };
	uint32_t told = 0;

	if (device->n_interfaces == 0)
		answer_row(server, request, device, 0, &shut);
	for (size_t i = 0; i < device->n_interfaces; i++) {
		const struct judgement *judged = &device->interfaces[i].judged;
		uint32_t which = 0;

		if (told & 1u << i)
			continue;
		for (size_t j = i; j < device->n_interfaces; j++) {
			if (judgement_equals(judged, &device->interfaces[j].judged))
				which |= 1u << j;
		}
		told |= which;
		answer_row(server, request, device, which, judged);
	}
}

static void answer_devices(struct ipc_server *server, const struct ipc_request *request)
{
	struct ipc_header end = { .kind = IPC_END };

	for (const struct attached_device *d = agent_of(server)->devices.first; d; d = d->next)
		answer_device(server, request, d);
	ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}

static int apply_zone(struct agent *agent, enum zone zone)
{
	struct terminal terminal = agent->terminal;
	struct err err = { 0 };

	terminal.zone = zone;
	if (site_write(agent->paths.state_dir, &terminal, &err) < 0)
		return err.code;
	agent->terminal = terminal;
	return 0;
}

static void logged(void *ctx, int rc, uint64_t seq)
{
	struct waiting_request *waiting = ctx;
	struct agent_server *server = waiting->server;
	struct ipc_log_ack ack = { .header.kind = IPC_LOG_ACK, .code = rc, .seq = seq };

	if (rc == 0 && waiting->changes_zone)
		ack.code = apply_zone(server->agent, waiting->zone);
	ipc_reply(&server->ipc, waiting->client, waiting->tag, &ack, sizeof(ack));
	*waiting = (struct waiting_request){ 0 };
}

static struct waiting_request *begin_waiting(struct ipc_server *server,
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
	struct waiting_request *waiting = begin_waiting(server, request);
	struct ipc_log_append event;

	if (!waiting)
		return;
	ipc_event_init(&event, "admin.action");
	add_text(&event, "action", record->action, sizeof(record->action));
	add_text(&event, "detail", record->detail, sizeof(record->detail));
	ipc_event_add_number(&event, "pid_caller", request->peer.pid);
	ipc_submit(&agent_of(server)->log, &event, logged, waiting);
}

static void answer_zone(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_agent_zone *wanted = request->message;
	struct agent *agent = agent_of(server);
	struct waiting_request *waiting;
	struct ipc_log_append event;
	struct err err = { 0 };
	enum zone zone;

	if (!memchr(wanted->zone, '\0', sizeof(wanted->zone)) ||
	    !zone_from_name(wanted->zone, &zone)) {
		(void)err_set(&err, -EINVAL,
			      "no such zone; remedy: mynumber, lgwan, internet or unassigned");
		ipc_reply_error(server, request->client, request->tag, &err);
		return;
	}
	waiting = begin_waiting(server, request);
	if (!waiting)
		return;
	waiting->changes_zone = true;
	waiting->zone = zone;
	ipc_event_init(&event, "zone.change");
	ipc_event_add(&event, "zone", zone_name(zone));
	ipc_event_add(&event, "found", zone_name(agent->terminal.zone));
	add_text(&event, "user", wanted->user, sizeof(wanted->user));
	ipc_submit(&agent->log, &event, logged, waiting);
}

static const struct ipc_service services[] = {
	{ IPC_AGENT_STATUS, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, answer_status },
	{ IPC_AGENT_DEVICES, sizeof(struct ipc_header), IPC_RIGHT_ADMIN, answer_devices },
	{ IPC_AGENT_RECORD, sizeof(struct ipc_agent_record), IPC_RIGHT_ROOT, answer_record },
	{ IPC_AGENT_ZONE, sizeof(struct ipc_agent_zone), IPC_RIGHT_ROOT, answer_zone },
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
