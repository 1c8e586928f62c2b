/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/order_install.h"

#include "core/err.h"
#include "ipc/client.h"

#include <errno.h>
#include <string.h>

#define PEOPLE_MIN 3 /* two users and an administrator */

/* Where codes are required somebody must have a token, or the terminal is shut for everybody. */
static int check_tokens(const struct order *order, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_OTP_STATUS);
	struct ipc_otp_state state = { 0 };
	int rc;

	if (order->zone != ZONE_MYNUMBER)
		return 0;
	rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_STATE, &state,
		      sizeof(state), err);
	if (rc < 0)
		return err_wrap(err, "sekisho-otpd does not answer");
	if (state.n_users < PEOPLE_MIN)
		return err_set(
			err, -EPERM,
			"%u people have a token here, and in zone %s nobody logs in without; "
			"remedy: sekisho token enroll, until two users and an administrator "
			"have one",
			state.n_users, zone_name(order->zone));
	return 0;
}

int order_install(const char *bytes, size_t len, const struct order *order, struct err *err)
{
	struct ipc_agent_order request = { .header = ipc_header(IPC_AGENT_ORDER),
					   .len = (uint32_t)len };
	struct ipc_log_ack ack;
	int rc = check_tokens(order, err);

	if (rc < 0)
		return rc;
	memcpy(request.bytes, bytes, len);
	return ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_LOG_ACK, &ack, sizeof(ack),
			err);
}
