/* SPDX-License-Identifier: Apache-2.0 */

/* The part of the agent that joins permits with media, the log, and who asks. */

#pragma once

#include "agent/server.h"

struct agent;

/* Set the callbacks of agent->permits and agent->storage. */
void permits_join(struct agent *agent);

/* For the server's table: IPC_AGENT_PERMITS. */
void server_answer_permits(struct ipc_server *server, const struct ipc_request *request);
