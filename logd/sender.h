/* SPDX-License-Identifier: Apache-2.0 */

/* Who may say what: the sender's uid, from SO_PEERCRED, against the type table of audit/record. */

#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct ipc_log_append;

/**
 * sender_may_say() - may this user append an event of this type
 * @otp_uid:	of sekisho-otpd
 *
 * Root speaks for sekishod.  This daemon's own user may say anything: it holds
 * the key anyway, and tests run every daemon as one user.
 */
bool sender_may_say(uid_t uid, uid_t otp_uid, const struct ipc_log_append *event);
