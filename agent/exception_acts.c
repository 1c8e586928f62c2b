/* SPDX-License-Identifier: Apache-2.0 */

/* Declaring an exception, and ending it before its time. */

#include "agent/acts.h"
#include "agent/agent.h"
#include "core/err.h"
#include "core/parse.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define EXPIRED "expired" /* word of the log's glossary: its time was over */

_Static_assert(IPC_EXCEPTIONS_MAX == POLICY_EXCEPTIONS_MAX, "status names each of them");

static int take(const struct act *act, struct exception *ret, uint64_t *ret_hours, struct err *err)
{
	const char *name = act_field(act, "exceptions");
	const char *reason = act_field(act, "reason");
	struct err ignored = { 0 };

	if (!exception_is_name(name))
		return err_set(
			err, -EINVAL,
			"'%s' cannot be the name of an exception; remedy: a-z, 0-9 and \"-\", "
			"as a rule of the policy has it",
			name);
	if (*reason == '\0' || strlen(reason) >= sizeof(ret->reason) ||
	    strlen(act_field(act, "ticket")) >= sizeof(ret->ticket))
		return err_set(err, -EINVAL,
			       "an exception needs a reason of at most %d bytes; remedy: --reason",
			       EXCEPTION_TEXT_MAX - 1);
	if (parse_u64(act_field(act, "hours"), EXCEPTION_HOURS_MAX, ret_hours, &ignored) < 0 ||
	    *ret_hours == 0)
		return err_set(err, -EINVAL,
			       "an exception ends by itself, after 1 to %d hours; remedy: --hours",
			       EXCEPTION_HOURS_MAX);
	*ret = (struct exception){ 0 };
	strcpy(ret->name, name);
	strcpy(ret->reason, reason);
	strcpy(ret->ticket, act_field(act, "ticket"));
	strcpy(ret->issuer, act->message.issuer.name);
	strcpy(ret->approver, act->message.approver.name);
	return 0;
}

static int declare_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			 struct err *err)
{
	struct exception exception;
	char detail[32];
	uint64_t hours;
	int rc = take(act, &exception, &hours, err);

	if (rc < 0)
		return rc;
	if (exceptions_find(&agent->exceptions, exception.name))
		return err_set(err, -EEXIST,
			       "exception '%s' is declared already; remedy: end it first",
			       exception.name);
	if (agent->exceptions.n == POLICY_EXCEPTIONS_MAX)
		return err_set(err, -ENOSPC,
			       "%d exceptions are declared already; remedy: end one of them",
			       POLICY_EXCEPTIONS_MAX);
	ipc_event_add(event, "exceptions", exception.name);
	ipc_event_add(event, "zone", zone_name(agent->situation.at.zone));
	ipc_event_add(event, "ticket", exception.ticket);
	ipc_event_add(event, "reason", exception.reason);
	(void)snprintf(detail, sizeof(detail), "%" PRIu64 " h", hours);
	ipc_event_add(event, "detail", detail);
	return 0;
}

static int declare_commit(struct agent *agent, const struct act *act, uint64_t seq,
			  char *ret_number, struct err *err)
{
	struct exception exception;
	uint64_t hours;
	int rc = take(act, &exception, &hours, err);

	(void)seq;
	if (rc == 0)
		rc = exceptions_declare(&agent->exceptions, &exception, (int64_t)hours, err);
	if (rc == 0)
		strcpy(ret_number, exception.name);
	return rc;
}

static int end_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
		     struct err *err)
{
	const char *name = act_field(act, "exceptions");

	if (!exceptions_find(&agent->exceptions, name))
		return err_set(err, -ENOENT,
			       "no exception '%s' is declared; remedy: sekisho exception list",
			       name);
	if (strcmp(act_field(act, "reason"), EXPIRED) == 0)
		return err_set(err, -EINVAL,
			       "'%s' is what the log says where nobody ended it; remedy: another "
			       "reason",
			       EXPIRED);
	ipc_event_add(event, "exceptions", name);
	ipc_event_add(event, "reason", act_field(act, "reason"));
	return 0;
}

static int end_commit(struct agent *agent, const struct act *act, uint64_t seq, char *ret_number,
		      struct err *err)
{
	(void)seq;
	(void)ret_number;
	return exceptions_end(&agent->exceptions, act_field(act, "exceptions"), err);
}

const struct act_kind exception_acts[] = {
	{ "exception.declare", ACT_TWO_ADMINS, true, declare_check, declare_commit },
	{ "exception.end", ACT_ONE_ADMIN, true, end_check, end_commit },
	{ .type = NULL },
};

static void changed(struct exceptions *exceptions)
{
	struct agent *agent = container_of(exceptions, struct agent, exceptions);

	situation_refresh(&agent->situation);
	agent->situation.changed(&agent->situation);
}

static void ended(struct exceptions *exceptions, const struct exception *exception)
{
	struct agent *agent = container_of(exceptions, struct agent, exceptions);
	struct ipc_log_append event;

	ipc_event_init(&event, "exception.end");
	ipc_event_add(&event, "exceptions", exception->name);
	ipc_event_add(&event, "ticket", exception->ticket);
	ipc_event_add(&event, "reason", EXPIRED);
	ipc_submit(&agent->log, &event, NULL, NULL);
}

void exceptions_join(struct agent *agent)
{
	agent->exceptions.changed = changed;
	agent->exceptions.ended = ended;
	agent->situation.exceptions = &agent->exceptions;
}

static bool names(const struct policy *policy, const struct policy_condition *condition,
		  const char *name)
{
	if (condition->kind != CONDITION_EXCEPTION)
		return false;
	for (uint32_t i = 0; i < condition->n; i++) {
		const policy_text value = (policy_text)policy->values[condition->first + i];

		if (strcmp(policy_word(policy, value), name) == 0)
			return true;
	}
	return false;
}

/* How many rules of the policy in force ask for it; 0: declaring it opened nothing. */
static size_t count_rules(const struct policy *policy, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; policy && i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		for (uint32_t j = 0; j < rule->n; j++)
			n += names(policy, &policy->conditions[rule->first + j], name);
	}
	return n;
}

void server_answer_exceptions(struct ipc_server *server, const struct ipc_request *request)
{
	const struct agent *agent = ((struct agent_server *)server->ctx)->agent;
	struct ipc_header end = { .kind = IPC_END };

	for (size_t i = 0; i < agent->exceptions.n; i++) {
		const struct exception *exception = &agent->exceptions.list[i];
		const struct {
			const char *key;
			const char *value;
		} pairs[] = {
			{ "name", exception->name },         { "reason", exception->reason },
			{ "ticket", exception->ticket },     { "issuer", exception->issuer },
			{ "approver", exception->approver },
		};
		struct ipc_agent_row row = { .header.kind = IPC_AGENT_ROW };
		char number[24];

		for (size_t j = 0; j < sizeof(pairs) / sizeof(pairs[0]); j++)
			pairs_add(row.fields, sizeof(row.fields), &row.fields_len, pairs[j].key,
				  pairs[j].value);
		(void)snprintf(number, sizeof(number), "%" PRId64,
			       exceptions_left_s(&agent->exceptions, exception));
		pairs_add(row.fields, sizeof(row.fields), &row.fields_len, "left_s", number);
		(void)snprintf(number, sizeof(number), "%zu",
			       count_rules(agent->situation.rulebook.in_force.policy,
					   exception->name));
		pairs_add(row.fields, sizeof(row.fields), &row.fields_len, "rules", number);
		ipc_reply(server, request->client, request->tag, &row, sizeof(row));
	}
	ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}
