/* SPDX-License-Identifier: Apache-2.0 */

/* Lists that sekishod answers in rows of pairs: the register's media, permits. */

#pragma once

#include "ipc/protocol.h"

#include <jansson.h>
#include <stdbool.h>

struct err;

struct agent_row {
	uint32_t len;
	char fields[]; /* packed pairs */
};

struct agent_rows {
	struct agent_row **items;
	size_t n;
	bool is_full;   /* memory ran out */
	bool is_broken; /* a row was no pairs */
};

/**
 * agent_rows_fetch() - ask for a list
 * @kind:	IPC_AGENT_MEDIA_LIST, IPC_AGENT_PERMITS or IPC_AGENT_EXCEPTIONS
 * @ret:	agent_rows_done() it in any case
 *
 * Return: 0, -EPERM (who asks may not), or an error that says what to do.
 */
int agent_rows_fetch(enum ipc_kind kind, struct agent_rows *ret, struct err *err);

void agent_rows_done(struct agent_rows *rows);

/* The value of a key, "" where there is none. */
const char *agent_row_get(const struct agent_row *row, const char *key);

/* The row in which @key is @value, or NULL. */
const struct agent_row *agent_rows_find(const struct agent_rows *rows, const char *key,
					const char *value);

/**
 * agent_row_json() - a row as an object
 * @keys:	ends in NULL; each is there, "" where the row has none, so that a
 *		program need not ask; whatever else the row says follows
 *
 * Keys that the log writes as numbers are numbers, and 0 where there is none.
 */
json_t *agent_row_json(const struct agent_row *row, const char *const *keys);
