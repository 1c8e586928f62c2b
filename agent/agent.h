/* SPDX-License-Identifier: Apache-2.0 */

/* sekishod: owns every part and passes what happens from one to the other. */

#pragma once

#include "agent/gates.h"
#include "agent/judge.h"
#include "agent/monitor.h"
#include "agent/rulebook.h"
#include "agent/server.h"
#include "agent/storage.h"
#include "policy/terminal.h"

struct agent_paths {
	const char *state_dir;
	const char *policy;
	const char *log_socket;
	const char *gate_dir;    /* markers for the udev rules */
	const char *set_up_file; /* exists on a terminal that is set up */
};

#define AGENT_PATHS_DEFAULT                                                                        \
	{                                                                                          \
		.state_dir = "/var/lib/sekisho", .policy = "/etc/sekisho/sekisho.policy",          \
		.log_socket = IPC_SOCKET_LOG, .gate_dir = "/run/sekisho/gate",                     \
		.set_up_file = "/etc/udev/rules.d/05-sekisho-enrolled.rules"                       \
	}

struct agent {
	struct agent_paths paths;
	struct loop loop;
	struct loop_signals signals;
	struct loop_timer heartbeat;
	struct loop_timer again; /* what did not work is tried once more */
	bool again_is_set;
	struct ipc_submitter log;
	struct monitor monitor;
	struct device_list devices;
	struct judge judge;
	struct storage storage;
	struct gates gates;
	struct rulebook rulebook;
	struct agent_server server;
	struct terminal terminal;
	struct policy_circumstances at; /* zone, hour and person, for every verdict */
	int gate_fd; /* -1: not open */
	bool was_enforcing;
};

/**
 * agent_init() - get everything ready, act on nothing yet
 * @listen_fd:	taken over, also on failure
 */
int agent_init(struct agent *agent, const struct agent_paths *paths, int listen_fd,
	       struct err *err);
void agent_deinit(struct agent *agent);

/* Run until SIGTERM. */
int agent_run(struct agent *agent, struct err *err);
