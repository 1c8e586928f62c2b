/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/otp_text.h"

#include "core/lang.h"
#include "ipc/protocol.h"

const char *otp_result_text(uint8_t result)
{
	switch ((enum ipc_otp_result)result) {
	case IPC_OTP_UNAVAILABLE:
		return N_("the code service could not decide");
	case IPC_OTP_ACCEPTED:
		return N_("accepted");
	case IPC_OTP_WRONG:
		return N_("wrong code");
	case IPC_OTP_USED:
		return N_("this code was used already; wait for the next one");
	case IPC_OTP_LOCKED:
		return N_("too many failures; wait, or have the user unlocked");
	case IPC_OTP_NOT_ENROLLED:
		return N_("no active token; remedy: sekisho token enroll USER");
	case IPC_OTP_CLOCK:
		return N_("the clock of this terminal cannot be right");
	case IPC_OTP_NOT_REQUIRED:
		return N_("not asked for");
	case IPC_OTP_MISTYPED:
		return N_("mistyped; nothing was tried");
	case IPC_OTP_OVER:
		return N_("the temporary code is over");
	}
	return N_("unknown answer");
}
