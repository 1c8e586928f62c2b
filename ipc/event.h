/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One event on its way to the log: a type and named values, packed in order
 * as "key\0value\0" pairs.  Which keys exist and whether a value is a number
 * is known to audit/record alone.
 */

#pragma once

#include "ipc/protocol.h"

#include <stdbool.h>
#include <stddef.h>

/* Begin an event of @type, such as "device.block". */
void ipc_event_init(struct ipc_log_append *event, const char *type);

/**
 * ipc_event_add() - add one value
 * @value:	UTF-8; NULL or "" adds nothing
 *
 * Foreign text is escaped by the caller (text_escape()).  A value that does
 * not fit is cut at a whole character; a pair that does not fit at all is
 * left out, because an entry without its last detail beats no entry.
 */
void ipc_event_add(struct ipc_log_append *event, const char *key, const char *value);
void ipc_event_add_number(struct ipc_log_append *event, const char *key, int64_t value);

/**
 * ipc_event_next() - walk the pairs of a received event
 * @pos:	0 to begin with
 * @ret_key:	point into @event
 *
 * Return: false at the end.
 */
bool ipc_event_next(const struct ipc_log_append *event, size_t *pos, const char **ret_key,
		    const char **ret_value);

/* The value of @key, or "". */
const char *ipc_event_get(const struct ipc_log_append *event, const char *key);

/* True when type and fields of a received event are well formed. */
bool ipc_event_is_valid(const struct ipc_log_append *event);
