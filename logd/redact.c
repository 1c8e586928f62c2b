/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/redact.h"

#include "audit/redact.h"
#include "audit/seg_index.h"
#include "core/cleanup.h"
#include "core/log.h"
#include "core/parse.h"
#include "ipc/event.h"
#include "logd/logd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

/* The sender's fields, and after them the hash: what is named is what stands there. */
static size_t take_fields(const struct ipc_log_append *append, const char *leaf,
			  struct audit_field fields[RECORD_FIELDS_MAX], const char **ret_seq_of)
{
	size_t pos = 0;
	size_t n = 0;

	*ret_seq_of = "";
	while (n < RECORD_FIELDS_MAX - 1 &&
	       ipc_event_next(append, &pos, &fields[n].key, &fields[n].value)) {
		if (strcmp(fields[n].key, "seq_of") == 0)
			*ret_seq_of = fields[n].value;
		n++;
	}
	fields[n++] = (struct audit_field){ "leaf", leaf };
	return n;
}

static int say(struct logd *logd, const struct ipc_request *request, const char *leaf,
	       uint64_t *ret_seq, struct err *err)
{
	const struct ipc_log_append *append = request->message;
	struct audit_field fields[RECORD_FIELDS_MAX];
	const char *seq_of;
	const struct record event = { .type = REDACT_TYPE,
				      .uid = request->peer.uid,
				      .pid = request->peer.pid,
				      .fields = fields,
				      .n_fields = take_fields(append, leaf, fields, &seq_of) };
	int rc = writer_add(logd->writer, &event, ret_seq, err);

	return rc < 0 ? rc : logd_commit(logd);
}

/* What was asked for before and is not done. */
static int catch_up(struct logd *logd, struct err *err)
{
	cleanup_close int dirfd = open(logd->options.state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int lock = -1;
	struct redaction late;
	int rc;

	if (!logd->redacts_late)
		return 0;
	if (dirfd < 0)
		return err_set(err, -errno, "open %s: %m", logd->options.state_dir);
	(void)logd_commit(logd);
	rc = seg_index_lock(dirfd, &lock, err);
	while (rc == 0 && (rc = redact_find_late(dirfd, &late, err)) == 1) {
		writer_close_segment(logd->writer);
		rc = redact_apply(dirfd, late.seq, late.leaf, err);
	}
	logd->redacts_late = rc < 0;
	return rc;
}

/* Nothing is on its way to the disk, and no segment is open while one is rewritten. */
static int redact(struct logd *logd, const struct ipc_request *request, uint64_t *ret_seq,
		  struct err *err)
{
	cleanup_close int dirfd = open(logd->options.state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int lock = -1;
	struct audit_field fields[RECORD_FIELDS_MAX];
	uint8_t leaf[TREE_HASH_SIZE];
	char text[NOTE_HASH_TEXT] = "";
	const char *seq_of;
	uint64_t seq = 0;
	int rc;

	(void)take_fields(request->message, text, fields, &seq_of);
	if (dirfd < 0)
		return err_set(err, -errno, "open %s: %m", logd->options.state_dir);
	(void)logd_commit(logd);
	rc = catch_up(logd, err);
	if (rc == 0)
		rc = parse_u64(seq_of, SEGMENT_SEQ_MAX, &seq, err);
	if (rc == 0)
		rc = seg_index_lock(dirfd, &lock, err);
	if (rc == 0)
		rc = redact_look(dirfd, seq, leaf, err);
	if (rc < 0)
		return rc;
	(void)sodium_bin2base64(text, sizeof(text), leaf, sizeof(leaf),
				sodium_base64_VARIANT_ORIGINAL);
	rc = say(logd, request, text, ret_seq, err);
	if (rc < 0)
		return rc;
	writer_close_segment(logd->writer);
	rc = redact_apply(dirfd, seq, leaf, err);
	logd->redacts_late |= rc < 0;
	return rc;
}

void redact_handle(struct ipc_server *server, const struct ipc_request *request)
{
	struct logd *logd = server->ctx;
	struct err err = { 0 };
	uint64_t seq = 0;
	int rc = redact(logd, request, &seq, &err);

	if (rc < 0)
		log_error("no entry was blacked out: %s", err.text);
	logd_answer(logd, request->client, request->tag, rc, seq);
}

void redact_catch_up(struct logd *logd)
{
	struct err err = { 0 };

	if (logd->writer && catch_up(logd, &err) < 0)
		log_error("what is to be blacked out is not yet: %s", err.text);
}
