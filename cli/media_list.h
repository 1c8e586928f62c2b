/* SPDX-License-Identifier: Apache-2.0 */

/* The media of the register in rows, as several commands show them. */

#pragma once

#include "cli/agent_rows.h"
#include "policy/device.h"

/* The keys of a row, those that each has first; ends in NULL. */
extern const char *const media_row_keys[];

/* True for what was lent and is due before @now. */
bool media_row_is_overdue(const struct agent_row *row, policy_minute now);

/* The word of its state, "overdue" among them. */
const char *media_row_state(const struct agent_row *row, policy_minute now);

/* True for one that must be somewhere: neither lost nor disposed of. */
bool media_row_is_held(const struct agent_row *row);

/**
 * media_row_fetch() - one medium of the register
 * @rows:	agent_rows_done() them in any case; @ret is in them
 *
 * Return: 0, -ENOENT, or as agent_rows_fetch().
 */
int media_row_fetch(const char *number, struct agent_rows *rows, const struct agent_row **ret,
		    struct err *err);
