/* SPDX-License-Identifier: Apache-2.0 */

/* What `sekisho status` found: one line a gate. */

#pragma once

#include "core/err.h"
#include "ipc/protocol.h"

#include <stdbool.h>
#include <stddef.h>

#define GATES_MAX 32

struct gate {
	char name[IPC_WORD_MAX];
	bool closed;
	bool warns;                /* closed, and something will need mending before long */
	char detail[ERR_TEXT_MAX]; /* what was found; with the remedy when open */
};

struct gates {
	struct gate gates[GATES_MAX];
	size_t n_gates;
	char zone[IPC_WORD_MAX];
	bool is_desk; /* a help desk's machine, whatever its gates: not guarded */
};

/* @fmt: translated here. */
__attribute__((format(printf, 4, 5))) void gate_add(struct gates *report, const char *name,
						    bool closed, const char *fmt, ...);

/* The gate that was added last warns. */
void gate_warn(struct gates *report);

/* Every gate is closed, or what else was looked for is as it should be. */
bool gates_are_good(const struct gates *report);

void gates_print_text(const struct gates *report);
int gates_print_json(const struct gates *report, struct err *err);
