/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/logd.h"

#include "core/log.h"
#include "core/notify.h"
#include "ipc/event.h"
#include "logd/sender.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

/* The log's own events come from this process. */
static int add_own(struct logd *logd, const char *type, const struct audit_field *fields, size_t n,
		   struct err *err)
{
	struct record event = {
		.type = type, .uid = geteuid(), .pid = getpid(), .fields = fields, .n_fields = n
	};
	uint64_t seq;

	return writer_add(logd->writer, &event, &seq, err);
}

static int add_found(struct logd *logd, struct err *err)
{
	const struct writer_found *found = writer_found(logd->writer);
	char count[24];
	char bytes[24];
	char offset[24];
	int rc = 0;

	(void)snprintf(count, sizeof(count), "%" PRIu64, found->n_kept);
	(void)snprintf(bytes, sizeof(bytes), "%" PRIu64, found->torn_bytes);
	(void)snprintf(offset, sizeof(offset), "%" PRIu64, found->offset);
	if (found->recovered)
		rc = add_own(logd, "log.recovered",
			     (const struct audit_field[]){ { "count", count }, { "bytes", bytes } },
			     2, err);
	if (rc == 0 && found->damaged)
		rc = add_own(logd, "log.damaged",
			     (const struct audit_field[]){ { "offset", offset },
							   { "detail", found->detail } },
			     2, err);
	return rc;
}

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
static void tend(struct logd *logd)
{
	struct err err = { 0 };

	if (writer_tend(logd->writer, &err) < 0)
		log_error("the key of the log cannot be changed: %s", err.text);
}

/* What opening found and the start itself come before any event of others. */
static int announce(struct logd *logd, struct err *err)
{
	int rc;

	if (logd->announced)
		return 0;
	rc = add_found(logd, err);
	if (rc == 0)
		rc = add_own(logd, "log.start",
			     (const struct audit_field[]){
				     { "detail", "sekisho " SEKISHO_VERSION } },
			     1, err);
	if (rc == 0)
		rc = writer_commit(logd->writer, err);
	logd->announced = rc == 0;
	if (rc == 0)
		tend(logd);
	return rc;
}

static void warn_of_found(const struct writer *writer)
{
	const struct writer_found *found = writer_found(writer);

	if (found->recovered)
		log_warning("recovered from a crash: %llu entries kept, %llu bytes set aside",
			    (unsigned long long)found->n_kept,
			    (unsigned long long)found->torn_bytes);
	if (found->damaged)
		log_error("THE LOG IS DAMAGED, %s; remedy: keep a copy and run sekisho log verify",
			  found->detail);
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
			warn_of_found(logd->writer);
		if (rc == 0)
			tend(logd);
		if (rc == 0 &&
		    recall_read(&logd->recall, logd->options.state_dir, logd->writer, &err) < 0)
			log_error("what the log says of this terminal cannot be believed: %s",
				  err.text);
	}
	if (rc == 0)
		rc = announce(logd, &err);
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

static void answer(struct logd *logd, uint64_t client, uint32_t tag, int rc, uint64_t seq)
{
	struct ipc_log_ack ack = { .header.kind = IPC_LOG_ACK,
				   .code = rc,
				   .seq = rc == 0 ? seq : 0 };

	ipc_reply(&logd->server, client, tag, &ack, sizeof(ack));
}

static void commit(struct logd *logd)
{
	struct err err = { 0 };
	uint64_t one;
	int rc;

	(void)!read(logd->ready.fd, &one, sizeof(one));
	rc = writer_commit(logd->writer, &err);
	recall_committed(&logd->recall, rc == 0);
	set_trouble(logd, rc, &err);
	for (size_t i = 0; i < logd->n_waiting; i++)
		answer(logd, logd->waiting[i].client, logd->waiting[i].tag, rc,
		       logd->waiting[i].seq);
	logd->n_waiting = logd->n_seen = 0;
	tend(logd);
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
		commit(logd);
}

static int add_event(struct logd *logd, const struct ipc_request *request, uint64_t *ret_seq,
		     struct err *err)
{
	const struct ipc_log_append *append = request->message;
	struct audit_field fields[RECORD_FIELDS_MAX];
	struct record event = { .type = append->type,
				.uid = request->peer.uid,
				.pid = request->peer.pid,
				.fields = fields };
	size_t pos = 0;
	int rc;

