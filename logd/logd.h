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
#include "logd/shortage.h"
#include "logd/watch.h"

#define LOGD_STATE_DIR "/var/lib/sekisho/audit"
#define LOGD_COUNTER_FILE "/run/sekisho/log-counter"
#define LOGD_OTP_USER "sekisho-otpd"
#define LOGD_RETRY_US (2 * CLOCK_US_PER_SEC) /* a log that cannot be opened is tried again */

/* Entries that nobody waits for may wait for each other; well within IPC_LOG_TIMEOUT_MS. */
#define LOGD_UNHURRIED_US (CLOCK_US_PER_SEC / 2)

struct logd_options {
	const char *state_dir;
	const char *terminal_id; /* used once, when the log is new */
	uid_t otp_uid;           /* of sekisho-otpd */
	const char *counter;     /* file with the TPM's count of starts; none there: not counted */
};

/* Somebody who waits for his entry to become durable. */
struct logd_waiting {
	uint64_t client;
	uint64_t seq;
	const char *type; /* of the table in audit/record.c */
	uint32_t tag;
};

struct logd {
	struct logd_options options;
	struct loop loop;
	struct ipc_server server;
	struct loop_signals signals;
	struct loop_timer retry;
	struct loop_source ready;    /* eventfd, readable while entries wait for a commit */
	struct loop_timer unhurried; /* set while only such entries wait that are in no hurry */
	struct watch watch;
	struct shortage shortage;
	struct writer *writer; /* NULL: the log cannot be opened; trouble says why */
	struct recall recall;
	int disk_failure;   /* errno that a segment ended with, not yet said; 0: none */
	bool redacts_late;  /* an entry may still be readable that is to be blacked out */
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

/* What its parts tell each other. */

/* Commits what was added and answers who waits.  Return: 0 or the error of writer_commit(). */
int logd_commit(struct logd *logd);

/* Commits when the loop comes round and nobody else has anything to say. */
void logd_commit_soon(struct logd *logd);

/* Whoever asked for entry @seq is answered after its commit. */
void logd_wait(struct logd *logd, const struct ipc_request *request, const char *type,
	       uint64_t seq);

void logd_answer(struct logd *logd, uint64_t client, uint32_t tag, int rc, uint64_t seq);

/* Keys: after everybody has been answered.  What fails is tried again after the next commit. */
void logd_tend(struct logd *logd);

/* End the epoch with the next commit. */
void logd_end_epoch(struct logd *logd, enum writer_reason reason);
