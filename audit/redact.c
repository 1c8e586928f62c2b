/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/redact.h"

#include "audit/seg_index.h"
#include "audit/leaves.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define OWN_TYPES "log."
#define STATE_TYPE "terminal.state"
#define NEW_SUFFIX ".new"
#define LATE_SEGMENTS 2 /* the newest: one ends where an entry is blacked out */

static int no_entry(uint64_t seq, struct err *err)
{
	return err_set(err, -ERANGE, "the log has no entry %" PRIu64, seq);
}

static int judge(const struct leaf *leaf, uint64_t seq, struct err *err)
{
	if (leaf->kind == LEAF_REDACTED)
		return err_set(err, -EALREADY, "entry %" PRIu64 " is blacked out already", seq);
	if (leaf->prefix.type_len >= strlen(OWN_TYPES) &&
	    memcmp(leaf->prefix.type, OWN_TYPES, strlen(OWN_TYPES)) == 0)
		return err_set(err, -EPERM,
			       "entry %" PRIu64 " is one of the log about itself: it stays", seq);
	if (leaf->prefix.type_len == strlen(STATE_TYPE) &&
	    memcmp(leaf->prefix.type, STATE_TYPE, strlen(STATE_TYPE)) == 0)
		return err_set(err, -EPERM,
			       "by entry %" PRIu64
			       " the terminal knows older files again: it stays",
			       seq);
	return 0;
}

int redact_look(int dirfd, uint64_t seq, uint8_t ret_leaf[TREE_HASH_SIZE], struct err *err)
{
	cleanup_leaves struct leaves leaves = { 0 };
	struct leaf leaf;
	int rc = leaves_open(dirfd, seq, &leaves, err);

	if (rc == 0 && leaves.head.tree.size > seq)
		return no_entry(seq, err);
	while (rc >= 0) {
		rc = leaves_next(&leaves, &leaf, err);
		if (rc == 0)
			return no_entry(seq, err);
		if (rc > 0 && leaf.kind != LEAF_CHECK && leaf.seq == seq)
			break;
	}
	if (rc > 0)
		rc = judge(&leaf, seq, err);
	if (rc == 0)
		memcpy(ret_leaf, leaf.hash, TREE_HASH_SIZE);
	return rc;
}

/* The first seq of the segment that holds it. */
static int find_segment(int dirfd, uint64_t seq, uint64_t *ret_first, struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	size_t n = 0;
	int rc = segment_list(dirfd, &firsts, &n, err);

	if (rc < 0)
		return rc;
	if (n == 0 || firsts[0] > seq)
		return no_entry(seq, err);
	while (n > 1 && firsts[n - 1] > seq)
		n--;
	*ret_first = firsts[n - 1];
	return 0;
}

/* True when this line is that entry. */
static bool is_it(const struct line *line, uint64_t seq, const uint8_t leaf[TREE_HASH_SIZE])
{
	struct record_prefix prefix;
	uint8_t hash[TREE_HASH_SIZE];

	if (record_scan(line->text, line->len, &prefix) < 0 || prefix.seq != seq)
		return false;
	tree_leaf_hash(line->text, line->len, hash);
	return memcmp(hash, leaf, sizeof(hash)) == 0;
}

/* All lines as they are but one. */
static int copy_lines(struct line_reader *reader, FILE *out, uint64_t seq,
		      const uint8_t leaf[TREE_HASH_SIZE], struct err *err)
{
	char redaction[SEGMENT_CHECK_MAX];
	size_t len = segment_redaction_format(leaf, redaction);
	bool done = false;
	struct line line;
	int rc;

	while ((rc = line_next(reader, &line)) == 1 && line.whole) {
		if (!done && is_it(&line, seq, leaf)) {
			(void)fwrite(redaction, 1, len, out);
			done = true;
		} else {
			(void)fwrite(line.text, 1, line.len, out);
			(void)fputc('\n', out);
		}
	}
	if (rc != 0 || !done)
		return err_set(err, -EBADMSG,
			       "the log is damaged near entry %" PRIu64 "; remedy: sekisho log "
			       "verify",
			       seq);
	if (fflush(out) != 0 || fsync(fileno(out)) < 0)
		return err_set(err, -errno, "write the log: %m");
	return 0;
}

static int write_beside(int dirfd, const char *name, struct line_reader *reader, uint64_t seq,
			const uint8_t leaf[TREE_HASH_SIZE], struct err *err)
{
	cleanup_fclose FILE *out = NULL;
	cleanup_close int fd =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd < 0)
		return err_set(err, -errno, "create %s: %m", name);
	out = fdopen(fd, "w");
	if (!out)
		return err_set(err, -ENOMEM, "out of memory");
	(void)take_fd(&fd);
	return copy_lines(reader, out, seq, leaf, err);
}

