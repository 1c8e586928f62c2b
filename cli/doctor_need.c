/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/doctor_need.h"

#include "ipc/client.h"

#include <stdio.h>

enum doctor_need doctor_need_here(void *ctx, const char *service)
{
	struct ipc_otp_scope request = { .header = ipc_header(IPC_OTP_SCOPE) };
	struct ipc_otp_need reply = { .need = IPC_OTP_NEED_REQUIRED };
	struct err err = { 0 };
	bool *is_silent = ctx;

	if (*is_silent)
		return DOCTOR_NEED_REQUIRED;
	(void)snprintf(request.service, sizeof(request.service), "%s", service);
	if (ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_NEED, &reply, sizeof(reply),
		     &err) < 0) {
		*is_silent = true;
		return DOCTOR_NEED_REQUIRED;
	}
	switch ((enum ipc_otp_need_value)reply.need) {
	case IPC_OTP_NEED_NONE:
		return DOCTOR_NEED_NONE;
	case IPC_OTP_NEED_OPTIONAL:
		return DOCTOR_NEED_OPTIONAL;
	case IPC_OTP_NEED_REQUIRED:
		break;
	}
	return DOCTOR_NEED_REQUIRED;
}

enum doctor_need doctor_need_required(void *ctx, const char *service)
{
	(void)ctx;
	(void)service;
	return DOCTOR_NEED_REQUIRED;
}
