/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/token_ask.h"

#include "cli/otp_text.h"
#include "cli/prompt.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "mfa/totp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TRIES 3

const char *token_algorithm(uint8_t algorithm)
{
	switch ((enum totp_algorithm)algorithm) {
	case TOTP_SHA1:
		return "SHA1";
	case TOTP_SHA256:
		return "SHA256";
	case TOTP_SHA512:
		return "SHA512";
	}
	return "";
}

int token_set_name(char *field, size_t size, const char *name, struct err *err)
{
	if (strlen(name) >= size)
		return err_set(err, -EINVAL, "'%s' is too long", name);
	strcpy(field, name);
	return 0;
}

int token_ask(void *request, size_t size, const char *user, struct err *err)
{
	struct ipc_otp_answer answer = { .result = IPC_OTP_UNAVAILABLE };
	int rc = ipc_call(IPC_SOCKET_OTP, request, size, IPC_OTP_ANSWER, &answer, sizeof(answer),
			  err);

	if (rc == 0 && answer.result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EIO, "%s: %s", user, tr(otp_result_text(answer.result)));
	return rc;
}

int token_confirm(const char *user, struct err *err)
{
	struct ipc_otp_code request = { .header = ipc_header(IPC_OTP_CONFIRM) };
	struct ipc_otp_answer answer = { .result = IPC_OTP_UNAVAILABLE };
	int rc = token_set_name(request.user, sizeof(request.user), user, err);

	for (int i = 0; rc == 0 && i < TRIES && answer.result != IPC_OTP_ACCEPTED; i++) {
		rc = prompt_line(tr("Code shown by the token: "), request.code,
				 sizeof(request.code), err);
		if (rc == 0)
			rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_ANSWER,
				      &answer, sizeof(answer), err);
		if (rc == 0 && answer.result != IPC_OTP_ACCEPTED)
			printf("%s\n", tr(otp_result_text(answer.result)));
	}
	if (rc == 0 && answer.result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EACCES,
			     "not confirmed, so the token is not active; remedy: check the clocks "
			     "of phone and terminal, then enrol again");
	return rc;
}
