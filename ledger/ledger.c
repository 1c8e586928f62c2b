/* SPDX-License-Identifier: Apache-2.0 */

#include "ledger/internal.h"

#include <stdlib.h>
#include <string.h>

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	for (size_t i = 0; i < ledger->n_sections; i++)
		free(ledger->sections[i].approvers);
	free(ledger->sections);
	free(ledger->media);
	free(ledger->events);
	free(ledger->texts);
	ledger_index_free(ledger->index);
	free(ledger);
}

struct ledger_medium *ledger_find(struct ledger *ledger, const char *number)
{
	size_t low = 0, high = ledger->n_media;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(ledger->media[middle].number, number);

		if (order == 0)
			return &ledger->media[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const struct ledger_medium *ledger_medium(const struct ledger *ledger, const char *number)
{
	struct ledger copy = *ledger; /* finding changes nothing */

	return ledger_find(&copy, number);
}

const struct ledger_section *ledger_section(const struct ledger *ledger, const char *id)
{
	for (size_t i = 0; i < ledger->n_sections; i++) {
		if (strcmp(ledger->sections[i].id, id) == 0)
			return &ledger->sections[i];
	}
	return NULL;
}

bool ledger_may_approve(const struct ledger *ledger, const char *section, const char *user)
{
	const struct ledger_section *found = ledger_section(ledger, section);

	for (size_t i = 0; found && i < found->n_approvers; i++) {
		if (strcmp(found->approvers[i], user) == 0)
			return true;
	}
	return false;
}

bool ledger_serial_is_weak(const struct ledger *ledger, const struct ledger_medium *medium)
{
	if (*medium->serial == '\0')
		return *medium->sd_cid == '\0';
	if (policy_serial_is_weak(medium->serial))
		return true;
	for (size_t i = 0; i < ledger->n_media; i++) {
		if (&ledger->media[i] != medium &&
		    strcmp(ledger->media[i].serial, medium->serial) == 0)
			return true; /* a number of the model, not of the device */
	}
	return false;
}
