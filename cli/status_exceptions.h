/* SPDX-License-Identifier: Apache-2.0 */

/* A part of `sekisho status`. */

#pragma once

#include "cli/gates.h"

/*
 * One line for each exception that is declared: while it lasts more is open than the
 * policy opens otherwise, so none of them is good.  No line where there is none.
 */
void status_add_exceptions(struct gates *report, const struct ipc_agent_state *state);
