/* SPDX-License-Identifier: Apache-2.0 */

#include "pam_module/lost.h"

#include "pam_module/reasons.h"

#include <string.h>

bool lost_is_question(const char *code)
{
	while (*code == ' ')
		code++;
	if (strncmp(code, "\xef\xbc\x9f", 3) == 0) /* full width */
		code += 3;
	else if (*code == '?')
		code++;
	else
		return false;
	return code[strspn(code, " ")] == '\0';
}

void lost_explain(pam_handle_t *handle, const struct texts *texts, bool remote,
		  const struct ipc_otp_challenged *reply)
{
	const char *ext = *texts->helpdesk ? texts->helpdesk : "-";

	if (reply->result == IPC_OTP_ACCEPTED) {
		texts_say(texts, handle, PAM_TEXT_INFO, N_("Call IT (ext. %s) and read out:"), ext);
		texts_say(texts, handle, PAM_TEXT_INFO, N_("Terminal %.63s, number %.15s"),
			  reply->terminal, reply->challenge);
		texts_say(texts, handle, PAM_TEXT_INFO,
			  N_("Then log on with your password, and what you are told for a code."));
	} else if (remote) {
		reasons_explain(handle, texts, remote, NULL);
	} else if (reply->result == IPC_OTP_LOCKED) {
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("Too many wrong temporary codes. Call IT (ext. %s)."), ext);
	} else {
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("No temporary code can be had. Call IT (ext. %s)."), ext);
	}
}

void lost_explain_mistyped(pam_handle_t *handle, const struct texts *texts, unsigned int group)
{
	if (group == 0)
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("That code is mistyped or not whole. This did not count."));
	else
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("Group %u of the code is mistyped. This did not count."), group);
}
