/* SPDX-License-Identifier: Apache-2.0 */

/* What somebody without his token types and is told. */

#pragma once

#include "ipc/lost.h"
#include "pam_module/texts.h"

#include <stdbool.h>

/* True for "?", also as an input method has it. */
bool lost_is_question(const char *code);

/*
 * Terminal and challenge, to be read out; over the network as well: whoever
 * sees them has given the password, and without the desk's two people they
 * open nothing.  Why there is none is for the person in front of the terminal.
 */
void lost_explain(pam_handle_t *handle, const struct texts *texts, bool remote,
		  const struct ipc_otp_challenged *reply);

/* @group: which was misheard, 0: the number of digits. */
void lost_explain_mistyped(pam_handle_t *handle, const struct texts *texts, unsigned int group);
