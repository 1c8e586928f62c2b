/* SPDX-License-Identifier: Apache-2.0 */

/* What somebody is told who got in, at the terminal itself. */

#pragma once

#include "ipc/protocol.h"
#include "pam_module/texts.h"

/*
 * Of a token: when it was last used here, and what went wrong since.  Of a
 * temporary code for several logons: how often and until when it still holds.
 */
void greet(pam_handle_t *handle, const struct texts *texts, const struct ipc_otp_answer *answer);