	while (event.n_fields < RECORD_FIELDS_MAX &&
	       ipc_event_next(append, &pos, &fields[event.n_fields].key,
			      &fields[event.n_fields].value))
		event.n_fields++;
	rc = writer_add(logd->writer, &event, ret_seq, err);
	if (rc == 0)
		recall_added(&logd->recall, append, *ret_seq, clock_read_us(CLOCK_REALTIME));
	return rc;
}

static void handle_append(struct ipc_server *server, const struct ipc_request *request)
{
	struct logd *logd = server->ctx;
	const struct ipc_log_append *append = request->message;
	struct err err = { 0 };
	uint64_t one = 1;
	uint64_t seq = 0;
	int rc = 0;

	if (!ipc_event_is_valid(append))
		rc = -EBADMSG;
	else if (!sender_may_say(request->peer.uid, logd->options.otp_uid, append))
		rc = -EPERM;
	if (rc == 0)
		rc = logd->writer ? announce(logd, &err) : logd->trouble.code;
	if (rc == 0) {
		rc = add_event(logd, request, &seq, &err);
		if (rc < 0)
			log_error("an event of pid %d was refused: %s", request->peer.pid,
				  err.text);
	}
	if (rc < 0) {
		answer(logd, request->client, request->tag, rc, 0);
		return;
	}
	logd->waiting[logd->n_waiting++] =
		(struct logd_waiting){ request->client, seq, request->tag };
	if (writer_is_full(logd->writer))
		commit(logd);
	else if (logd->n_waiting == 1)
		(void)!write(logd->ready.fd, &one, sizeof(one));
}

static void handle_status(struct ipc_server *server, const struct ipc_request *request)
{
	struct logd *logd = server->ctx;
	struct ipc_log_state state = { .header.kind = IPC_LOG_STATE, .code = logd->trouble.code };

	if (logd->writer) {
		state.size = writer_size(logd->writer);
		(void)snprintf(state.origin, sizeof(state.origin), "%s",
			       writer_origin(logd->writer));
	}
	(void)snprintf(state.detail, sizeof(state.detail), "%s", logd->trouble.text);
	ipc_reply(server, request->client, request->tag, &state, sizeof(state));
}

/* To the daemons alone: it tells of keys and versions. */
static void handle_recall(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_log_recall *ask = request->message;
	struct logd *logd = server->ctx;
	struct ipc_log_recalled reply = logd->recall.newest;
	struct err err = { 0 };

	if (request->peer.uid != 0 && request->peer.uid != logd->options.otp_uid &&
	    request->peer.uid != geteuid())
		(void)err_set(&err, -EPERM, "only the daemons may ask this");
	else if (strncmp(ask->type, RECALL_TYPE, sizeof(ask->type)) != 0)
		(void)err_set(&err, -EINVAL, "only terminal.state is remembered");
	else if (!logd->writer)
		err = logd->trouble;
	if (err.code < 0) {
		ipc_reply_error(server, request->client, request->tag, &err);
		return;
	}
	reply.header.kind = IPC_LOG_RECALLED;
	ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
}

static const struct ipc_service services[] = {
	{ IPC_LOG_APPEND, sizeof(struct ipc_log_append), IPC_RIGHT_ANYONE, handle_append },
	{ IPC_LOG_RECALL, sizeof(struct ipc_log_recall), IPC_RIGHT_ANYONE, handle_recall },
	{ IPC_LOG_STATUS, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, handle_status },
};

static void caught(struct loop_signals *signals, int number)
{
	struct logd *logd = container_of(signals, struct logd, signals);

	(void)number;
	loop_stop(&logd->loop);
}

static int add_sources(struct logd *logd, int listen_fd, struct err *err)
{
	static const int numbers[] = { SIGTERM, SIGINT, 0 };
	int rc = ipc_server_init(&logd->server, &logd->loop, listen_fd, services,
				 sizeof(services) / sizeof(services[0]), logd, err);

	if (rc == 0)
		rc = loop_signals_init(&logd->loop, &logd->signals, numbers, caught, err);
	if (rc == 0)
		rc = loop_timer_init(&logd->loop, &logd->retry, retry_expired, err);
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
		.ready.fd = -1,
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
	if (logd->n_waiting > 0)
		commit(logd);
	return rc;
}

void logd_deinit(struct logd *logd)
{
	if (logd->server.clients)
		ipc_server_deinit(&logd->server);
	loop_signals_deinit(&logd->loop, &logd->signals);
	loop_timer_deinit(&logd->loop, &logd->retry);
	loop_remove(&logd->loop, &logd->ready);
	if (logd->ready.fd >= 0)
		(void)close(logd->ready.fd);
	if (logd->writer)
		writer_free(logd->writer);
	loop_deinit(&logd->loop);
}
