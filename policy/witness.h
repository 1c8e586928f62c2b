/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the log remembers of the terminal: the entry "terminal.state", which
 * sekishod writes whenever one of these changes.  Files can be edited; the
 * signed log cannot, so where the two differ the log is right.
 */

#pragma once

#include "policy/order.h"

struct witness {
	bool exists; /* false: the log has no such entry, all below is empty */
	char terminal[ORDER_TERMINAL_MAX];
	enum zone zone;
	uint64_t order;                  /* number of the order in force, 0: none */
	char order_hash[ORDER_HASH_MAX]; /* of its bytes, "" when there is none */
	uint64_t version;                /* the highest of any policy accepted */
	uint64_t register_version;       /* likewise of any register of media */
	uint64_t latest_s;               /* the latest time since 1970 that it has seen */
};

/* Takes one "key value" of the entry.  Return: false for a value that cannot be. */
bool witness_set(struct witness *witness, const char *key, const char *value);

/* It was so late: microseconds since 1970. */
void witness_reach(struct witness *witness, int64_t wall_us);

void witness_each(const struct witness *witness,
		  void (*pair)(void *ctx, const char *key, const char *value), void *ctx);
