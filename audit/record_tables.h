/* SPDX-License-Identifier: Apache-2.0 */

/* The keys of an entry, in the order in which they stand in a line; docs/audit-format.md. */

#pragma once

#include "audit/record.h"

#define RECORD_KEYS 105

struct record_key {
	const char *name;
	bool number;
	bool is_prose; /* people write it: mynumber_mask() */
};

extern const struct record_key record_keys[RECORD_KEYS];
