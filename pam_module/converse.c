/* SPDX-License-Identifier: Apache-2.0 */

#include "pam_module/converse.h"

#include "pam_module/joined.h"

#include <security/pam_ext.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define NO_CODE "x" /* refused as any other that is none */

static void wipe_responses(struct pam_response *responses, int n)
{
	for (int i = 0; responses && i < n; i++) {
		if (responses[i].resp)
			explicit_bzero(responses[i].resp, strlen(responses[i].resp));
		free(responses[i].resp);
	}
	free(responses);
}

static bool copy_answer(char out[static CONVERSE_ANSWER_MAX], const struct pam_response *response)
{
	if (!response->resp || strlen(response->resp) >= CONVERSE_ANSWER_MAX)
		return false;
	strcpy(out, response->resp);
	return true;
}

/* What is too long is no code, and is refused as any other that is none. */
static bool copy_code(char out[static CONVERSE_ANSWER_MAX], const struct pam_response *response)
{
	if (!copy_answer(out, response) && response->resp)
		strcpy(out, NO_CODE);
	return response->resp != NULL;
}

struct question {
	const char *prompt;
	char *answer; /* CONVERSE_ANSWER_MAX */
	bool is_code;
};

/* One call of the host's function. */
static int put(const struct pam_conv *conv, const struct texts *texts,
	       const struct question *questions, int n)
{
	struct pam_message messages[2];
	const struct pam_message *pointers[2];
	struct pam_response *responses = NULL;
	bool copied = true;

	for (int i = 0; i < n; i++) {
		messages[i] = (struct pam_message){
			.msg_style = PAM_PROMPT_ECHO_OFF,
			.msg = lang_text(texts->lang, questions[i].prompt),
		};
		pointers[i] = &messages[i];
	}
	if (conv->conv(n, pointers, &responses, conv->appdata_ptr) != PAM_SUCCESS || !responses)
		return PAM_CONV_ERR;
	for (int i = 0; i < n; i++)
		copied &= questions[i].is_code ? copy_code(questions[i].answer, &responses[i])
					       : copy_answer(questions[i].answer, &responses[i]);
	wipe_responses(responses, n);
	return copied ? PAM_SUCCESS : PAM_CONV_ERR;
}

/*
 * Whoever was started by a user, as a screen locker, is asked for one thing at a time. i3lock 2.14,
 * gtklock and others write a second answer through a pointer that they never set, and an X screen
 * whose locker has crashed is open.
 */
static int put_all(pam_handle_t *handle, const struct texts *texts,
		   const struct question *questions, int n)
{
	const void *conv = NULL;
	int rc = PAM_SUCCESS;

	if (pam_get_item(handle, PAM_CONV, &conv) != PAM_SUCCESS || !conv ||
	    !((const struct pam_conv *)conv)->conv)
		return PAM_CONV_ERR;
	if (getuid() == 0)
		return put(conv, texts, questions, n);
	for (int i = 0; i < n && rc == PAM_SUCCESS; i++)
		rc = put(conv, texts, &questions[i], 1);
	return rc;
}

static int ask_joined(pam_handle_t *handle, const struct texts *texts,
		      const struct converse_plan *plan, struct converse_answers *ret)
{
	const struct question question = {
		.prompt = plan->optional ? N_("Password (and code, if you have a token): ")
					 : N_("Password followed by code: "),
		.answer = ret->password,
	};
	int rc = put_all(handle, texts, &question, 1);
	size_t at;

	if (rc != PAM_SUCCESS)
		return rc;
	at = joined_code_at(ret->password, plan->one_answer);
	strcpy(ret->code, ret->password + at);
	explicit_bzero(ret->password + at, strlen(ret->code));
	return PAM_SUCCESS;
}

int converse_ask(pam_handle_t *handle, const struct texts *texts, const struct converse_plan *plan,
		 struct converse_answers *ret)
{
	const struct question questions[] = {
		{ .prompt = N_("Password: "), .answer = ret->password },
		{ .prompt = plan->optional ? N_("One-time code (empty if you have no token): ")
					   : N_("One-time code: "),
		  .answer = ret->code,
		  .is_code = true },
	};
	int first = plan->ask_password ? 0 : 1;
	int rc;

	if (plan->one_answer > 0)
		return ask_joined(handle, texts, plan, ret);
	rc = put_all(handle, texts, questions + first, 2 - first);
	/* A password is nobody's business but pam_unix's. */
	if (rc == PAM_SUCCESS && *ret->code != '\0' && strcmp(ret->password, ret->code) == 0) {
		explicit_bzero(ret->code, sizeof(ret->code));
		strcpy(ret->code, NO_CODE);
		pam_syslog(handle, LOG_NOTICE,
			   "password and code were answered alike, as by a locker with one field; "
			   "remedy: one-answer in the policy, sekisho-policy(5)");
	}
	return rc;
}
