/* SPDX-License-Identifier: Apache-2.0 */

/* The people who answer for an act that takes two. */

#pragma once

#include "ipc/protocol.h"

struct err;

int people_take_name(char out[IPC_USER_MAX], const char *name, struct err *err);

/* Who is asking: @named, or the caller, for root whoever became root. */
int people_take_issuer(char out[IPC_USER_MAX], const char *named, struct err *err);

/* Asks on the terminal; the caller wipes it. */
int people_ask_code(const char *name, char out[IPC_WORD_MAX], struct err *err);
