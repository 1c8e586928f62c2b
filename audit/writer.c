/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/writer.h"

#include "audit/checkpoint.h"
#include "audit/head_files.h"
#include "audit/output.h"
#include "audit/epoch_event.h"
#include "audit/key_event.h"
#include "audit/recover.h"
#include "audit/reserve.h"
#include "audit/segment.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Room for a #seg line in front and a #cp line behind, so that one write takes all. */
#define BATCH_SIZE (SEGMENT_HEAD_MAX + 512 * 1024 + SEGMENT_CHECK_MAX)
#define BATCH_ENTRIES_END (BATCH_SIZE - SEGMENT_CHECK_MAX - RECORD_MAX - 2) /* and log.epoch */

struct writer {
	int dirfd;
	int lock_fd;
	struct signer *identity;
	struct epoch_keys *keys;
	enum writer_reason due;    /* the epoch is to end */
	enum writer_reason coming; /* what the batch will bring about */
	int64_t epoch_us;          /* boot time when it began */
	struct clock clock;
	char boot[RECORD_BOOT_LEN + 1];
	bool first_of_boot;
	uint64_t segment_max;
	struct writer_found found;

	struct segment_head state; /* what is durable */
	struct output output;
	struct head_files heads;

	struct tree pending; /* state and batch */
	size_t batch_end;    /* entries are batch[SEGMENT_HEAD_MAX..batch_end) */
	char batch[BATCH_SIZE];
};

void writer_free(struct writer *writer)
{
	if (writer->identity)
		signer_free(writer->identity);
	if (writer->keys)
		epoch_keys_free(writer->keys);
	closep(&writer->output.fd);
	head_files_close(&writer->heads);
	closep(&writer->dirfd);
	closep(&writer->lock_fd);
	free(writer);
}

const struct writer_found *writer_found(const struct writer *writer)
{
	return &writer->found;
}

bool writer_is_first_of_boot(const struct writer *writer)
{
	return writer->first_of_boot;
}

const char *writer_origin(const struct writer *writer)
{
	return writer->state.origin;
}

uint64_t writer_size(const struct writer *writer)
{
	return writer->state.tree.size;
}

void writer_root(const struct writer *writer, uint8_t ret[TREE_HASH_SIZE])
{
	tree_root(&writer->state.tree, ret);
}

void writer_attest(const struct writer *writer, const uint8_t nonce[ATTEST_NONCE_SIZE],
		   struct writer_attestation *ret)
{
	struct checkpoint head = { .size = writer->state.tree.size };
	char text[ATTEST_TEXT_MAX];

	strcpy(head.origin, writer->state.origin);
	tree_root(&writer->state.tree, head.root);
	*ret = (struct writer_attestation){ .size = head.size, .epoch = writer->state.next.number };
	memcpy(ret->root, head.root, sizeof(ret->root));
	epoch_keys_sign(writer->keys, text, attest_format(&head, ret->epoch, nonce, text),
			ret->signature);
	checkpoint_sign(&head, writer->identity, ret->identity);
}

bool writer_is_full(const struct writer *writer)
{
	return writer->pending.size - writer->state.tree.size >= WRITER_BATCH_MAX ||
	       BATCH_ENTRIES_END - writer->batch_end < RECORD_MAX + 2;
}

bool writer_is_empty(const struct writer *writer)
{
	return writer->pending.size == writer->state.tree.size;
}

static void forget_batch(struct writer *writer)
{
	writer->pending = writer->state.tree;
	writer->batch_end = SEGMENT_HEAD_MAX;
	writer->coming = WRITER_GOES_ON;
}

static int add(struct writer *writer, const struct record *event, uint64_t *ret_seq,
	       struct err *err)
{
	struct record record = *event;
	char *line = writer->batch + writer->batch_end;
	uint8_t hash[TREE_HASH_SIZE];
	size_t len;
	int rc;

	record.seq = writer->pending.size;
	record.wall_us = writer->clock.wall_us(writer->clock.ctx);
	record.boot_us = writer->clock.boot_us(writer->clock.ctx);
	record.boot = writer->boot;
	randombytes_buf(record.salt, sizeof(record.salt));
	rc = record_write(&record, line, &len, err);
	if (rc < 0)
		return rc;
	tree_leaf_hash(line, len, hash);
	tree_append(&writer->pending, hash);
	line[len] = '\n';
	writer->batch_end += len + 1;
	*ret_seq = record.seq;
	return 0;
}

