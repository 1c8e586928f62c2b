/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/writer.h"

#include "audit/checkpoint.h"
#include "audit/recover.h"
#include "audit/segment.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/file.h>

/* Room for a #seg line in front and a #cp line behind, so that one write takes all. */
#define BATCH_SIZE (SEGMENT_HEAD_MAX + 512 * 1024 + SEGMENT_CHECK_MAX)
#define BATCH_ENTRIES_END (BATCH_SIZE - SEGMENT_CHECK_MAX)

struct writer {
	int dirfd; /* locked */
	struct signer *identity;
	struct clock clock;
	char boot[RECORD_BOOT_LEN + 1];
	uint64_t segment_max;
	struct writer_found found;

	struct segment_head state; /* what is durable */
	int segment_fd;            /* -1: the next commit begins one */
	uint64_t segment_first;    /* valid while segment_end is 0 */
	uint64_t segment_end;      /* bytes, durable */
	int head_fd;

	struct tree pending; /* state and batch */
	size_t batch_end;    /* entries are batch[SEGMENT_HEAD_MAX..batch_end) */
	char batch[BATCH_SIZE];
};

void writer_free(struct writer *writer)
{
	if (writer->identity)
		signer_free(writer->identity);
	closep(&writer->segment_fd);
	closep(&writer->head_fd);
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
}

int writer_add(struct writer *writer, const struct record *event, uint64_t *ret_seq,
	       struct err *err)
{
	struct record record = *event;
	char *line = writer->batch + writer->batch_end;
	uint8_t hash[TREE_HASH_SIZE];
	size_t len;
	int rc;

	if (writer_is_full(writer))
		return err_set(err, -ENOBUFS, "too many entries for one commit");
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

/* The segment ends at its last checkpoint, or never was when it has none. */
static void abandon_segment(struct writer *writer)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name_format(writer->segment_first, name);
	if (writer->segment_end == 0)
		(void)unlinkat(writer->dirfd, name, 0);
	else
		(void)!ftruncate(writer->segment_fd, (off_t)writer->segment_end);
	(void)close(take_fd(&writer->segment_fd));
}

static int begin_segment(struct writer *writer, struct err *err)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name_format(writer->state.tree.size, name);
	writer->segment_fd = openat(writer->dirfd, name,
				    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (writer->segment_fd < 0)
		return err_set(err, -errno, "create %s: %m", name);
	writer->segment_first = writer->state.tree.size;
	writer->segment_end = 0;
	return 0;
}

/* One write, one fdatasync; a new segment's name must be durable too. */
static int write_durably(struct writer *writer, const char *text, size_t len)
{
	bool is_new = writer->segment_end == 0;
	int rc = 0;

	if (lseek(writer->segment_fd, (off_t)writer->segment_end, SEEK_SET) < 0)
		return -errno;
	rc = file_write_all(writer->segment_fd, text, len);
	if (rc == 0 && fdatasync(writer->segment_fd) < 0)
		rc = -errno;
	if (rc == 0 && is_new && fsync(writer->dirfd) < 0)
		rc = -errno;
	if (rc == 0)
		writer->segment_end += len;
	return rc;
}

static int write_batch(struct writer *writer, struct err *err)
{
	const char *text = writer->batch + SEGMENT_HEAD_MAX;
	char head[SEGMENT_HEAD_MAX];
	size_t head_len = 0;
	int rc;

	if (writer->segment_fd < 0) {
		rc = begin_segment(writer, err);
		if (rc < 0)
			return rc;
	}
	if (writer->segment_end == 0) {
		head_len = segment_head_format(&writer->state, head);
		memcpy(writer->batch + SEGMENT_HEAD_MAX - head_len, head, head_len);
	}
	rc = write_durably(writer, text - head_len,
			   writer->batch_end - SEGMENT_HEAD_MAX + head_len);
	if (rc < 0) {
		errno = -rc;
		(void)err_set(err, rc,
			      "write the log: %m; remedy: make room on, or replace, the disk of "
			      "/var/lib/sekisho");
	}
	return rc;
}

/*
 * Once fdatasync() has failed, nobody knows which pages of the file are on the
 * disk, and a second call would only report success: that file is finished.
 */
