/* SPDX-License-Identifier: Apache-2.0 */

#include "pam_module/reasons.h"

#include "pam_module/lost.h"

static void explain_lock(pam_handle_t *handle, const struct texts *texts, uint32_t wait_sec)
{
	if (wait_sec == UINT32_MAX)
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("Too many failures. Call IT (ext. %s) to be unlocked."),
			  *texts->helpdesk ? texts->helpdesk : "-");
	else
		texts_say(texts, handle, PAM_ERROR_MSG, N_("Too many failures. Wait %u min."),
			  (wait_sec + 59) / 60);
}

/* A code that was told over the telephone, or printed: there is no next one to wait for. */
static void explain_told(pam_handle_t *handle, const struct texts *texts, bool used)
{
	if (used)
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("That code is used up. Type ? for another."));
	else
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("Wrong code. Try it again, or type ? for another."));
}

void reasons_explain(pam_handle_t *handle, const struct texts *texts, bool remote,
		     const struct ipc_otp_answer *answer)
{
	const char *ext = *texts->helpdesk ? texts->helpdesk : "-";

	if (remote) {
		texts_say(texts, handle, PAM_ERROR_MSG, N_("Password or code is wrong."));
		return;
	}
	if (answer->told && (answer->result == IPC_OTP_WRONG || answer->result == IPC_OTP_USED)) {
		explain_told(handle, texts, answer->result == IPC_OTP_USED);
		return;
	}
	switch ((enum ipc_otp_result)answer->result) {
	case IPC_OTP_WRONG:
		texts_say(texts, handle, PAM_ERROR_MSG, N_("Wrong code. Wait for the next one."));
		break;
	case IPC_OTP_USED:
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("Code already used. Wait for the next one."));
		break;
	case IPC_OTP_LOCKED:
		explain_lock(handle, texts, answer->wait_sec);
		break;
	case IPC_OTP_NOT_ENROLLED:
		texts_say(texts, handle, PAM_ERROR_MSG, N_("No token enrolled. Call ext. %s."),
			  ext);
		break;
	case IPC_OTP_CLOCK:
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("Terminal clock may be wrong. Call IT (ext. %s)."), ext);
		break;
	case IPC_OTP_UNAVAILABLE:
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("The code could not be checked. Call IT (ext. %s)."), ext);
		break;
	case IPC_OTP_MISTYPED:
		lost_explain_mistyped(handle, texts, answer->failures);
		break;
	case IPC_OTP_OVER:
		texts_say(texts, handle, PAM_ERROR_MSG,
			  N_("That temporary code is over. Type ? for another."));
		break;
	case IPC_OTP_ACCEPTED:
	case IPC_OTP_NOT_REQUIRED:
		break;
	}
}