int writer_add(struct writer *writer, const struct record *event, uint64_t *ret_seq,
	       struct err *err)
{
	int rc;

	if (writer_is_full(writer))
		return err_set(err, -ENOBUFS, "too many entries for one commit");
	rc = add(writer, event, ret_seq, err);
	if (rc == 0 &&
	    (strcmp(event->type, "policy.load") == 0 || strcmp(event->type, "zone.change") == 0))
		writer->coming = WRITER_POLICY;
	return rc;
}

static const char *reason_word(enum writer_reason reason)
{
	switch (reason) {
	case WRITER_GOES_ON:
	case WRITER_TIME:
		return "time";
	case WRITER_POLICY:
		return "policy";
	case WRITER_SUSPEND:
		return "suspend";
	case WRITER_SHUTDOWN:
		return "shutdown";
	case WRITER_BOOT:
		return "boot";
	}
	return "";
}

/* The entry that certifies the next key, as the last one of the batch. */
static int add_epoch(struct writer *writer, struct err *err)
{
	struct epoch_event event;
	uint64_t seq;

	epoch_event_init(&event, writer->keys, writer->state.origin, reason_word(writer->due));
	return add(writer, &event.record, &seq, err);
}

/* The batch is durable: what it brought about, and whether the epoch has lasted long enough. */
static void pass_on(struct writer *writer, bool closes)
{
	int64_t now_us = writer->clock.boot_us(writer->clock.ctx);

	if (closes) {
		epoch_keys_advance(writer->keys);
		writer->state.next = *epoch_keys_current(writer->keys);
		writer->epoch_us = now_us;
		writer->due = WRITER_GOES_ON;
	}
	if (writer->coming != WRITER_GOES_ON)
		writer_end_epoch(writer, writer->coming);
	else if (now_us - writer->epoch_us >= WRITER_EPOCH_US)
		writer_end_epoch(writer, WRITER_TIME);
}

/* Signs what is pending and writes it. */
static int commit(struct writer *writer, struct err *err)
{
	struct checkpoint checkpoint = { .size = writer->pending.size };
	struct segment_check check = { .size = writer->pending.size,
				       .epoch = writer->state.next.number };
	char body[CHECKPOINT_BODY_MAX];
	int rc;

	strcpy(checkpoint.origin, writer->state.origin);
	tree_root(&writer->pending, checkpoint.root);
	memcpy(check.root, checkpoint.root, sizeof(check.root));
	epoch_keys_sign(writer->keys, body, checkpoint_format(&checkpoint, body), check.signature);
	writer->batch_end += segment_check_format(&check, writer->batch + writer->batch_end);
	rc = output_write(&writer->output, &writer->state, writer->batch + SEGMENT_HEAD_MAX,
			  writer->batch_end - SEGMENT_HEAD_MAX, err);
	if (rc < 0)
		return rc;
	writer->state.tree = writer->pending;
	writer->state.check = check;
	writer->state.signer = writer->state.next;
	return 0;
}

int writer_commit(struct writer *writer, struct err *err)
{
	bool closes = epoch_keys_prepared(writer->keys) != NULL;
	int rc;

	if (writer_is_empty(writer))
		return 0;
	rc = closes ? add_epoch(writer, err) : 0;
	if (rc == 0)
		rc = commit(writer, err);
	if (rc == 0) {
		pass_on(writer, closes);
		head_files_write(&writer->heads, &writer->state, writer->identity);
		output_rotate(&writer->output, writer->segment_max);
	}
	forget_batch(writer);
	return rc;
}

void writer_close_segment(struct writer *writer)
{
	output_rotate(&writer->output, 0);
}

int writer_add_identity(struct writer *writer, const struct record *by, char *ret_vkey,
			uint64_t *ret_seq, struct err *err)
{
	cleanup_signer struct signer *staged = NULL;
	struct key_event event;
	int rc = identity_stage(writer->dirfd, writer->identity, &staged, err);

	if (rc < 0)
		return rc;
	note_key_format(signer_public(staged), ret_vkey);
	key_event_init(&event, writer->keys, writer->state.origin, writer->pending.size, ret_vkey);
	event.record.uid = by->uid;
	event.record.pid = by->pid;
	return writer_add(writer, &event.record, ret_seq, err);
}

