/* SPDX-License-Identifier: Apache-2.0 */

/* Asking for a permit, approving, denying, taking back and closing it. */

#include "agent/acts.h"
#include "agent/agent.h"
#include "agent/permit_checks.h"
#include "agent/permit_import.h"
#include "agent/permits.h"
#include "agent/vendor.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/parse.h"
#include "ipc/event.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static int take_text(const struct act *act, const char *key, char *out, size_t size,
		     struct err *err)
{
	const char *value = act_field(act, key);

	if (strlen(value) >= size)
		return err_set(err, -EINVAL, "'%s' is longer than %zu bytes; remedy: shorten it",
			       key, size - 1);
	strcpy(out, value);
	return 0;
}

static int take_minute(const struct act *act, const char *key, policy_minute *ret, struct err *err)
{
	return policy_minute_parse(act_field(act, key), 'T', ret)
		       ? 0
		       : err_set(err, -EINVAL, "'%s' is no time; remedy: 2026-12-25T16:30",
				 act_field(act, key));
}

static int take_access(const struct act *act, struct permit *permit, struct err *err)
{
	const char *access = act_field(act, "access");

	if (strcmp(access, "vendor") == 0)
		permit->access = PERMIT_VENDOR;
	else if (strcmp(access, "write") == 0)
		permit->access = (enum permit_access)(PERMIT_READ | PERMIT_WRITE);
	else
		permit->access = PERMIT_READ;
	return permit_is_vendor(permit)
		       ? take_text(act, "section", permit->section, sizeof(permit->section), err)
		       : 0;
}

/* What was asked for, as far as the asker says it. */
static int take_permit(const struct act *act, struct permit *permit, struct err *err)
{
	const struct {
		const char *key;
		char *out;
		size_t size;
	} texts[] = {
		{ "purpose", permit->purpose, sizeof(permit->purpose) },
		{ "classification", permit->classification, sizeof(permit->classification) },
		{ "medium_number", permit->medium, sizeof(permit->medium) },
		{ "carrier", permit->carrier, sizeof(permit->carrier) },
		{ "destination", permit->destination, sizeof(permit->destination) },
		{ "company", permit->company, sizeof(permit->company) },
		{ "contract", permit->contract, sizeof(permit->contract) },
		{ "worker", permit->worker, sizeof(permit->worker) },
		{ "subcontract", permit->subcontract, sizeof(permit->subcontract) },
		{ "scan", permit->scan, sizeof(permit->scan) },
		{ "expected", permit->expected, sizeof(permit->expected) },
		{ "note", permit->note, sizeof(permit->note) },
	};
	uint64_t uses = 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_ELEMENTS(texts); i++)
		rc = take_text(act, texts[i].key, texts[i].out, texts[i].size, err);
	if (rc == 0)
		rc = take_minute(act, "from", &permit->from, err);
	if (rc == 0)
		rc = take_minute(act, "until", &permit->until, err);
	if (rc == 0)
		rc = parse_u64(act_field(act, "uses"), PERMIT_USES_MAX, &uses, err);
	permit->uses = (unsigned int)uses;
	if (rc == 0)
		rc = take_access(act, permit, err);
	(void)snprintf(permit->user, sizeof(permit->user), "%s", act->message.issuer.name);
	(void)snprintf(permit->requester, sizeof(permit->requester), "%s", permit->user);
	return rc;
}

static int make(struct agent *agent, const struct act *act, struct permit *permit, struct err *err)
{
	int rc = take_permit(act, permit, err);

	(void)snprintf(permit->terminal, sizeof(permit->terminal), "%s",
		       agent->situation.site.witness.terminal);
	if (rc == 0 && *permit->terminal == '\0')
		return err_set(err, -EPERM,
			       "this terminal has no name yet, and a permit is for one; remedy: "
			       "sekisho order install");
	if (rc == 0 && permit_is_vendor(permit))
		rc = vendor_take(agent, permit, err);
	if (rc == 0)
		rc = permit_check(permit, policy_latest(&agent->situation.at), err);
	if (rc == 0)
		rc = permit_check_medium(agent, agent_ledger(agent), permit, err);
	return rc < 0 ? rc : permit_check_others(&agent->permits, permit, err);
}

static void name(struct permit *permit, const char *number)
{
	(void)snprintf(permit->number, sizeof(permit->number), "%s", number);
	if (permit_is_vendor(permit))
		(void)snprintf(permit->medium, sizeof(permit->medium), "%s", number);
}

