/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/answers.h"

#include "core/lang.h"
#include "core/log.h"
#include "ipc/event.h"
#include "logd/logd.h"
#include "logd/own.h"
#include "logd/redact.h"
#include "logd/sender.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* What may be asked for now: refused where the log is shut, or has room only for what matters. */
static int may_append(struct logd *logd, const struct ipc_request *request, struct err *err)
{
	const struct ipc_log_append *append = request->message;
	int rc;

	if (!ipc_event_is_valid(append))
		return -EBADMSG;
	if (!sender_may_say(request->peer.uid, logd->options.otp_uid, append))
		return -EPERM;
	rc = logd->writer ? own_announce(logd, err) : logd->trouble.code;
	return rc < 0 ? rc : shortage_admit(&logd->shortage, append->type);
}

static void handle_append(struct ipc_server *server, const struct ipc_request *request)
{
	struct logd *logd = server->ctx;
	const struct ipc_log_append *append = request->message;
	struct err err = { 0 };
	uint64_t seq = 0;
	int rc = may_append(logd, request, &err);

	if (rc == 0 && strcmp(append->type, REDACT_TYPE) == 0) {
		redact_handle(server, request);
		return;
	}
	if (rc == 0) {
		rc = add_event(logd, request, &seq, &err);
		if (rc < 0)
			log_error("an event of pid %d was refused: %s", request->peer.pid,
				  err.text);
	}
	if (rc < 0) {
		logd_answer(logd, request->client, request->tag, rc, 0);
		return;
	}
	logd_wait(logd, request, append->type, seq);
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

static void refuse(struct ipc_server *server, const struct ipc_request *request, int code,
		   const char *text)
{
	struct err err = { 0 };

	(void)err_set(&err, code, "%s", tr(text));
	ipc_reply_error(server, request->client, request->tag, &err);
}

/* Said in the name of who asked, durable and with the old key gone before the answer. */
static int say_at_once(struct logd *logd, const struct ipc_request *request, const char *type,
		       const struct audit_field *fields, size_t n, uint64_t *ret_seq)
{
	const struct record event = { .type = type,
				      .uid = request->peer.uid,
				      .pid = request->peer.pid,
				      .fields = fields,
				      .n_fields = n };
	struct err err = { 0 };
	int rc = logd->writer ? own_announce(logd, &err) : logd->trouble.code;

	if (rc == 0)
		rc = writer_add(logd->writer, &event, ret_seq, &err);
	return rc < 0 ? rc : logd_commit(logd);
}

static void handle_mark(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_log_mark *ask = request->message;
	struct logd *logd = server->ctx;
	bool suspend = ask->mark == IPC_LOG_MARK_SUSPEND;
	uint64_t seq = 0;
	int rc;

	if (request->peer.uid != 0 && request->peer.uid != geteuid()) {
		refuse(server, request, -EPERM, N_("only root may ask this"));
		return;
	}
	if (!suspend && ask->mark != IPC_LOG_MARK_RESUME) {
		refuse(server, request, -EINVAL, N_("there is no such mark"));
		return;
	}
	if (logd->writer)
		logd_commit(logd);
	if (suspend)
		logd_end_epoch(logd, WRITER_SUSPEND);
	rc = say_at_once(logd, request, suspend ? "system.suspend" : "system.resume", NULL, 0,
			 &seq);
	logd_answer(logd, request->client, request->tag, rc, seq);
}

/* Anyone may ask: what is signed says no more than the files, and nothing else can be made of it.
 */
static void handle_attest(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_log_attest *ask = request->message;
	struct logd *logd = server->ctx;
	struct ipc_log_attested reply = { .header.kind = IPC_LOG_ATTESTED };
	struct writer_attestation made;

	if (!logd->writer) {
		ipc_reply_error(server, request->client, request->tag, &logd->trouble);
		return;
	}
	writer_attest(logd->writer, ask->nonce, &made);
	reply.size = made.size;
	reply.epoch = made.epoch;
	memcpy(reply.root, made.root, sizeof(reply.root));
	memcpy(reply.signature, made.signature, sizeof(reply.signature));
	memcpy(reply.identity, made.identity, sizeof(reply.identity));
	ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
}

/* The new key is durable before the log names it, and in use once the log has. */
static void handle_rotate(struct ipc_server *server, const struct ipc_request *request)
{
	struct logd *logd = server->ctx;
	char vkey[NOTE_VKEY_MAX];
	const struct record by = { .uid = request->peer.uid, .pid = request->peer.pid };
	struct err err = { 0 };
	uint64_t seq = 0;
	int rc;

	if (request->peer.uid != 0 && request->peer.uid != geteuid()) {
		refuse(server, request, -EPERM, N_("only root may ask this"));
		return;
	}
	if (logd->writer)
		(void)logd_commit(logd);
	rc = logd->writer ? own_announce(logd, &err) : logd->trouble.code;
	if (rc == 0)
		rc = writer_add_identity(logd->writer, &by, vkey, &seq, &err);
	if (rc == 0)
		rc = logd_commit(logd);
	if (rc == 0)
		rc = writer_switch_identity(logd->writer, vkey, &err);
	if (rc < 0)
		log_error("the identity key was not changed: %s", err.text);
	logd_answer(logd, request->client, request->tag, rc, seq);
}

/* From the job that tends the files, which runs as the same user: said before anything goes. */
static void handle_prune(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_log_prune *ask = request->message;
	struct logd *logd = server->ctx;
	char first[24];
	char root[NOTE_HASH_TEXT];
	char count[24];
	const struct audit_field fields[] = {
		{ "count", count }, { "first", first }, { "root", root }, { "reason", ask->reason }
	};
	uint64_t seq = 0;
	int rc;

	if (request->peer.uid != geteuid()) {
		refuse(server, request, -EPERM, N_("only the log's own user may ask this"));
		return;
	}
	if (!logd->writer || ask->first >= writer_size(logd->writer) ||
	    !memchr(ask->reason, '\0', sizeof(ask->reason))) {
		refuse(server, request, -EINVAL, N_("the log does not reach that far"));
		return;
	}
	(void)snprintf(first, sizeof(first), "%" PRIu64, ask->first);
	(void)snprintf(count, sizeof(count), "%" PRIu64, ask->n_changes);
	(void)sodium_bin2base64(root, sizeof(root), ask->root, sizeof(ask->root),
				sodium_base64_VARIANT_ORIGINAL);
	logd_commit(logd);
	rc = say_at_once(logd, request, "log.prune", fields, 4, &seq);
	logd_answer(logd, request->client, request->tag, rc, seq);
}

const struct ipc_service answers_services[] = {
	{ IPC_LOG_APPEND, sizeof(struct ipc_log_append), IPC_RIGHT_ANYONE, handle_append },
	{ IPC_LOG_RECALL, sizeof(struct ipc_log_recall), IPC_RIGHT_ANYONE, handle_recall },
	{ IPC_LOG_STATUS, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, handle_status },
	{ IPC_LOG_MARK, sizeof(struct ipc_log_mark), IPC_RIGHT_ANYONE, handle_mark },
	{ IPC_LOG_ATTEST, sizeof(struct ipc_log_attest), IPC_RIGHT_ANYONE, handle_attest },
	{ IPC_LOG_ROTATE, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, handle_rotate },
	{ IPC_LOG_PRUNE, sizeof(struct ipc_log_prune), IPC_RIGHT_ANYONE, handle_prune },
};
const size_t answers_n_services = sizeof(answers_services) / sizeof(answers_services[0]);