int writer_switch_identity(struct writer *writer, const char *vkey, struct err *err)
{
	int rc = identity_settle(writer->dirfd, vkey, &writer->identity, err);

	if (rc == 0)
		head_files_write(&writer->heads, &writer->state, writer->identity);
	return rc;
}

bool writer_is_short(const struct writer *writer)
{
	return writer->output.is_short;
}

bool writer_refill(struct writer *writer)
{
	writer->output.is_short = !reserve_make(writer->dirfd);
	return !writer->output.is_short;
}

int writer_take_failure(struct writer *writer)
{
	int failure = writer->output.failure;

	writer->output.failure = 0;
	return failure;
}

void writer_end_epoch(struct writer *writer, enum writer_reason reason)
{
	if (writer->due < reason)
		writer->due = reason;
}

int writer_tend(struct writer *writer, struct err *err)
{
	int rc = epoch_keys_erase(writer->keys, err);

	if (rc == 0 && writer->due != WRITER_GOES_ON)
		rc = epoch_keys_prepare(writer->keys, err);
	return rc;
}

/* The first 16 digits of the kernel's boot id. */
static int read_boot_id(const char *given, char out[RECORD_BOOT_LEN + 1], struct err *err)
{
	char text[64] = "";
	size_t n = 0;
	int rc = 0;

	if (given)
		(void)snprintf(text, sizeof(text), "%s", given);
	else
		rc = file_read_attribute(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text,
					 sizeof(text));

	for (const char *pos = text; rc == 0 && *pos && n < RECORD_BOOT_LEN; pos++) {
		if (*pos != '-')
			out[n++] = *pos;
	}
	out[n] = '\0';
	if (n < RECORD_BOOT_LEN)
		return err_set(err, rc < 0 ? rc : -EBADMSG, "the boot id cannot be read");
	return 0;
}

static int open_directory(struct writer *writer, const char *dir, struct err *err)
{
	int rc;

	writer->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (writer->dirfd < 0)
		return err_set(err, -errno, "open %s: %m", dir);
	rc = file_lock(writer->dirfd, WRITER_LOCK, &writer->lock_fd);
	if (rc == -EWOULDBLOCK)
		return err_set(err, -EBUSY, "another process writes the log in %s", dir);
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "open %s: %m", WRITER_LOCK);
	}
	return head_files_open(&writer->heads, writer->dirfd, err);
}

static int find_place(struct writer *writer, struct err *err)
{
	struct recovery recovery;
	int rc = recover(writer->dirfd, signer_public(writer->identity), writer->keys, writer->boot,
			 &recovery, err);

	if (rc < 0)
		return rc;
	writer->state = recovery.state;
	writer->output =
		(struct output){ .dirfd = writer->dirfd, .fd = recovery.fd, .end = recovery.end };
	(void)writer_refill(writer);
	writer->found = recovery.found;
	writer->first_of_boot = !recovery.same_boot || recovery.state.tree.size == 0;
	if (!recovery.same_boot)
		writer_end_epoch(writer, WRITER_BOOT);
	return identity_settle(writer->dirfd, recovery.identity, &writer->identity, err);
}

int writer_open(const struct writer_options *options, struct writer **ret, struct err *err)
{
	cleanup_writer struct writer *writer = calloc(1, sizeof(*writer));
	int rc;

	if (!writer)
		return err_set(err, -ENOMEM, "out of memory");
	writer->dirfd = writer->lock_fd = writer->output.fd = -1;
	writer->heads = HEAD_FILES_UNUSED;
	writer->clock = options->clock;
	writer->segment_max = options->segment_max;
	rc = open_directory(writer, options->dir, err);
	if (rc == 0)
		rc = read_boot_id(options->boot, writer->boot, err);
	if (rc == 0)
		rc = identity_open(writer->dirfd, options->terminal_id, &writer->identity,
				   &writer->keys, err);
	if (rc == 0)
		rc = find_place(writer, err);
	if (rc < 0)
		return rc;
	writer->epoch_us = writer->clock.boot_us(writer->clock.ctx);
	output_rotate(&writer->output, writer->segment_max);
	forget_batch(writer);
	*ret = take_ptr(&writer);
	return 0;
}
