/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/permit_checks.h"

#include "agent/agent.h"
#include "core/err.h"

#include <errno.h>
#include <string.h>

/* What the register has against it. */
int permit_check_medium(const struct agent *agent, const struct ledger *ledger,
			struct permit *permit, struct err *err)
{
	const struct ledger_medium *medium = ledger ? ledger_medium(ledger, permit->medium) : NULL;
	const char *refusal = medium ? ledger_refusal(medium, agent->situation.at.zone) : NULL;
	enum ledger_confidentiality wanted;

	if (!medium)
		return err_set(
			err, -ENOENT,
			"there is no medium '%s' in the register; remedy: look at its sticker, "
			"or ask the administrator",
			permit->medium);
	if (refusal)
		return err_set(err, -EPERM,
			       "medium %s may not be used here (%s); remedy: take another one",
			       permit->medium, refusal);
	if (!ledger_confidentiality_from_name(permit->classification, &wanted) ||
	    wanted > medium->confidentiality)
		return err_set(
			err, -EPERM,
			"medium %s is for %s at most, and not for %s; remedy: take another one",
			permit->medium, ledger_confidentiality_name(medium->confidentiality),
			permit->classification);
	if (permit->access & PERMIT_WRITE && medium->encryption == LEDGER_PLAIN)
		return err_set(err, -EPERM,
			       "medium %s is not encrypted, and nothing may be written to it; "
			       "remedy: take another one",
			       permit->medium);
	(void)snprintf(permit->section, sizeof(permit->section), "%s", medium->section);
	return 0;
}

/* Two of them would make two uses of one. */
int permit_check_others(const struct permits *permits, const struct permit *permit, struct err *err)
{
	for (const struct permits_entry *e = permits->first; e; e = e->next) {
		if ((e->record.stage == PERMIT_REQUESTED || e->record.stage == PERMIT_APPROVED) &&
		    strcmp(e->permit.medium, permit->medium) == 0 &&
		    strcmp(e->permit.user, permit->user) == 0 && e->permit.from < permit->until &&
		    permit->from < e->permit.until)
			return err_set(
				err, -EEXIST,
				"permit %s is for the same medium and time; remedy: use it, or "
				"take it back with sekisho permit revoke",
				e->permit.number);
	}
	return 0;
}

/* As the log has times of day: "2026-12-25T14:30". */
static void add_minute(struct ipc_log_append *event, const char *key, policy_minute minute)
{
	char time[24];

	policy_minute_print(minute, time);
	time[10] = 'T';
	ipc_event_add(event, key, time);
}

void permit_describe(const struct permit *permit, struct ipc_log_append *event)
{
	ipc_event_add(event, "permit", permit->number);
	ipc_event_add(event, "medium_number", permit->medium);
	ipc_event_add(event, "terminal", permit->terminal);
	ipc_event_add(event, "section", permit->section);
	ipc_event_add(event, "purpose", permit->purpose);
	ipc_event_add(event, "classification", permit->classification);
	ipc_event_add(event, "access", permit_access_name(permit->access));
	add_minute(event, "from", permit->from);
	add_minute(event, "until", permit->until);
	ipc_event_add_number(event, "uses", permit->uses);
	ipc_event_add(event, "requester", permit->requester);
	ipc_event_add(event, "carrier", permit->carrier);
	ipc_event_add(event, "destination", permit->destination);
	ipc_event_add(event, "detail", permit->note);
}
