/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/permit_checks.h"

#include "agent/agent.h"
#include "agent/vendor.h"
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

	if (permit_is_vendor(permit))
		return vendor_check(agent, permit, err);
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

static bool is_same_medium(const struct permit *a, const struct permit *b)
{
	if (permit_is_vendor(a) || permit_is_vendor(b))
		return strcmp(a->usb, b->usb) == 0 && strcmp(a->serial, b->serial) == 0;
	return strcmp(a->medium, b->medium) == 0;
}

/* Two of them would make two uses of one. */
int permit_check_others(const struct permits *permits, const struct permit *permit, struct err *err)
{
	for (const struct permits_entry *e = permits->first; e; e = e->next) {
		if ((e->record.stage == PERMIT_REQUESTED || e->record.stage == PERMIT_APPROVED) &&
		    is_same_medium(&e->permit, permit) &&
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

/* Who asks, and whose code was proven, the entry has already (agent/acts.c). */
static void describe(void *ctx, const char *key, const char *value)
{
	char vid[sizeof("0951")] = "";

	if (strcmp(key, "user") == 0) {
		ipc_event_add(ctx, "permit_user", value);
	} else if (strcmp(key, "usb") == 0 && *value) {
		(void)snprintf(vid, sizeof(vid), "%s", value);
		ipc_event_add(ctx, "vid", vid);
		ipc_event_add(ctx, "pid", value + sizeof(vid));
	} else if (strcmp(key, "usb") != 0 && strcmp(key, "approver") != 0) {
		ipc_event_add(ctx, key, value);
	}
}

void permit_describe(const struct permit *permit, struct ipc_log_append *event)
{
	ipc_event_add(event, "permit", permit->number);
	permit_each(permit, describe, event);
}
