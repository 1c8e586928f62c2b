/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/witness.h"

#include "core/err.h"
#include "core/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool set_text(char *out, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (len >= size)
		return false;
	memcpy(out, value, len + 1);
	return true;
}

bool witness_set(struct witness *witness, const char *key, const char *value)
{
	struct err ignored = { 0 };

	witness->exists = true;
	if (strcmp(key, "terminal") == 0)
		return set_text(witness->terminal, sizeof(witness->terminal), value);
	if (strcmp(key, "zone") == 0)
		return zone_from_name(value, &witness->zone);
	if (strcmp(key, "order") == 0)
		return parse_u64(value, UINT64_MAX, &witness->order, &ignored) == 0;
	if (strcmp(key, "keys") == 0)
		return set_text(witness->order_hash, sizeof(witness->order_hash), value);
	if (strcmp(key, "version") == 0)
		return parse_u64(value, UINT64_MAX, &witness->version, &ignored) == 0;
	if (strcmp(key, "register_version") == 0)
		return parse_u64(value, UINT64_MAX, &witness->register_version, &ignored) == 0;
	if (strcmp(key, "latest") == 0)
		return parse_u64(value, INT64_MAX / 1000000, &witness->latest_s, &ignored) == 0;
	return true;
}

void witness_reach(struct witness *witness, int64_t wall_us)
{
	if (wall_us > 0 && (uint64_t)wall_us / 1000000 > witness->latest_s)
		witness->latest_s = (uint64_t)wall_us / 1000000;
}

void witness_each(const struct witness *witness,
		  void (*pair)(void *ctx, const char *key, const char *value), void *ctx)
{
	char number[24];

	if (*witness->terminal)
		pair(ctx, "terminal", witness->terminal);
	pair(ctx, "zone", zone_name(witness->zone));
	(void)snprintf(number, sizeof(number), "%" PRIu64, witness->order);
	pair(ctx, "order", number);
	if (*witness->order_hash)
		pair(ctx, "keys", witness->order_hash);
	(void)snprintf(number, sizeof(number), "%" PRIu64, witness->version);
	pair(ctx, "version", number);
	if (witness->register_version != 0) {
		(void)snprintf(number, sizeof(number), "%" PRIu64, witness->register_version);
		pair(ctx, "register_version", number);
	}
	(void)snprintf(number, sizeof(number), "%" PRIu64, witness->latest_s);
	pair(ctx, "latest", number);
}
