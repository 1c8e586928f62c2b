/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/vendor.h"

#include "agent/agent.h"
#include "core/clock.h"
#include "core/err.h"

#include <errno.h>
#include <string.h>

#define NOT_WITNESSED "not_witnessed" /* words of the log's glossary */
#define NOT_EXPECTED "not_expected"

static bool is_witnessed(const struct permits_witness *witness, uint64_t device)
{
	return witness->device == device && clock_read_us(CLOCK_BOOTTIME) < witness->until_us;
}

const char *vendor_identify(const struct permits *permits, const char *terminal,
			    const struct policy_circumstances *at, uint64_t device,
			    struct policy_device *facts, char *ret_claims)
{
	for (const struct permits_entry *e = permits->first; e; e = e->next) {
		const struct permit *permit = &e->permit;

		if (!permit_fits(permit, facts) ||
		    !permits_holds(permits, e, permit->medium, terminal, at))
			continue;
		(void)snprintf(ret_claims, DEVICE_CLAIMS_MAX, "%s", permit->number);
		if (e->witness.device == device && e->witness.is_refused)
			return NOT_EXPECTED;
		if (!is_witnessed(&e->witness, device))
			return NOT_WITNESSED;
		(void)snprintf(facts->permit, sizeof(facts->permit), "%s", permit->number);
		facts->permit_for = PERMITS_VENDOR;
		return NULL;
	}
	return NULL;
}

int64_t vendor_left_s(const struct permits_entry *entry, int64_t left_s, int64_t boot_us)
{
	int64_t witnessed_s = (entry->witness.until_us - boot_us) / CLOCK_US_PER_SEC;

	return entry->witness.device != 0 && witnessed_s > 0 && witnessed_s < left_s ? witnessed_s
										     : left_s;
}

bool vendor_follow(struct permits *permits, const struct seat *seat)
{
	bool is_gone = false;

	for (struct permits_entry *e = permits->first; e; e = e->next) {
		if (e->witness.device != 0 && !e->witness.is_refused &&
		    !seat_session_lives(seat, e->witness.session)) {
			e->witness = (struct permits_witness){ 0 };
			is_gone = true;
		}
	}
	return is_gone;
}

void vendor_refuse(struct permits *permits, const char *number)
{
	struct permits_entry *entry = permits_find(permits, number);

	if (entry)
		entry->witness.is_refused = true;
}

/* A stick that the register has nothing to say of. */
static bool is_unknown(const struct agent *agent, const struct attached_device *device)
{
	const struct policy_device *facts = &device->facts.policy;
	const struct ledger *ledger = agent_ledger(agent);
	const struct ledger_medium *medium = NULL;

	return facts->bus == BUS_USB && facts->classes & CLASS_STORAGE &&
	       facts_is_present(device->dirfd) &&
	       (!ledger ||
		(ledger_identify(ledger, facts, &medium) != LEDGER_IDENTIFIED && !medium));
}

int vendor_take(const struct agent *agent, struct permit *permit, struct err *err)
{
	const struct attached_device *found = NULL;

	for (const struct attached_device *d = agent->devices.first; d; d = d->next) {
		if (!is_unknown(agent, d))
			continue;
		if (found)
			return err_set(err, -EEXIST,
				       "more than one medium is plugged in that no register "
				       "knows; remedy: leave in the one that is meant");
		found = d;
	}
	if (!found)
		return err_set(err, -ENODEV,
			       "no medium is plugged in that no register knows; remedy: plug in "
			       "the company's, then ask");
	if (strlen(found->facts.policy.serial) >= sizeof(permit->serial))
		return err_set(err, -E2BIG,
			       "the medium's serial number is longer than %zu bytes; remedy: have "
			       "it brought on another medium",
			       sizeof(permit->serial) - 1);
	strcpy(permit->serial, found->facts.policy.serial);
	(void)snprintf(permit->usb, sizeof(permit->usb), "%04x:%04x", found->facts.policy.vid,
		       found->facts.policy.pid);
	return 0;
}

int vendor_check(const struct agent *agent, const struct permit *permit, struct err *err)
{
	const struct ledger *ledger = agent_ledger(agent);
	const struct policy *policy = agent->judge.policy;

	if (!ledger || !ledger_section(ledger, permit->section))
		return err_set(err, -ENOENT,
			       "the register has no section '%s', whose approver would say yes; "
			       "remedy: --section, as sekisho media list shows them",
			       permit->section);
	if (!policy || !policy_opens_for(policy, PERMITS_VENDOR))
		return err_set(err, -EPERM,
			       "no rule of the policy opens what a company brings in; remedy: a "
			       "rule with permit vendor, by the administrator");
	if (policy->zones[agent->situation.at.zone].scan_record && *permit->scan == '\0')
		return err_set(err, -EPERM,
			       "the policy wants the number of the scan station's record; remedy: "
			       "have the medium scanned, and name it by --scan");
	return 0;
}
