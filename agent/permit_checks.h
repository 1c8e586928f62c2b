/* SPDX-License-Identifier: Apache-2.0 */

/* What register and other permits have against one, and how the log has it. */

#pragma once

#include "agent/permits.h"
#include "ipc/event.h"
#include "ledger/ledger.h"

struct agent;

/**
 * permit_check_medium() - whether the register lets a permit be for its medium
 * @permit:	its section is set
 *
 * Return: 0, -ENOENT or -EPERM.
 */
int permit_check_medium(const struct agent *agent, const struct ledger *ledger,
			struct permit *permit, struct err *err);

/* No open one of this person for the same medium and time.  Return: 0 or -EEXIST. */
int permit_check_others(const struct permits *permits, const struct permit *permit,
			struct err *err);

/* All of it, into an entry. */
void permit_describe(const struct permit *permit, struct ipc_log_append *event);
