/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/writer.h"

#include "audit/checkpoint.h"
#include "audit/output.h"
#include "audit/recover.h"
#include "audit/segment.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Room for a #seg line in front and a #cp line behind, so that one write takes all. */
#define BATCH_SIZE (SEGMENT_HEAD_MAX + 512 * 1024 + SEGMENT_CHECK_MAX)
#define BATCH_ENTRIES_END (BATCH_SIZE - SEGMENT_CHECK_MAX - RECORD_MAX - 2) /* and log.epoch */

struct writer {
	int dirfd; /* locked */
	struct signer *identity;
	struct epoch_keys *keys;
	enum writer_reason due;    /* the epoch is to end */
	enum writer_reason coming; /* what the batch will bring about */
	int64_t epoch_us;          /* boot time when it began */
	struct clock clock;
	char boot[RECORD_BOOT_LEN + 1];
	uint64_t segment_max;
	struct writer_found found;

	struct segment_head state; /* what is durable */
	struct output output;
	int head_fd;
	int checkpoint_fd;

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
	closep(&writer->head_fd);
	closep(&writer->checkpoint_fd);
	closep(&writer->dirfd);
	free(writer);
}

const struct writer_found *writer_found(const struct writer *writer)
{
	return &writer->found;
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
	struct epoch_step step = { .next = *epoch_keys_prepared(writer->keys) };
	char text[EPOCH_TEXT_MAX];
	char number[24];
	char key[NOTE_HASH_TEXT];
	char signature[NOTE_SIG_TEXT];
	const struct audit_field fields[] = { { "epoch", number },
					      { "epoch_key", key },
					      { "epoch_sig", signature },
					      { "reason", reason_word(writer->due) } };
	const struct record event = { .type = EPOCH_ENTRY,
				      .uid = geteuid(),
				      .pid = getpid(),
				      .fields = fields,
				      .n_fields = sizeof(fields) / sizeof(fields[0]) };
	uint64_t seq;

	epoch_keys_sign(writer->keys, text,
			epoch_certificate_format(&step.next, writer->state.origin, text),
			step.signature);
	(void)snprintf(number, sizeof(number), "%" PRIu64, step.next.number);
	(void)sodium_bin2base64(key, sizeof(key), step.next.public, NOTE_PUBLIC_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	(void)sodium_bin2base64(signature, sizeof(signature), step.signature, NOTE_SIGNATURE_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	return add(writer, &event, &seq, err);
}

/* The same as a note, for those who know nothing of segments: the identity vouches for it. */
static void write_checkpoint(struct writer *writer, const struct checkpoint *checkpoint)
{
	uint8_t signature[NOTE_SIGNATURE_SIZE];
	char text[CHECKPOINT_MAX];
	struct note_key key;
	size_t len;

	checkpoint_sign(checkpoint, writer->identity, signature);
	len = checkpoint_note_format(checkpoint, signer_public(writer->identity), signature, text);
	if (epoch_note_key(&writer->state.signer, checkpoint->origin, &key))
		len += note_signature_format(&key, writer->state.check.signature, text + len);
	if (pwrite(writer->checkpoint_fd, text, len, 0) != (ssize_t)len)
		len = 0;
	(void)!ftruncate(writer->checkpoint_fd, (off_t)len);
}

/*
 * Written after the entries are durable and before anybody is told, without a
 * sync of its own: it never says more than the log, and after a kill it says
 * all that was acknowledged.
 */
static void write_head(struct writer *writer, const struct checkpoint *checkpoint)
{
	char text[SEGMENT_HEAD_MAX];
	size_t len = segment_head_format(&writer->state, text);

	if (pwrite(writer->head_fd, text, len, 0) != (ssize_t)len)
		(void)!ftruncate(writer->head_fd, 0); /* none is better than half of one */
	write_checkpoint(writer, checkpoint);
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
static int commit(struct writer *writer, struct checkpoint *checkpoint, struct err *err)
{
	struct segment_check check = { .size = writer->pending.size,
				       .epoch = writer->state.next.number };
	char body[CHECKPOINT_BODY_MAX];
	int rc;

	*checkpoint = (struct checkpoint){ .size = writer->pending.size };
	strcpy(checkpoint->origin, writer->state.origin);
	tree_root(&writer->pending, checkpoint->root);
	memcpy(check.root, checkpoint->root, sizeof(check.root));
	epoch_keys_sign(writer->keys, body, checkpoint_format(checkpoint, body), check.signature);
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
	struct checkpoint checkpoint;
	int rc;

	if (writer_is_empty(writer))
		return 0;
	rc = closes ? add_epoch(writer, err) : 0;
	if (rc == 0)
		rc = commit(writer, &checkpoint, err);
	if (rc == 0) {
		pass_on(writer, closes);
		write_head(writer, &checkpoint);
		output_rotate(&writer->output, writer->segment_max);
	}
	forget_batch(writer);
	return rc;
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
	writer->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (writer->dirfd < 0)
		return err_set(err, -errno, "open %s: %m", dir);
	if (flock(writer->dirfd, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, -EBUSY, "another process writes the log in %s", dir);
	writer->head_fd = openat(writer->dirfd, SEGMENT_HEAD_FILE,
				 O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (writer->head_fd < 0)
		return err_set(err, -errno, "open %s/%s: %m", dir, SEGMENT_HEAD_FILE);
	writer->checkpoint_fd = openat(writer->dirfd, CHECKPOINT_FILE,
				       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (writer->checkpoint_fd < 0)
		return err_set(err, -errno, "open %s/%s: %m", dir, CHECKPOINT_FILE);
	return 0;
}

static int find_place(struct writer *writer, struct err *err)
{
	struct recovery recovery;
	int rc = recover(writer->dirfd, signer_public(writer->identity), writer->keys, writer->boot,
			 &recovery, err);

	if (rc < 0)
		return rc;
	writer->state = recovery.state;
	writer->output = (struct output){ writer->dirfd, recovery.fd, 0, recovery.end };
	writer->found = recovery.found;
	if (!recovery.same_boot)
		writer_end_epoch(writer, WRITER_BOOT);
	return 0;
}

int writer_open(const struct writer_options *options, struct writer **ret, struct err *err)
{
	cleanup_writer struct writer *writer = calloc(1, sizeof(*writer));
	int rc;

	if (!writer)
		return err_set(err, -ENOMEM, "out of memory");
	writer->dirfd = writer->output.fd = writer->head_fd = writer->checkpoint_fd = -1;
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
