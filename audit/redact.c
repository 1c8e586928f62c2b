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
#define NEW_SUFFIX ".new"

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

/* The plain segment counts from now on; nothing of the entry may stay beside it. */
static int remove_copies(int dirfd, uint64_t first, struct err *err)
{
	char packed[SEGMENT_NAME_LEN + sizeof(LINE_PACKED_SUFFIX)];
	char index[sizeof(SEG_INDEX_DIR) + SEG_INDEX_NAME_MAX] = SEG_INDEX_DIR "/";

	segment_name_format(first, packed);
	strcat(packed, LINE_PACKED_SUFFIX);
	seg_index_name_format(first, index + strlen(index));
	if ((unlinkat(dirfd, packed, 0) < 0 && errno != ENOENT) ||
	    (unlinkat(dirfd, index, 0) < 0 && errno != ENOENT) || fsync(dirfd) < 0)
		return err_set(err, -errno, "write the log: %m");
	return 0;
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
	if (rc == 0 && renameat(dirfd, other, dirfd, name) < 0)
		rc = err_set(err, -errno, "write the log: %m");
	if (rc < 0) {
		(void)unlinkat(dirfd, other, 0);
		return rc;
	}
	return remove_copies(dirfd, first, err);
}
