/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The log daemon: takes events from the other daemons, commits whatever has
 * come together, and acknowledges each once it is durable.  Waits for nobody:
 * the only call that blocks is the commit itself.
 */

#pragma once

#include "audit/writer.h"
#include "core/err.h"
#include "ipc/server.h"
#include "logd/recall.h"

#define LOGD_STATE_DIR "/var/lib/sekisho/audit"
#define LOGD_OTP_USER "sekisho-otpd"
#define LOGD_RETRY_US (2 * CLOCK_US_PER_SEC) /* a log that cannot be opened is tried again */

struct logd_options {
	const char *state_dir;
	const char *terminal_id; /* used once, when the log is new */
	uid_t otp_uid;           /* of sekisho-otpd */
};

/* Somebody who waits for his entry to become durable. */
struct logd_waiting {
	uint64_t client;
	uint64_t seq;
	uint32_t tag;
};

struct logd {
	struct logd_options options;
	struct loop loop;
	struct ipc_server server;
	struct loop_signals signals;
	struct loop_timer retry;
	struct loop_source ready; /* eventfd, readable while entries wait for a commit */
	struct writer *writer;    /* NULL: the log cannot be opened; trouble says why */
	struct recall recall;
	bool announced;     /* log.start and what opening found are in the log */
	struct err trouble; /* code 0: none */
	struct logd_waiting waiting[WRITER_BATCH_MAX];
	size_t n_waiting;
	size_t n_seen; /* of them, when the loop last came round */
};

/**
 * logd_init() - open the log and start answering
 * @listen_fd:	taken over, also on failure
 *
 * A log that cannot be opened is no failure: every append is then refused and
 * the status says why, which helps more than a daemon that is not there.
 */
int logd_init(struct logd *logd, const struct logd_options *options, int listen_fd,
	      struct err *err);

/* Runs until SIGTERM or SIGINT, then commits what is left. */
int logd_run(struct logd *logd, struct err *err);
void logd_deinit(struct logd *logd);