static int request_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			 struct err *err)
{
	struct permit permit = { 0 };
	char number[PERMIT_NUMBER_MAX];
	int rc = make(agent, act, &permit, err);

	if (rc == 0)
		rc = permits_next_number(&agent->permits, permit.terminal, number, err);
	if (rc == 0) {
		name(&permit, number);
		permit_describe(&permit, event);
	}
	return rc;
}

static int request_commit(struct agent *agent, const struct act *act, uint64_t seq,
			  char *ret_number, struct err *err)
{
	const struct permit_record record = { .stage = PERMIT_REQUESTED };
	struct permit permit = { 0 };
	int rc = make(agent, act, &permit, err);

	(void)seq;
	name(&permit, ipc_event_get(&agent->acts.event, "permit"));
	if (rc == 0 && strcmp(permit.serial, ipc_event_get(&agent->acts.event, "serial")) != 0)
		rc = err_set(err, -EBUSY,
			     "another medium was plugged in meanwhile; remedy: ask again");
	if (rc == 0)
		rc = permits_add(&agent->permits, &permit, &record, err);
	if (rc == 0)
		strcpy(ret_number, permit.number);
	return rc;
}

/* One that is in a stage in which this can be done with it. */
static struct permits_entry *find(struct agent *agent, const struct act *act, uint32_t stages,
				  struct err *err)
{
	const char *number = act_field(act, "permit");
	struct permits_entry *entry = permits_find(&agent->permits, number);

	if (!entry) {
		(void)err_set(err, -ENOENT,
			      "there is no permit '%s' here; remedy: sekisho permit list", number);
		return NULL;
	}
	if (stages & 1u << entry->record.stage)
		return entry;
	(void)err_set(err, -EINVAL,
		      "permit %s is %s, and that cannot be done with it any more; remedy: ask for "
		      "another one",
		      number, permit_stage_name(entry->record.stage));
	return NULL;
}

static int check_approver(const struct agent *agent, const struct permit *permit,
			  const char *approver, struct err *err)
{
	const struct ledger *ledger = agent_ledger(agent);
	int rc = permit_check_approver(permit, approver, err);

	if (rc == 0 && (!ledger || !ledger_may_approve(ledger, permit->section, approver)))
		return err_set(
			err, -EPERM,
			"%s does not approve for the section '%s'; remedy: one of those whom "
			"the register names for it",
			approver, permit->section);
	return rc;
}

/* Else a third person could bring the code, and whose token it is would be compared with his. */
static int check_requester(const struct permit *permit, const struct act *act, struct err *err)
{
	if (strcmp(act->message.issuer.name, permit->requester) == 0)
		return 0;
	return err_set(err, -EPERM,
		       "that is done at the session of %s, who asked for it; remedy: ask there",
		       permit->requester);
}

static int approve_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			 struct err *err)
{
	const struct permits_entry *entry = find(agent, act, 1u << PERMIT_REQUESTED, err);
	struct permit permit;
	int rc;

	if (!entry)
		return err->code;
	permit = entry->permit;
	rc = check_requester(&permit, act, err);
	if (rc == 0)
		rc = check_approver(agent, &permit, act->message.approver.name, err);
	if (rc == 0)
		rc = permit_check(&permit, policy_latest(&agent->situation.at), err);
	if (rc == 0)
		rc = permit_check_medium(agent, agent_ledger(agent), &permit, err);
	if (rc == 0)
		permit_describe(&permit, event);
	return rc;
}

static int approve_commit(struct agent *agent, const struct act *act, uint64_t seq,
			  char *ret_number, struct err *err)
{
	const struct elapsed_now now = permits_now(&agent->permits);
	struct permits_entry *entry = find(agent, act, 1u << PERMIT_REQUESTED, err);
	struct permit_record record;
	int rc;

	(void)seq;
	if (!entry)
		return err->code;
	record = entry->record;
	(void)snprintf(entry->permit.approver, sizeof(entry->permit.approver), "%s",
		       act->message.approver.name);
	permit_approve(&entry->permit, &record, policy_latest(&agent->situation.at), &now);
	rc = permits_change(&agent->permits, entry, &record, err);
	if (rc < 0)
		*entry->permit.approver = '\0';
	if (rc == 0) {
		strcpy(ret_number, entry->permit.number);
		permits_start(&agent->permits);
	}
	return rc;
}

