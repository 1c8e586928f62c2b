/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/logd.h"

#include "core/log.h"
#include "core/notify.h"
#include "logd/answers.h"
#include "logd/own.h"
#include "logd/redact.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void set_trouble(struct logd *logd, int rc, const struct err *err)
{
	if (rc == 0 && logd->trouble.code != 0)
		log_info("the log takes entries again");
	if (rc < 0 && logd->trouble.code != rc)
		log_error("%s", err->text);
	if (rc == 0)
		logd->trouble = (struct err){ 0 };
	else
		logd->trouble = *err;
}

/* Keys: after everybody has been answered.  What fails is tried again after the next commit. */
void logd_tend(struct logd *logd)
{
	struct err err = { 0 };

	if (writer_tend(logd->writer, &err) < 0)
		log_error("the key of the log cannot be changed: %s", err.text);
}

void logd_end_epoch(struct logd *logd, enum writer_reason reason)
{
	if (!logd->writer)
		return;
	writer_end_epoch(logd->writer, reason);
	logd_tend(logd);
}

/* Makes the log usable, or leaves the reason in trouble. */
static int make_ready(struct logd *logd)
{
	struct err err = { 0 };
	int rc = 0;

	if (!logd->writer) {
		rc = writer_open(&(struct writer_options){ .dir = logd->options.state_dir,
							   .terminal_id = logd->options.terminal_id,
							   .segment_max = WRITER_SEGMENT_MAX,
							   .clock = clock_system() },
				 &logd->writer, &err);
		if (rc == 0)
			own_warn(logd->writer);
		if (rc == 0)
			logd_tend(logd);
		if (rc == 0 &&
		    recall_read(&logd->recall, logd->options.state_dir, logd->writer, &err) < 0)
			log_error("what the log says of this terminal cannot be believed: %s",
				  err.text);
	}
	if (rc == 0)
		rc = own_announce(logd, &err);
	if (rc == 0) {
		shortage_open(&logd->shortage);
		shortage_look(&logd->shortage, 0);
		redact_catch_up(logd);
	}
	if (rc < 0)
		set_trouble(logd, rc, &err);
	else if (logd->trouble.code != 0 && logd->n_waiting == 0)
		set_trouble(logd, 0, NULL);
	return rc;
}

static void retry_expired(struct loop_timer *timer)
{
	struct logd *logd = container_of(timer, struct logd, retry);

	if (make_ready(logd) < 0)
		loop_timer_set(timer, LOGD_RETRY_US);
}

void logd_answer(struct logd *logd, uint64_t client, uint32_t tag, int rc, uint64_t seq)
{
	struct ipc_log_ack ack = { .header.kind = IPC_LOG_ACK,
				   .code = rc,
				   .seq = rc == 0 ? seq : 0 };

	ipc_reply(&logd->server, client, tag, &ack, sizeof(ack));
}

/* What a commit showed of the disk; said once it takes something again. */
static void look_at_disk(struct logd *logd, int rc)
{
	int failure = writer_take_failure(logd->writer);
	struct err detail = { 0 };

	shortage_look(&logd->shortage, rc);
	if (failure != 0)
		logd->disk_failure = failure;
	if (rc < 0 || logd->disk_failure == 0)
		return;
	errno = logd->disk_failure;
	(void)err_set(&detail, -logd->disk_failure, "%m");
	logd->disk_failure = 0;
	own_say(logd, "log.ioerror", &(const struct audit_field){ "detail", detail.text }, 1);
}

int logd_commit(struct logd *logd)
{
	struct err err = { 0 };
	uint64_t one;
	int rc;

	(void)!read(logd->ready.fd, &one, sizeof(one));
	loop_timer_set(&logd->unhurried, 0);
	rc = writer_commit(logd->writer, &err);
	recall_committed(&logd->recall, rc == 0);
	set_trouble(logd, rc, &err);
	for (size_t i = 0; i < logd->n_waiting; i++) {
		const struct logd_waiting *waiting = &logd->waiting[i];

		if (rc < 0)
			shortage_add(&logd->shortage, waiting->type);
		logd_answer(logd, waiting->client, waiting->tag, rc, waiting->seq);
	}
	logd->n_waiting = logd->n_seen = 0;
	logd_tend(logd);
	look_at_disk(logd, rc);
	return rc;
}

