/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which medium a device is.  What a device says of itself can be copied, so
 * everything that the register knows of a medium must be as it is there.
 */

#include "ledger/internal.h"

#include <string.h>

/* As what it shows what is on it: where it must be unlocked first, only then. */
enum face {
	FACE_OTHER,
	FACE_LOCKED,
	FACE_OPEN,
};

static enum face calls_itself(const struct ledger_medium *medium,
			      const struct policy_device *device)
{
	bool is_usb = device->bus == BUS_USB && *device->serial != '\0';

	if (*medium->sd_cid != '\0' && strcmp(medium->sd_cid, device->sd_cid) == 0)
		return FACE_OPEN;
	if (is_usb && medium->has_unlocked && medium->unlocked_vid == device->vid &&
	    medium->unlocked_pid == device->pid &&
	    strcmp(medium->unlocked_serial, device->serial) == 0)
		return FACE_OPEN;
	if (is_usb && medium->vid == device->vid && medium->pid == device->pid &&
	    strcmp(medium->serial, device->serial) == 0)
		return medium->has_unlocked ? FACE_LOCKED : FACE_OPEN;
	return FACE_OTHER;
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

static bool is_other_model(const struct ledger_medium *medium, const struct policy_device *device)
{
	return medium->has_usb &&
	       (device->bus != BUS_USB || medium->vid != device->vid || medium->pid != device->pid);
}

static bool is_looked_at(const struct policy_device *device)
{
	return device->medium != MEDIUM_UNKNOWN || *device->filesystem != '\0';
}

static enum ledger_match compare(const struct ledger_medium *medium,
				 const struct policy_device *device)
{
	switch (calls_itself(medium, device)) {
	case FACE_OTHER:
		if (!holds(medium, device))
			return LEDGER_UNKNOWN;
		/* What is on it belongs into another case. */
		return is_known_by_name(medium) || is_other_model(medium, device)
			       ? LEDGER_MISMATCH
			       : LEDGER_IDENTIFIED;
	case FACE_LOCKED:
		return LEDGER_IDENTIFIED;
	case FACE_OPEN:
		if (*medium->filesystem == '\0' || holds(medium, device))
			return LEDGER_IDENTIFIED;
		return is_looked_at(device) ? LEDGER_MISMATCH : LEDGER_UNDECIDED;
	}
	return LEDGER_UNKNOWN;
}

/* What says that it is no storage has no file system by which it could be known. */
static bool may_be_storage(const struct policy_device *device)
{
	return device->bus != BUS_USB || device->classes == 0 || device->classes & CLASS_STORAGE;
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
	if (search.match == LEDGER_UNKNOWN && !is_looked_at(device) && may_be_storage(device) &&
	    ledger_index_asks_filesystem(ledger))
		return LEDGER_UNDECIDED;
	return search.match;
}
