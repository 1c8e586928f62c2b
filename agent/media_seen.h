/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which medium of the register a device is, and what is barred whatever a rule says:
 * a medium that is lost, missing or disposed of, what only poses as one of ours, and
 * two devices that say they are the same one.
 */

#pragma once

#include "agent/device.h"
#include "agent/media_book.h"
#include "agent/permits.h"

struct policy_circumstances;
struct storage_disk;

struct media_seen {
	const struct media_book *book;
	const struct permits *permits;
	const struct device_list *devices;
	const struct policy_circumstances *at;
	struct storage_disk *const *disks; /* the first one */
};

/**
 * media_seen_device() - set what is known of a device itself
 *
 * Its number, whether it may have one, as whom it presents itself and why it is barred.
 */
void media_seen_device(const struct media_seen *seen, struct attached_device *device);

/* All of them.  Return: true when another one is barred than before. */
bool media_seen_all(const struct media_seen *seen);

/**
 * media_seen_medium() - the same of what was found on one medium
 * @facts:	of its device, with the medium's own; number and so on are set
 * @ret_claims:	as whom it presents itself, DEVICE_CLAIMS_MAX bytes
 *
 * Return: why it is barred, a word of the log's glossary, or NULL.
 */
const char *media_seen_medium(const struct media_seen *seen, const struct attached_device *device,
			      struct policy_device *facts, char *ret_claims);
