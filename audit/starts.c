/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/starts.h"

#include "audit/cursor.h"

#include <string.h>

static bool is_start(const struct record_prefix *prefix)
{
	static const char name[] = "log.start";

	return prefix->type_len == sizeof(name) - 1 &&
	       memcmp(prefix->type, name, prefix->type_len) == 0;
}

static bool is_boot(const char *line, size_t len)
{
	static const char boot[] = "boot";
	struct cursor found;

	return record_field(line, len, "reason", &found) &&
	       (size_t)(found.end - found.at) == sizeof(boot) - 1 &&
	       memcmp(found.at, boot, sizeof(boot) - 1) == 0;
}

/* A start of the daemon alone repeats what its boot has. */
static void compare(struct starts *starts, const struct starts_place *before,
		    const struct starts_place *after)
{
	bool same_boot = memcmp(before->boot, after->boot, sizeof(before->boot)) == 0;
	uint64_t expected = before->value + !same_boot;

	if (after->value < expected) {
		starts->changed = true;
		starts->changed_at = after->seq;
	} else if (after->value > expected) {
		if (starts->n_lacking == 0)
			starts->lacking_at = after->seq;
		starts->n_lacking += after->value - expected;
	}
}

static void take(struct starts_reading *reading, const struct starts_place *place)
{
	if (reading->last.any)
		compare(&reading->found, &reading->last, place);
	else
		reading->first = *place;
	reading->last = *place;
	reading->found.n_counted++;
	reading->found.newest = place->value;
}

void starts_follow(struct starts_reading *reading, const struct record_prefix *prefix,
		   const char *line, size_t len)
{
	struct starts_place place = { .any = true, .seq = prefix->seq };
	struct cursor found;
	bool is_counted;

	if (!is_start(prefix))
		return;
	is_counted = record_field(line, len, "tpm_counter", &found) &&
		     cursor_number(&found, UINT64_MAX, &place.value) && found.at == found.end;
	if (is_counted) {
		memcpy(place.boot, prefix->boot, sizeof(place.boot));
		take(reading, &place);
	}
	if (is_counted || is_boot(line, len)) {
		reading->any = true;
		reading->found.is_last = is_counted;
	}
}

void starts_join(struct starts_reading *reading, const struct starts_reading *next)
{
	struct starts *found = &reading->found;

	if (next->any)
		found->is_last = next->found.is_last;
	reading->any |= next->any;
	if (!next->first.any)
		return;
	if (reading->last.any)
		compare(found, &reading->last, &next->first);
	else
		reading->first = next->first;
	if (found->n_lacking == 0)
		found->lacking_at = next->found.lacking_at;
	found->n_lacking += next->found.n_lacking;
	if (next->found.changed) {
		found->changed = true;
		found->changed_at = next->found.changed_at;
	}
	found->n_counted += next->found.n_counted;
	found->newest = next->found.newest;
	reading->last = next->last;
}
