/* SPDX-License-Identifier: Apache-2.0 */

/* What the subcommands of `sekisho token` ask sekisho-otpd in the same way. */

#pragma once

#include "ipc/protocol.h"

#include <stddef.h>
#include <stdint.h>

struct err;

/* "SHA1"; "" for what is none. */
const char *token_algorithm(uint8_t algorithm);

/* Copies a name into a request's field of @size bytes; -EINVAL when it is too long. */
int token_set_name(char *field, size_t size, const char *name, struct err *err);

/*
 * Sends a request that is answered by IPC_OTP_ANSWER.  Return: 0, or an error
 * that names @user when the answer is not IPC_OTP_ACCEPTED.
 */
int token_ask(void *request, size_t size, const char *user, struct err *err);

/* Asks for the code that confirms @user's pending token, up to three times. */
int token_confirm(const char *user, struct err *err);
