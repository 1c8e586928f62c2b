/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/act.h"

#include "cli/otp_text.h"
#include "cli/people.h"
#include "cli/prompt.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void wipe(struct ipc_agent_act *act)
{
	explicit_bzero(act->issuer.code, sizeof(act->issuer.code));
	explicit_bzero(act->approver.code, sizeof(act->approver.code));
}

static int ask_codes(struct ipc_agent_act *act, bool with_issuer_code, struct err *err)
{
	char question[IPC_USER_MAX + 64];
	int rc = 0;

	if (with_issuer_code) {
		if (!*act->issuer.name)
			rc = people_take_issuer(act->issuer.name, NULL, err);
		if (rc == 0 && strcmp(act->issuer.name, act->approver.name) == 0)
			rc = err_set(err, -EINVAL,
				     "issuer and approver must be two people; remedy: ask a "
				     "colleague");
		if (rc == 0)
			rc = people_ask_code(act->issuer.name, act->issuer.code, err);
	}
	if (rc == 0 && *act->approver.name) {
		(void)snprintf(question, sizeof(question), tr("Code of the approver %s: "),
			       act->approver.name);
		rc = prompt_line(question, act->approver.code, sizeof(act->approver.code), err);
	}
	return rc;
}

int act_deliver(struct ipc_agent_act *act, struct ipc_agent_acted *ret, struct err *err)
{
	const struct ipc_question question = { .path = IPC_SOCKET_AGENT,
					       .request = act,
					       .request_size = sizeof(*act),
					       .passed_fd = -1,
					       .reply_kind = IPC_AGENT_ACTED,
					       .reply_size = sizeof(*ret),
					       .timeout_us = INT64_C(1000) * IPC_ACT_TIMEOUT_MS };
	int rc;

	act->header = ipc_header(IPC_AGENT_ACT);
	rc = ipc_call_question(&question, ret, err);
	wipe(act);
	ret->number[sizeof(ret->number) - 1] = '\0';
	return rc;
}

int act_send(struct ipc_agent_act *act, bool with_issuer_code, struct ipc_agent_acted *ret,
	     struct err *err)
{
	int rc = ask_codes(act, with_issuer_code, err);

	if (rc == 0)
		rc = act_deliver(act, ret, err);
	wipe(act);
	if (rc < 0)
		return rc;
	if (ret->result == IPC_OTP_LOCKED && ret->wait_sec != UINT32_MAX)
		return err_set(err, -EACCES, "%s: %s (%u s)",
			       ret->approver ? act->approver.name : act->issuer.name,
			       tr(otp_result_text(ret->result)), ret->wait_sec);
	if (ret->result != IPC_OTP_ACCEPTED)
		return err_set(err, -EACCES, "%s: %s",
			       ret->approver ? act->approver.name : act->issuer.name,
			       tr(otp_result_text(ret->result)));
	return 0;
}
