/* SPDX-License-Identifier: Apache-2.0 */

/* Permits in rows, as several commands show them. */

#pragma once

#include "cli/agent_rows.h"
#include "policy/device.h"

/* The keys of a row, those that each has first; ends in NULL. */
extern const char *const permit_row_keys[];

/* True for one that was used, is over, and whose medium nobody saw erased. */
bool permit_row_is_late(const struct agent_row *row, policy_minute now);

/* True while something is to be done with it: approve, use or close it. */
bool permit_row_is_open(const struct agent_row *row, policy_minute now);

/* The word of its stage, "not-returned" among them. */
const char *permit_row_stage(const struct agent_row *row, policy_minute now);

/**
 * permit_row_fetch() - one permit of those that the asker may see
 * @rows:	agent_rows_done() them in any case; @ret is in them
 *
 * Return: 0, -ENOENT, or as agent_rows_fetch().
 */
int permit_row_fetch(const char *number, struct agent_rows *rows, const struct agent_row **ret,
		     struct err *err);

/* The whole of it in words, a line each. */
void permit_row_print(const struct agent_row *row, policy_minute now);
json_t *permit_row_json(const struct agent_row *row, policy_minute now);

/* Those that are late.  @below: a blank line comes first.  Return: how many. */
size_t permit_rows_print_late(const struct agent_rows *rows, policy_minute now, bool below);
size_t permit_rows_json_late(const struct agent_rows *rows, policy_minute now, json_t *into);
