/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/order_install.h"

#include "core/err.h"
#include "ipc/client.h"

#include <string.h>

int order_install(const char *bytes, size_t len, struct err *err)
{
	struct ipc_agent_order request = { .header = ipc_header(IPC_AGENT_ORDER),
					   .len = (uint32_t)len };
	struct ipc_log_ack ack;

	memcpy(request.bytes, bytes, len);
	return ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_LOG_ACK, &ack, sizeof(ack),
			err);
}
