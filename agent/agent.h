/* SPDX-License-Identifier: Apache-2.0 */

/* sekishod: owns every part and passes what happens from one to the other. */

#pragma once

#include "agent/acts.h"
#include "agent/ahead.h"
#include "agent/exceptions.h"
#include "agent/given.h"
#include "agent/judge.h"
#include "agent/monitor.h"
#include "agent/permits.h"
#include "agent/server.h"
#include "agent/situation.h"
#include "agent/storage.h"
#include "agent/strays.h"
#include "ledger/ledger.h"

struct agent_paths {
	struct situation_paths situation;
	const char *media_socket;
	const char *mount_socket;
	const char *gate_dir;    /* markers for the udev rules */
	const char *set_up_file; /* exists on a terminal that is set up */
};

#define AGENT_PATHS_DEFAULT                                                                        \
	{                                                                                          \
		.situation = { .state_dir = "/var/lib/sekisho",                                    \
			       .policy = "/etc/sekisho/sekisho.policy",                            \
			       .packaged_dir = "/usr/share/sekisho/policies",                      \
			       .log_socket = IPC_SOCKET_LOG,                                       \
			       .otp_socket = IPC_SOCKET_OTP,                                       \
			       .seat_dir = SEAT_DIR },                                             \
		.media_socket = IPC_SOCKET_MEDIA, .mount_socket = IPC_SOCKET_MOUNT,                \
		.gate_dir = "/run/sekisho/gate",                                                   \
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
	struct monitor announced; /* by the kernel, before udev */
	struct device_list devices;
	struct judge judge;
	struct ahead ahead;
	struct storage storage;
	struct strays strays;
	struct gates gates;
	struct given given;
	struct situation situation;
	struct agent_server server;
	struct acts acts;
	struct permits permits;
	struct exceptions exceptions;
	struct loop_timer bars;       /* judge again what the register bars */
	struct loop_timer list_timer; /* more of the register to whoever reads it */
	int gate_fd;                  /* -1: not open */
	bool was_enforcing;
};

/**
 * agent_init() - get everything ready, act on nothing yet
 * @listen_fd:	taken over, also on failure
 */
int agent_init(struct agent *agent, const struct agent_paths *paths, int listen_fd,
	       struct err *err);
void agent_deinit(struct agent *agent);

/**
 * agent_revoke() - take a device away at once; the log is told, not waited for
 * @done:	called when the log has it, on success only
 *
 * Return: 0, or as judge_mark_revoked(): it is shut all the same.
 */
int agent_revoke(struct agent *agent, struct attached_device *device, pid_t by, ipc_submitted *done,
		 void *ctx, struct err *err);

/* The register that counts now, or NULL: no medium is known. */
const struct ledger *agent_ledger(const struct agent *agent);

/* Run until SIGTERM. */
int agent_run(struct agent *agent, struct err *err);
