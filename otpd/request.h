/* SPDX-License-Identifier: Apache-2.0 */

/* Looking at what came before using it. */

#pragma once

#include "otpd/otpd.h"

#include <stdbool.h>
#include <stddef.h>

/* True for a NUL-terminated text of visible characters that is not empty: a name to look up. */
bool request_is_user(const char *field, size_t size);

/* True when @peer may ask about @user: root about all, others about themselves. */
bool request_may_ask(const struct ipc_peer *peer, const char *user);

/* Counts an attempt, which costs an entry in the log.  False: the user has made too many lately. */
bool request_may_try(struct otpd *otpd, const struct ipc_peer *peer);

/* True when every field of a login is a text; its code may be anything that ends. */
bool request_is_login(const struct ipc_otp_verify *login);
