/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/gaps.h"

#include "audit/cursor.h"

#include <string.h>

void gaps_begin(struct gaps_reading *reading)
{
	*reading = (struct gaps_reading){ .known = true };
}

static int64_t length_of(const struct gap *gap)
{
	return gap->until_us > gap->from_us ? gap->until_us - gap->from_us : 0;
}

/* Keeps the longest ones, and of equal ones the earlier. */
static void list_gap(struct gaps *gaps, const struct gap *gap)
{
	size_t shortest = 0;

	if (gaps->n_listed < GAPS_LISTED) {
		gaps->listed[gaps->n_listed++] = *gap;
		return;
	}
	for (size_t i = 1; i < GAPS_LISTED; i++) {
		if (length_of(&gaps->listed[i]) <= length_of(&gaps->listed[shortest]))
			shortest = i;
	}
	if (length_of(&gaps->listed[shortest]) >= length_of(gap))
		return;
	memmove(&gaps->listed[shortest], &gaps->listed[shortest + 1],
		(GAPS_LISTED - shortest - 1) * sizeof(*gap));
	gaps->listed[GAPS_LISTED - 1] = *gap;
}

static void add_gap(struct gaps *gaps, const struct gap *gap)
{
	gaps->n[gap->cause]++;
	gaps->total_us[gap->cause] += length_of(gap);
	list_gap(gaps, gap);
}

static bool same_boot(const struct gaps_place *a, const struct gaps_place *b)
{
	return memcmp(a->boot, b->boot, sizeof(a->boot)) == 0;
}

static bool is_gap(const struct gaps_place *before, const struct gaps_place *after)
{
	return before->any && after->any &&
	       (!same_boot(before, after) || after->boot_us - before->boot_us > GAPS_SHORTEST_US);
}

/* Another boot ends every sleep and every restart of a daemon: then the power was cut in it. */
static enum gap_cause cause_across(enum gap_cause cause, bool boot_changed)
{
	return boot_changed && cause != GAP_SHUTDOWN ? GAP_UNEXPLAINED : cause;
}

/* What was announced explains one gap and no second. */
static void step(struct gaps_reading *reading, const struct gaps_place *next)
{
	struct gap gap = { reading->last.seq, reading->last.wall_us, next->wall_us,
			   reading->cause };
	bool boot_changed = !same_boot(&reading->last, next);

	if (!is_gap(&reading->last, next))
		return;
	if (reading->known) {
		gap.cause = cause_across(gap.cause, boot_changed);
		add_gap(&reading->found, &gap);
	} else {
		reading->open = true;
		reading->open_boot = boot_changed;
		reading->open_gap = gap;
	}
	reading->known = true;
	reading->cause = GAP_UNEXPLAINED;
}

static bool is_type(const struct record_prefix *prefix, const char *name)
{
	return prefix->type_len == strlen(name) &&
	       memcmp(prefix->type, name, prefix->type_len) == 0;
}

static bool says(const char *line, size_t len, const char *key, const char *value)
{
	struct cursor found;

	return record_field(line, len, key, &found) &&
	       (size_t)(found.end - found.at) == strlen(value) &&
	       memcmp(found.at, value, strlen(value)) == 0;
}

static void announce(struct gaps_reading *reading, enum gap_cause cause)
{
	reading->known = true;
	reading->cause = cause;
}

void gaps_follow(struct gaps_reading *reading, const struct record_prefix *prefix, const char *line,
		 size_t len)
{
	struct gaps_place place = { true, prefix->seq, prefix->wall_us, prefix->boot_us, "" };

	memcpy(place.boot, prefix->boot, sizeof(place.boot));
	if (!reading->first.any)
		reading->first = place;
	step(reading, &place);
	reading->last = place;
	if (prefix->type[0] != 'l' && prefix->type[0] != 's')
		return;
	if (is_type(prefix, "log.stop"))
		announce(reading,
			 says(line, len, "reason", "shutdown") ? GAP_SHUTDOWN : GAP_RESTART);
	else if (is_type(prefix, "system.suspend"))
		announce(reading, GAP_SUSPEND);
	else if (is_type(prefix, "system.resume") || is_type(prefix, "log.start"))
		announce(reading, GAP_UNEXPLAINED);
}

void gaps_join(struct gaps_reading *reading, const struct gaps_reading *next)
{
	if (!next->first.any)
		return;
	if (!reading->first.any)
		reading->first = next->first;
	step(reading, &next->first);
	if (next->open) {
		struct gap gap = next->open_gap;

		gap.cause = cause_across(reading->cause, next->open_boot);
		add_gap(&reading->found, &gap);
	}
	for (size_t i = 0; i < next->found.n_listed; i++)
		list_gap(&reading->found, &next->found.listed[i]);
	for (size_t i = 0; i < GAP_CAUSES; i++) {
		reading->found.n[i] += next->found.n[i];
		reading->found.total_us[i] += next->found.total_us[i];
	}
	reading->last = next->last;
	if (next->known)
		reading->cause = next->cause;
}
