/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/record.h"

#include "core/err.h"
#include "ipc/client.h"

#include <errno.h>
#include <stdio.h>

int record_action(const char *action, const char *detail, struct err *err)
{
	struct ipc_agent_record request = { .header = ipc_header(IPC_AGENT_RECORD) };
	struct ipc_log_ack ack;
	int rc;

	(void)snprintf(request.action, sizeof(request.action), "%s", action);
	(void)snprintf(request.detail, sizeof(request.detail), "%s", detail);
	rc = ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_LOG_ACK, &ack, sizeof(ack),
		      err);
	if (rc == 0 && ack.code != 0) {
		errno = -ack.code;
		rc = err_set(err, ack.code, "the log could not take the entry: %m");
	}
	return rc;
}
