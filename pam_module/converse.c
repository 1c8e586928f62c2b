/* SPDX-License-Identifier: Apache-2.0 */

#include "pam_module/converse.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
		strcpy(out, "x");
	return response->resp != NULL;
}

int converse_ask(pam_handle_t *handle, const struct texts *texts, bool ask_password, bool optional,
		 struct converse_answers *ret)
{
	struct pam_message messages[2];
	const struct pam_message *pointers[2];
	struct pam_response *responses = NULL;
	const struct pam_conv *conv = NULL;
	const void *item = NULL;
	const char *prompt =
		optional ? N_("Code (empty if you have no token): ") : N_("Code (6 digits): ");
	int n = 0;
	bool copied;

	if (pam_get_item(handle, PAM_CONV, &item) != PAM_SUCCESS || !item)
		return PAM_CONV_ERR;
	conv = item;
	if (ask_password)
		messages[n++] = (struct pam_message){
			.msg_style = PAM_PROMPT_ECHO_OFF,
			.msg = lang_text(texts->lang, N_("Password: ")),
		};
	messages[n++] = (struct pam_message){ .msg_style = PAM_PROMPT_ECHO_OFF,
					      .msg = lang_text(texts->lang, prompt) };
	for (int i = 0; i < n; i++)
		pointers[i] = &messages[i];
	if (!conv->conv || conv->conv(n, pointers, &responses, conv->appdata_ptr) != PAM_SUCCESS ||
	    !responses)
		return PAM_CONV_ERR;
	copied = (!ask_password || copy_answer(ret->password, &responses[0])) &&
		 copy_code(ret->code, &responses[n - 1]);
	wipe_responses(responses, n);
	return copied ? PAM_SUCCESS : PAM_CONV_ERR;
}
