/* SPDX-License-Identifier: Apache-2.0 */

/* Why a code was refused, in words. */

#pragma once

#include "ipc/protocol.h"
#include "pam_module/texts.h"

#include <stdbool.h>

/* The reason is for the person in front of the terminal; a remote one learns nothing, and
 * @answer may be NULL then. */
void reasons_explain(pam_handle_t *handle, const struct texts *texts, bool remote,
		     const struct ipc_otp_answer *answer);
