/* SPDX-License-Identifier: Apache-2.0 */

/* What the command asks of the agent. */

#pragma once

#include "ipc/server.h"

#define AGENT_WAITING_MAX 16 /* requests whose log entry is on its way */

struct agent;
struct agent_server;

/* A request that is answered when the log has what it leads to. */
struct waiting_request {
	struct agent_server *server;
	bool used;
	uint64_t client;
	uint32_t tag;
};

struct agent_server {
	struct agent *agent;
	struct ipc_server ipc;
	struct waiting_request waiting[AGENT_WAITING_MAX];
};

/* @listen_fd: taken over, also on failure. */
int agent_server_init(struct agent_server *server, struct agent *agent, int listen_fd,
		      struct err *err);
void agent_server_deinit(struct agent_server *server);
