/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/status_exceptions.h"

#include "cli/agent_rows.h"

#include <stdlib.h>

#define GATE "except"

static void add_one(struct gates *report, const struct agent_row *row)
{
	const long left_min = strtol(agent_row_get(row, "left_s"), NULL, 10) / 60;
	const char *name = agent_row_get(row, "name");

	gate_add(report, GATE, false,
		 "EXCEPTION %s is declared, %ld h %ld min left: %s; remedy: sekisho exception end "
		 "%s, as soon as it can be",
		 name, left_min / 60, left_min % 60, agent_row_get(row, "reason"), name);
}

void status_add_exceptions(struct gates *report, const struct ipc_agent_state *state)
{
	struct agent_rows rows = { 0 };
	struct err err = { 0 };

	if (*state->exceptions_detail)
		gate_add(report, GATE, false,
			 "no exception holds, for what was declared cannot be read: %s",
			 state->exceptions_detail);
	if (state->n_exceptions == 0)
		return;
	if (agent_rows_fetch(IPC_AGENT_EXCEPTIONS, &rows, &err) < 0)
		gate_add(report, GATE, false,
			 "%u EXCEPTIONS are declared, which cannot be named: %s",
			 state->n_exceptions, err.text);
	/* Not more than are declared at one time, whatever is answered. */
	for (size_t i = 0; i < rows.n && i < IPC_EXCEPTIONS_MAX; i++)
		add_one(report, rows.items[i]);
	agent_rows_done(&rows);
}