static int write_somewhere(struct writer *writer, struct err *err)
{
	int rc = write_batch(writer, err);

	if (rc == 0)
		return 0;
	if (writer->segment_fd >= 0 && writer->segment_end > 0 &&
	    (rc == -ENOSPC || rc == -EDQUOT)) {
		(void)!ftruncate(writer->segment_fd, (off_t)writer->segment_end);
		return rc;
	}
	if (writer->segment_fd >= 0)
		abandon_segment(writer);
	if (rc == -ENOSPC || rc == -EDQUOT)
		return rc;
	rc = write_batch(writer, err);
	if (rc < 0 && writer->segment_fd >= 0)
		abandon_segment(writer);
	return rc;
}

/*
 * Written after the entries are durable and before anybody is told, without a
 * sync of its own: it never says more than the log, and after a kill it says
 * all that was acknowledged.
 */
static void write_head(struct writer *writer)
{
	char text[SEGMENT_HEAD_MAX];
	size_t len = segment_head_format(&writer->state, text);

	if (pwrite(writer->head_fd, text, len, 0) != (ssize_t)len)
		(void)!ftruncate(writer->head_fd, 0); /* none is better than half of one */
}

/* A segment that is long enough is closed; the next commit begins another. */
static void rotate(struct writer *writer)
{
	if (writer->segment_fd >= 0 && writer->segment_end >= writer->segment_max)
		(void)close(take_fd(&writer->segment_fd));
}

int writer_commit(struct writer *writer, struct err *err)
{
	struct checkpoint checkpoint = { .size = writer->pending.size };
	struct segment_check check = { .size = writer->pending.size };
	int rc;

	if (writer_is_empty(writer))
		return 0;
	strcpy(checkpoint.origin, writer->state.origin);
	tree_root(&writer->pending, checkpoint.root);
	memcpy(check.root, checkpoint.root, sizeof(check.root));
	checkpoint_sign(&checkpoint, writer->identity, check.signature);
	writer->batch_end += segment_check_format(&check, writer->batch + writer->batch_end);

	rc = write_somewhere(writer, err);
	if (rc == 0) {
		writer->state.tree = writer->pending;
		writer->state.check = check;
		write_head(writer);
		rotate(writer);
	}
	forget_batch(writer);
	return rc;
}

/* The first 16 digits of the kernel's boot id. */
static int read_boot_id(char out[RECORD_BOOT_LEN + 1], struct err *err)
{
	char text[64] = "";
	size_t n = 0;
	int rc = file_read_attribute(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text,
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
	return 0;
}

/* A log that has entries and no key has been robbed: it gets no new key by itself. */
static int open_key(struct writer *writer, const char *terminal_id, struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	char name[NOTE_NAME_MAX + 1];
	size_t n = 0;
	int rc = signer_load(writer->dirfd, WRITER_KEY_FILE, &writer->identity, err);

	if (rc == -ENOENT) {
		rc = segment_list(writer->dirfd, &firsts, &n, err);
		if (rc < 0)
			return rc;
		if (n > 0 || faccessat(writer->dirfd, WRITER_VKEY_FILE, F_OK, 0) == 0)
			return err_set(err, -ENOKEY,
				       "the log has lost %s; remedy: restore it, or move the whole "
				       "log aside and give the auditor the new vkey",
				       WRITER_KEY_FILE);
		(void)snprintf(name, sizeof(name), "sekisho.local/t/%s/1", terminal_id);
		rc = signer_create(writer->dirfd, WRITER_KEY_FILE, name, &writer->identity, err);
	}
	return rc < 0 ? rc : signer_publish(writer->identity, writer->dirfd, WRITER_VKEY_FILE, err);
}

int writer_open(const struct writer_options *options, struct writer **ret, struct err *err)
{
	cleanup_writer struct writer *writer = calloc(1, sizeof(*writer));
	struct recovery recovery;
	int rc;

	if (!writer)
		return err_set(err, -ENOMEM, "out of memory");
	writer->dirfd = writer->segment_fd = writer->head_fd = -1;
	writer->clock = options->clock;
	writer->segment_max = options->segment_max;
	rc = open_directory(writer, options->dir, err);
	if (rc == 0)
		rc = read_boot_id(writer->boot, err);
	if (rc == 0)
		rc = open_key(writer, options->terminal_id, err);
	if (rc == 0)
		rc = recover(writer->dirfd, writer->identity, &recovery, err);
	if (rc < 0)
		return rc;
	writer->state = recovery.state;
	writer->segment_fd = recovery.fd;
	writer->segment_end = recovery.end;
	writer->found = recovery.found;
	rotate(writer);
	forget_batch(writer);
	*ret = take_ptr(&writer);
	return 0;
}