static int deny_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
		      struct err *err)
{
	const struct permits_entry *entry = find(agent, act, 1u << PERMIT_REQUESTED, err);

	if (!entry)
		return err->code;
	ipc_event_add(event, "reason", act_field(act, "reason"));
	permit_describe(&entry->permit, event);
	return check_approver(agent, &entry->permit, act->message.approver.name, err);
}

static int revoke_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			struct err *err)
{
	const struct permits_entry *entry =
		find(agent, act, 1u << PERMIT_REQUESTED | 1u << PERMIT_APPROVED, err);

	if (!entry)
		return err->code;
	if (!act->is_admin && strcmp(act->asker, entry->permit.requester) != 0)
		return err_set(err, -EPERM,
			       "permit %s is not yours; remedy: ask %s, or an administrator",
			       entry->permit.number, entry->permit.requester);
	ipc_event_add(event, "reason", act_field(act, "reason"));
	permit_describe(&entry->permit, event);
	return 0;
}

static int end(struct agent *agent, const struct act *act, uint32_t stages, enum permit_stage to,
	       char *ret_number, struct err *err)
{
	struct permits_entry *entry = find(agent, act, stages, err);
	struct permit_record record;
	int rc;

	if (!entry)
		return err->code;
	record = entry->record;
	record.stage = to;
	if (to == PERMIT_CLOSED) {
		record.returned = policy_latest(&agent->situation.at);
		(void)snprintf(record.erased_by, sizeof(record.erased_by), "%s",
			       act->message.approver.name);
	}
	rc = permits_change(&agent->permits, entry, &record, err);
	if (rc == 0) {
		strcpy(ret_number, entry->permit.number);
		permits_start(&agent->permits);
	}
	return rc;
}

static int deny_commit(struct agent *agent, const struct act *act, uint64_t seq, char *ret_number,
		       struct err *err)
{
	(void)seq;
	return end(agent, act, 1u << PERMIT_REQUESTED, PERMIT_DENIED, ret_number, err);
}

static int revoke_commit(struct agent *agent, const struct act *act, uint64_t seq, char *ret_number,
			 struct err *err)
{
	(void)seq;
	return end(agent, act, 1u << PERMIT_REQUESTED | 1u << PERMIT_APPROVED, PERMIT_REVOKED,
		   ret_number, err);
}

#define CLOSABLE (1u << PERMIT_APPROVED | 1u << PERMIT_EXPIRED | 1u << PERMIT_REVOKED)

/* Who used it does not confirm himself that nothing is left on it. */
static int close_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
		       struct err *err)
{
	const struct permits_entry *entry = find(agent, act, CLOSABLE, err);

	if (!entry)
		return err->code;
	if (strcmp(entry->permit.user, act->message.approver.name) == 0)
		return err_set(err, -EPERM,
			       "%s used it, and somebody else confirms that it is erased; remedy: "
			       "--erased-by a colleague",
			       entry->permit.user);
	if (check_requester(&entry->permit, act, err) < 0)
		return err->code;
	if (storage_uses_permit(&agent->storage, entry->permit.number))
		return err_set(
			err, -EBUSY,
			"medium %s is still in use; remedy: sekisho medium eject, and take it "
			"out",
			entry->permit.medium);
	ipc_event_add(event, "erased_by", act->message.approver.name);
	permit_describe(&entry->permit, event);
	return 0;
}

static int close_commit(struct agent *agent, const struct act *act, uint64_t seq, char *ret_number,
			struct err *err)
{
	(void)seq;
	return end(agent, act, CLOSABLE, PERMIT_CLOSED, ret_number, err);
}

const struct act_kind permit_acts[] = {
	{ "permit.request", ACT_NOBODY, false, request_check, request_commit },
	{ "permit.approve", ACT_APPROVER, false, approve_check, approve_commit },
	{ "code.challenge", ACT_CALL, false, approve_check, NULL },
	{ "permit.deny", ACT_APPROVER, false, deny_check, deny_commit },
	{ "permit.revoke", ACT_NOBODY, false, revoke_check, revoke_commit },
	{ "permit.close", ACT_APPROVER, false, close_check, close_commit },
	{ "permit.import", ACT_NOBODY, false, permit_import_check, permit_import_commit },
	{ .type = NULL },
};