void logd_commit_soon(struct logd *logd)
{
	uint64_t one = 1;

	(void)!write(logd->ready.fd, &one, sizeof(one));
}

void logd_wait(struct logd *logd, const struct ipc_request *request, const char *type, uint64_t seq)
{
	const struct record_type *known = record_type_find(type, strlen(type));

	logd->waiting[logd->n_waiting++] =
		(struct logd_waiting){ request->client, seq, known->name, request->tag };
	if (writer_is_full(logd->writer))
		(void)logd_commit(logd);
	else if (known->critical)
		logd_commit_soon(logd);
	else
		loop_timer_set(&logd->unhurried, LOGD_UNHURRIED_US);
}

static void unhurried_expired(struct loop_timer *timer)
{
	(void)logd_commit(container_of(timer, struct logd, unhurried));
}

/*
 * Runs once each time the loop comes round while entries wait.  As long as the
 * round brought more of them, others may be ready too; when it brought none,
 * nobody is left to wait for.
 */
static void ready_run(struct loop_source *source, uint32_t events)
{
	struct logd *logd = container_of(source, struct logd, ready);

	(void)events;
	if (logd->n_waiting > logd->n_seen)
		logd->n_seen = logd->n_waiting;
	else
		(void)logd_commit(logd);
}

static void caught(struct loop_signals *signals, int number)
{
	struct logd *logd = container_of(signals, struct logd, signals);

	(void)number;
	loop_stop(&logd->loop);
}

static int add_sources(struct logd *logd, int listen_fd, struct err *err)
{
	static const int numbers[] = { SIGTERM, SIGINT, 0 };
	int rc = ipc_server_init(&logd->server, &logd->loop, listen_fd, answers_services,
				 answers_n_services, logd, err);

	if (rc == 0)
		rc = loop_signals_init(&logd->loop, &logd->signals, numbers, caught, err);
	if (rc == 0)
		rc = loop_timer_init(&logd->loop, &logd->retry, retry_expired, err);
	if (rc == 0)
		rc = loop_timer_init(&logd->loop, &logd->unhurried, unhurried_expired, err);
	if (rc == 0)
		rc = watch_init(&logd->watch, logd, err);
	if (rc == 0)
		rc = shortage_init(&logd->shortage, logd, err);
	if (rc < 0)
		return rc;
	logd->ready = (struct loop_source){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
					    .run = ready_run };
	if (logd->ready.fd < 0)
		return err_set(err, -errno, "eventfd: %m");
	return loop_add(&logd->loop, &logd->ready, EPOLLIN, err);
}

int logd_init(struct logd *logd, const struct logd_options *options, int listen_fd, struct err *err)
{
	int rc;

	*logd = (struct logd){
		.options = *options,
		.loop.epoll_fd = -1,
		.server.listener.fd = -1,
		.signals.source.fd = -1,
		.retry.source.fd = -1,
		.unhurried.source.fd = -1,
		.watch = WATCH_UNUSED,
		.shortage = SHORTAGE_UNUSED,
		.ready.fd = -1,
		.redacts_late = true, /* unless a look shows otherwise */
	};
	rc = loop_init(&logd->loop, err);
	if (rc < 0) {
		(void)close(listen_fd);
		return rc;
	}
	rc = add_sources(logd, listen_fd, err);
	if (rc < 0)
		return rc;
	if (make_ready(logd) < 0)
		loop_timer_set(&logd->retry, LOGD_RETRY_US);
	return 0;
}

int logd_run(struct logd *logd, struct err *err)
{
	int rc;

	notify_send("READY=1");
	rc = loop_run(&logd->loop, err);
	notify_send("STOPPING=1");
	own_stop(logd);
	return rc;
}

void logd_deinit(struct logd *logd)
{
	if (logd->server.clients)
		ipc_server_deinit(&logd->server);
	loop_signals_deinit(&logd->loop, &logd->signals);
	loop_timer_deinit(&logd->loop, &logd->retry);
	loop_timer_deinit(&logd->loop, &logd->unhurried);
	watch_deinit(&logd->watch, logd);
	shortage_deinit(&logd->shortage, logd);
	loop_remove(&logd->loop, &logd->ready);
	if (logd->ready.fd >= 0)
		(void)close(logd->ready.fd);
	if (logd->writer)
		writer_free(logd->writer);
	loop_deinit(&logd->loop);
}
