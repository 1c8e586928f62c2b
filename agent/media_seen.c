/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/media_seen.h"

#include "agent/disk.h"
#include "agent/vendor.h"
#include "ipc/event.h"

#include <stdio.h>
#include <string.h>

#define MISMATCH "mismatch" /* word of the log's glossary */
#define LOST "lost_media"   /* likewise */
#define NOT_ENCRYPTED "not_encrypted"
#define BROKEN "register_invalid"

static bool is_claimed_elsewhere(const struct media_seen *seen,
				 const struct attached_device *device, const char *number)
{
	for (const struct attached_device *d = seen->devices->first; d; d = d->next) {
		if (d != device && facts_is_present(d->dirfd) && strcmp(d->claims, number) == 0)
			return true;
	}
	for (const struct storage_disk *disk = *seen->disks; disk; disk = disk->next) {
		if (!disk->is_gone && disk->device != device->id &&
		    strcmp(disk->claims, number) == 0)
			return true;
	}
	return false;
}

/* A loss that the log may not have yet counts already. */
static bool is_being_lost(const struct media_book *book, const struct ledger_medium *medium)
{
	const struct ipc_log_append *intent = &book->events.intent;

	return *intent->type && strcmp(ipc_event_get(intent, "medium_number"), medium->number) == 0;
}

static const char *refusal(const struct media_seen *seen, enum ledger_match match,
			   const struct ledger_medium *medium, bool looked)
{
	const char *why = medium ? ledger_refusal(medium, seen->at->zone) : NULL;

	if (why && match != LEDGER_MISMATCH)
		return why;
	if (medium && is_being_lost(seen->book, medium))
		return LOST;
	if (match == LEDGER_MISMATCH || match == LEDGER_AMBIGUOUS ||
	    (match == LEDGER_UNDECIDED && looked && medium))
		return MISMATCH;
	return medium && media_book_is_broken(seen->book) ? BROKEN : NULL;
}

/* What is to be LUKS2 is looked at before it is anything, and is nothing when it is not. */
static const char *lacks_encryption(const struct ledger_medium *medium,
				    const struct policy_device *facts, enum ledger_match *match)
{
	if (medium->encryption != LEDGER_LUKS2 || facts->medium == MEDIUM_LUKS2)
		return NULL;
	if (facts->medium != MEDIUM_UNKNOWN)
		return NOT_ENCRYPTED;
	*match = LEDGER_UNDECIDED;
	return NULL;
}

static const char *identify(const struct media_seen *seen, const struct attached_device *device,
			    struct policy_device *facts, char *ret_claims)
{
	const struct media_book *book = seen->book;
	const struct ledger_medium *medium = NULL;
	enum ledger_match match = book && book->ledger
					  ? ledger_identify(book->ledger, facts, &medium)
					  : LEDGER_UNKNOWN;
	const char *why = refusal(seen, match, medium, facts->medium != MEDIUM_UNKNOWN);

	facts->medium_number[0] = facts->permit[0] = ret_claims[0] = '\0';
	facts->permit_for = PERMITS_NOTHING;
	if (medium)
		(void)snprintf(ret_claims, DEVICE_CLAIMS_MAX, "%s", medium->number);
	if (match == LEDGER_UNKNOWN && book)
		why = vendor_identify(seen->permits, book->site->witness.terminal, seen->at,
				      device->id, facts, ret_claims);
	/* It may be one of which nobody can read that it is lost. */
	if (!why && facts->permit_for == PERMITS_VENDOR && media_book_is_broken(book))
		why = BROKEN;
	if (!why && *ret_claims && is_claimed_elsewhere(seen, device, ret_claims))
		why = MISMATCH;
	if (!why && match == LEDGER_IDENTIFIED)
		why = lacks_encryption(medium, facts, &match);
	facts->is_unidentified =
		!why && match == LEDGER_UNDECIDED && (facts->classes & CLASS_STORAGE) != 0;
	if (!medium || (why && strcmp(why, MISMATCH) == 0) || (!why && match != LEDGER_IDENTIFIED))
		return why;
	if (why || !media_book_is_expired(book, policy_latest(seen->at)))
		(void)snprintf(facts->medium_number, sizeof(facts->medium_number), "%s",
			       medium->number);
	if (!why)
		permits_fill(seen->permits, book->site->witness.terminal, seen->at, facts);
	return why;
}

void media_seen_device(const struct media_seen *seen, struct attached_device *device)
{
	device->barred = identify(seen, device, &device->facts.policy, device->claims);
}

const char *media_seen_medium(const struct media_seen *seen, const struct attached_device *device,
			      struct policy_device *facts, char *ret_claims)
{
	return identify(seen, device, facts, ret_claims);
}

bool media_seen_all(const struct media_seen *seen)
{
	bool changed = false;

	for (struct attached_device *d = seen->devices->first; d; d = d->next) {
		const char *before = d->barred;

		media_seen_device(seen, d);
		changed |= !before != !d->barred;
	}
	return changed;
}
