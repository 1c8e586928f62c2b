/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/doctor_need.h"

#include "ipc/client.h"

#include <stdio.h>

static enum doctor_need need_of(uint8_t need)
{
	switch ((enum ipc_otp_need_value)need) {
	case IPC_OTP_NEED_NONE:
		return DOCTOR_NEED_NONE;
	case IPC_OTP_NEED_OPTIONAL:
		return DOCTOR_NEED_OPTIONAL;
	case IPC_OTP_NEED_REQUIRED:
		break;
	}
	return DOCTOR_NEED_REQUIRED;
}

struct doctor_asks doctor_need_here(void *ctx, const char *service)
{
	struct ipc_otp_scope request = { .header = ipc_header(IPC_OTP_SCOPE) };
	struct ipc_otp_need reply = { .need = IPC_OTP_NEED_REQUIRED };
	struct err err = { 0 };
	bool *is_silent = ctx;

	(void)snprintf(request.service, sizeof(request.service), "%s", service);
	if (!*is_silent)
		*is_silent = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_NEED,
				      &reply, sizeof(reply), &err) < 0;
	if (*is_silent)
		return (struct doctor_asks){ .need = DOCTOR_NEED_REQUIRED };
	return (struct doctor_asks){ .need = need_of(reply.need),
				     .one_answer = reply.one_answer > 0 };
}

struct doctor_asks doctor_need_required(void *ctx, const char *service)
{
	(void)ctx;
	(void)service;
	return (struct doctor_asks){ .need = DOCTOR_NEED_REQUIRED };
}
