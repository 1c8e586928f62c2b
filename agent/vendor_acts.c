/* SPDX-License-Identifier: Apache-2.0 */

/* Who witnesses what a company does with its medium proves that he is there. */

#include "agent/acts.h"
#include "agent/agent.h"
#include "agent/permit_checks.h"
#include "agent/vendor.h"
#include "core/clock.h"
#include "core/err.h"

#include <errno.h>
#include <string.h>

/* What is plugged in as the permit's medium, also where only a look at it has told. */
static uint64_t device_of(const struct agent *agent, const struct permit *permit)
{
	for (const struct attached_device *d = agent->devices.first; d; d = d->next) {
		if (facts_is_present(d->dirfd) && strcmp(d->claims, permit->number) == 0)
			return d->id;
	}
	for (const struct storage_disk *disk = agent->storage.first; disk; disk = disk->next) {
		if (!disk->is_gone && strcmp(disk->claims, permit->number) == 0)
			return disk->device;
	}
	return 0;
}

/* Everything that is wrong; @ret_entry and @ret_device where nothing is. */
static int look(const struct agent *agent, const struct act *act, struct permits_entry **ret_entry,
		uint64_t *ret_device, struct err *err)
{
	const char *number = act_field(act, "permit");
	struct permits_entry *entry = permits_find(&agent->permits, number);
	const struct seat *seat = &agent->situation.seat;
	uint64_t device;

	if (!entry || !permit_is_vendor(&entry->permit) || entry->record.stage != PERMIT_APPROVED)
		return err_set(err, -ENOENT,
			       "no approved permit '%s' for a company's medium is here; remedy: "
			       "sekisho permit list",
			       number);
	if (strcmp(entry->permit.user, act->message.issuer.name) != 0)
		return err_set(err, -EPERM,
			       "permit %s is witnessed by %s and nobody else; remedy: have him do "
			       "it, or ask for another permit",
			       number, entry->permit.user);
	if (!seat->known || strcmp(seat->user, entry->permit.user) != 0)
		return err_set(err, -EPERM,
			       "%s does not sit at this terminal; remedy: log in here, and stay",
			       entry->permit.user);
	device = device_of(agent, &entry->permit);
	if (device == 0)
		return err_set(err, -ENODEV,
			       "the medium of permit %s is not plugged in, or the permit does not "
			       "hold now; remedy: plug it in, and look at sekisho permit show",
			       number);
	if (entry->witness.device == device && entry->witness.is_refused)
		return err_set(err, -EKEYREJECTED,
			       "what was to be on the medium is not; remedy: have the company "
			       "bring what it announced");
	*ret_entry = entry;
	*ret_device = device;
	return 0;
}

static int witness_check(struct agent *agent, const struct act *act, struct ipc_log_append *event,
			 struct err *err)
{
	struct permits_entry *entry;
	uint64_t device;
	int rc = look(agent, act, &entry, &device, err);

	if (rc == 0)
		permit_describe(&entry->permit, event);
	return rc;
}

static int witness_commit(struct agent *agent, const struct act *act, uint64_t seq,
			  char *ret_number, struct err *err)
{
	struct permits_entry *entry;
	uint64_t device;
	int rc = look(agent, act, &entry, &device, err);

	(void)seq;
	if (rc < 0)
		return rc;
	entry->witness = (struct permits_witness){
		.device = device,
		.until_us = clock_read_us(CLOCK_BOOTTIME) + PERMIT_VENDOR_S * CLOCK_US_PER_SEC,
	};
	strcpy(entry->witness.session, agent->situation.seat.session);
	entry->n_warned = 0;
	strcpy(ret_number, entry->permit.number);
	permits_start(&agent->permits);
	return 0;
}

const struct act_kind vendor_acts[] = {
	{ "permit.witness", ACT_SELF, false, witness_check, witness_commit },
	{ .type = NULL },
};
