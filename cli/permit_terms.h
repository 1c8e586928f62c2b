/* SPDX-License-Identifier: Apache-2.0 */

/* What is read out of a permit over the telephone, in the order in which it is asked for. */

#pragma once

#include "ipc/phone.h"

struct agent_row;
struct err;

/* At the terminal: a line each, with its word in the reader's language beside. */
void permit_terms_print_row(const struct agent_row *row);

/* At the desk, as it was typed: the same lines. */
void permit_terms_print(const struct ipc_permit_terms *terms);

/**
 * permit_terms_ask() - type what is read out
 * @terms:	what was typed before, "": nothing; an empty answer leaves it as it is
 *
 * Written as permits write it, so that both ends have the same bytes.
 *
 * Return: 0, or the error of prompt_line().
 */
int permit_terms_ask(struct ipc_permit_terms *terms, struct err *err);