static int remove_durably(int dirfd, const char *name, struct err *err)
{
	if ((unlinkat(dirfd, name, 0) < 0 && errno != ENOENT) || fsync(dirfd) < 0)
		return err_set(err, -errno, "write the log: %m");
	return 0;
}

/* Before the segment changes: an index that does not fit it would look like tampering. */
static int remove_index(int dirfd, uint64_t first, struct err *err)
{
	char index[sizeof(SEG_INDEX_DIR) + SEG_INDEX_NAME_MAX] = SEG_INDEX_DIR "/";

	seg_index_name_format(first, index + strlen(index));
	return remove_durably(dirfd, index, err);
}

/* Where a plain segment stands it is what counts; nothing of the entry may stay beside it. */
static int remove_copies(int dirfd, uint64_t first, struct err *err)
{
	static const char *const forms[] = { LINE_PACKED_SUFFIX NEW_SUFFIX, LINE_PACKED_SUFFIX };
	char name[SEGMENT_NAME_LEN + 16];
	struct stat found;
	int rc = 0;

	segment_name_format(first, name);
	if (fstatat(dirfd, name, &found, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	for (size_t i = 0; rc == 0 && i < sizeof(forms) / sizeof(forms[0]); i++) {
		strcpy(name + SEGMENT_NAME_LEN, forms[i]);
		rc = remove_durably(dirfd, name, err);
	}
	return rc;
}

int redact_apply(int dirfd, uint64_t seq, const uint8_t leaf[TREE_HASH_SIZE], struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	char name[SEGMENT_NAME_LEN + 1];
	char other[SEGMENT_NAME_LEN + sizeof(NEW_SUFFIX)];
	uint64_t first = 0;
	int rc = find_segment(dirfd, seq, &first, err);

	if (rc == 0)
		rc = segment_open(dirfd, first, &reader, err);
	if (rc < 0)
		return rc;
	segment_name_format(first, name);
	(void)snprintf(other, sizeof(other), "%s" NEW_SUFFIX, name);
	rc = write_beside(dirfd, other, reader, seq, leaf, err);
	if (rc == 0)
		rc = remove_index(dirfd, first, err);
	if (rc == 0 && (renameat(dirfd, other, dirfd, name) < 0 || fsync(dirfd) < 0))
		rc = err_set(err, -errno, "write the log: %m");
	if (rc < 0) {
		(void)unlinkat(dirfd, other, 0);
		return rc;
	}
	return remove_copies(dirfd, first, err);
}

/* Adds what the entries log.redact of one segment name. */
static int add_named(int dirfd, uint64_t first, struct redactions *named, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct line line;
	int rc = segment_open(dirfd, first, &reader, err);

	while (rc == 0 && (rc = line_next(reader, &line)) == 1) {
		struct record_prefix prefix;
		struct redaction one;

		rc = 0;
		if (line.whole && record_scan(line.text, line.len, &prefix) == 0 &&
		    prefix.type_len == strlen(REDACTION_ENTRY) &&
		    memcmp(prefix.type, REDACTION_ENTRY, prefix.type_len) == 0 &&
		    redaction_read(line.text, line.len, prefix.seq, &one))
			rc = redactions_add(named, &one);
	}
	return rc < 0 && err->code == 0 ? err_set(err, rc, "read the log: %s", strerror(-rc)) : rc;
}

/* Return: 1 when this one is readable yet. */
static int look_again(int dirfd, const struct redaction *named, struct err *err)
{
	uint8_t leaf[TREE_HASH_SIZE];
	uint64_t first = 0;
	int rc = redact_look(dirfd, named->seq, leaf, err);

	if (rc == 0)
		return memcmp(leaf, named->leaf, sizeof(leaf)) == 0;
	if (rc == -EALREADY && find_segment(dirfd, named->seq, &first, err) == 0)
		return remove_copies(dirfd, first, err);
	return rc == -ERANGE || rc == -EPERM ? 0 : rc; /* pruned since, or never to be done */
}

int redact_find_late(int dirfd, struct redaction *ret, struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	struct redactions named = { 0 };
	size_t n = 0;
	int rc = segment_list(dirfd, &firsts, &n, err);

	for (size_t i = n > LATE_SEGMENTS ? n - LATE_SEGMENTS : 0; rc == 0 && i < n; i++)
		rc = add_named(dirfd, firsts[i], &named, err);
	for (size_t i = 0; rc == 0 && i < named.n; i++) {
		*err = (struct err){ 0 };
		rc = look_again(dirfd, &named.list[i], err);
		if (rc == 1)
			*ret = named.list[i];
	}
	redactions_clear(&named);
	return rc;
}
