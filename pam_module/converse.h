/* SPDX-License-Identifier: Apache-2.0 */

/* Asking for both factors in one conversation. */

#pragma once

#include "pam_module/texts.h"

#include <stdbool.h>

#define CONVERSE_ANSWER_MAX 512 /* bytes with NUL, PAM_MAX_RESP_SIZE */

struct converse_answers {
	char password[CONVERSE_ANSWER_MAX];
	char code[CONVERSE_ANSWER_MAX];
};

/**
 * converse_ask() - show the prompts, read the answers
 * @ask_password:	false when an earlier module has the password already
 * @optional:		say that the code may be left empty
 * @ret:		wiped by the caller, set on success only
 *
 * Return: PAM_SUCCESS, or PAM_CONV_ERR: no or too few answers, or too long.
 */
int converse_ask(pam_handle_t *handle, const struct texts *texts, bool ask_password, bool optional,
		 struct converse_answers *ret);
