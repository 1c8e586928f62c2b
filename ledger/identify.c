/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which medium a device is.  What a device says of itself can be copied, so
 * everything that the register knows of a medium must be as it is there.
 */

#include "ledger/internal.h"

#include <string.h>

static bool calls_itself(const struct ledger_medium *medium, const struct policy_device *device)
{
	if (*medium->sd_cid != '\0' && strcmp(medium->sd_cid, device->sd_cid) == 0)
		return true;
	if (*medium->serial != '\0' && medium->vid == device->vid && medium->pid == device->pid &&
	    strcmp(medium->serial, device->serial) == 0)
		return true;
	return medium->has_unlocked && medium->unlocked_vid == device->vid &&
	       medium->unlocked_pid == device->pid &&
	       strcmp(medium->unlocked_serial, device->serial) == 0;
}

static bool is_known_by_name(const struct ledger_medium *medium)
{
	return *medium->serial != '\0' || *medium->sd_cid != '\0';
}

static bool holds(const struct ledger_medium *medium, const struct policy_device *device)
{
	return *medium->filesystem != '\0' && strcmp(medium->filesystem, device->filesystem) == 0;
}

/* The best that any entry comes to; two that are equally good are two too many. */
struct search {
	const struct policy_device *device;
	const struct ledger_medium *medium;
	enum ledger_match match;
};

static enum ledger_match compare(const struct ledger_medium *medium,
				 const struct policy_device *device)
{
	bool looked = device->medium != MEDIUM_UNKNOWN;

	if (!calls_itself(medium, device)) {
		if (!holds(medium, device))
			return LEDGER_UNKNOWN;
		/* What is on it belongs into another case. */
		return is_known_by_name(medium) ? LEDGER_MISMATCH : LEDGER_IDENTIFIED;
	}
	if (*medium->filesystem != '\0' && !looked)
		return LEDGER_UNDECIDED;
	return *medium->filesystem == '\0' || holds(medium, device) ? LEDGER_IDENTIFIED
								    : LEDGER_MISMATCH;
}

static void consider(void *ctx, const struct ledger_medium *medium)
{
	struct search *search = ctx;
	enum ledger_match match;

	if (medium == search->medium)
		return;
	match = compare(medium, search->device);
	if (match == LEDGER_UNKNOWN)
		return;
	search->match = search->medium ? LEDGER_AMBIGUOUS : match;
	search->medium = medium;
}

enum ledger_match ledger_identify(const struct ledger *ledger, const struct policy_device *device,
				  const struct ledger_medium **ret)
{
	struct search search = { .device = device };

	ledger_index_each(ledger, device, consider, &search);
	*ret = search.match == LEDGER_AMBIGUOUS ? NULL : search.medium;
	if (search.match == LEDGER_UNKNOWN && device->medium == MEDIUM_UNKNOWN &&
	    ledger_index_asks_filesystem(ledger))
		return LEDGER_UNDECIDED;
	return search.match;
}
