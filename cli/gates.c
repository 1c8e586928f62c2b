/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/gates.h"

#include "cli/cell.h"
#include "core/lang.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#define STATE_WIDTH 8 /* columns */

void gate_add(struct gates *report, const char *name, bool closed, const char *fmt, ...)
{
	struct gate *gate = &report->gates[report->n_gates++];
	va_list ap;

	(void)snprintf(gate->name, sizeof(gate->name), "%s", name);
	gate->closed = closed;
	va_start(ap, fmt);
	(void)vsnprintf(gate->detail, sizeof(gate->detail), tr(fmt), ap);
	va_end(ap);
}

void gate_warn(struct gates *report)
{
	report->gates[report->n_gates - 1].warns = true;
}

bool gates_are_good(const struct gates *report)
{
	for (size_t i = 0; i < report->n_gates; i++) {
		if (!report->gates[i].closed)
			return false;
	}
	return true;
}

void gates_print_text(const struct gates *report)
{
	for (size_t i = 0; i < report->n_gates; i++) {
		const struct gate *gate = &report->gates[i];

		cell_print(gate->warns    ? tr("warning")
			   : gate->closed ? tr("ok")
					  : tr("OPEN"),
			   STATE_WIDTH, stdout);
		printf("%-6s %s\n", gate->name, gate->detail);
	}
}

int gates_print_json(const struct gates *report, struct err *err)
{
	json_auto_t *gates = json_array();
	json_auto_t *root = NULL;

	for (size_t i = 0; i < report->n_gates; i++) {
		const struct gate *gate = &report->gates[i];

		json_array_append_new(gates, json_pack("{s:s, s:b, s:b, s:s}", "gate", gate->name,
						       "closed", gate->closed, "warning",
						       gate->warns, "detail", gate->detail));
	}
	root = json_pack("{s:b, s:s, s:s, s:O}", "guarded",
			 gates_are_good(report) && !report->is_desk, "role",
			 report->is_desk ? "desk" : "terminal", "zone", report->zone, "gates",
			 gates);
	if (!root)
		return err_set(err, -ENOMEM, "out of memory");
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	return 0;
}
