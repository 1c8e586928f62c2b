/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Entries that are blacked out: a line "#red HASH" in the place of an entry
 * counts as its leaf, and is only valid when a later entry log.redact names it.
 */

#pragma once

#include "audit/tree.h"
#include "core/cleanup.h"

#include <stdbool.h>

#define REDACTION_ENTRY "log.redact"
#define REDACTIONS_MAX 8192 /* that wait for their entry; each takes two people */

struct redaction {
	uint64_t seq; /* of the entry that was blacked out */
	uint8_t leaf[TREE_HASH_SIZE];
	uint64_t by;      /* of the entry that names it, where this is what was named */
	uint64_t segment; /* else where its line stands: first seq of it, bytes */
	uint64_t offset;
};

/* In the order of the log; starts as { 0 }. */
struct redactions {
	struct redaction *list;
	size_t n;
	size_t size;
};

/* What an entry log.redact names; false when it names nothing that comes before it. */
bool redaction_read(const char *line, size_t len, uint64_t seq, struct redaction *ret);

/* Return: 0, -ENOMEM, or -ENOBUFS above REDACTIONS_MAX. */
int redactions_add(struct redactions *redactions, const struct redaction *redaction);

/* Takes out the one that @named names, where it is there. */
void redactions_settle(struct redactions *redactions, const struct redaction *named);

void redactions_clear(struct redactions *redactions);
