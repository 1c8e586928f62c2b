/* SPDX-License-Identifier: Apache-2.0 */

/* What the command asks of the agent. */

#pragma once

#include "ipc/server.h"

#define AGENT_WAITING_MAX 16  /* requests whose log entry is on its way */
#define AGENT_READERS_MAX 8   /* of the register at one time */
#define AGENT_WATCHERS_MAX 64 /* who wants to hear of media; one's own oldest makes room */

struct agent;
struct agent_server;

/* A request that is answered when the log has what it leads to. */
struct waiting_request {
	struct agent_server *server;
	bool used;
	uint64_t client;
	uint32_t tag;
};

/* Who is told what happens to media. */
struct media_watcher {
	uint64_t client; /* 0: free */
	uint32_t tag;
	uid_t uid;
	uint64_t ejecting; /* diskseq of what he wants back, and hears of until he has it; 0: all */
};

/* Who reads the register, and how far he has come. */
struct media_reader {
	uint64_t client; /* 0: free */
	uint32_t tag;
	char told[IPC_WORD_MAX]; /* number of the last one */
};

struct agent_server {
	struct agent *agent;
	struct ipc_server ipc;
	struct waiting_request waiting[AGENT_WAITING_MAX];
	struct media_watcher watchers[AGENT_WATCHERS_MAX];
	struct media_reader readers[AGENT_READERS_MAX];
};

/* @listen_fd: taken over, also on failure. */
int agent_server_init(struct agent_server *server, struct agent *agent, int listen_fd,
		      struct err *err);
void agent_server_deinit(struct agent_server *server);
