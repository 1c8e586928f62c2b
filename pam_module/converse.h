/* SPDX-License-Identifier: Apache-2.0 */

/* Asking for both factors in one conversation, or as one answer. */

#pragma once

#include "pam_module/texts.h"

#include <stdbool.h>

#define CONVERSE_ANSWER_MAX 512 /* bytes with NUL, PAM_MAX_RESP_SIZE */

struct converse_answers {
	char password[CONVERSE_ANSWER_MAX];
	char code[CONVERSE_ANSWER_MAX];
};

struct converse_plan {
	bool ask_password; /* no earlier module has it already */
	bool optional;     /* the code may be left out */
	/* Both are one answer, whose last so many digits are the code; then the password is asked
	 * for whoever has it: what an earlier module took was the whole answer.  0: two answers. */
	unsigned int one_answer;
};

/**
 * converse_ask() - show the prompts, read the answers
 * @ret:	wiped by the caller, set on success only
 *
 * Return: PAM_SUCCESS, or PAM_CONV_ERR: no or too few answers, or too long.
 */
int converse_ask(pam_handle_t *handle, const struct texts *texts, const struct converse_plan *plan,
		 struct converse_answers *ret);
