/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_follow.h"

#include "core/err.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

/*
 * A commit is a write of lines, a wait for the disk, and then the checkpoint.
 * What was written is shown once the folder has been quiet for so long, so that
 * its mark is that of the checkpoint, or after so many changes.
 */
#define QUIET_MS 50
#define CHANGES_MAX 20

static int open_segment(struct log_follow *follow, uint64_t first, struct err *err)
{
	struct line_reader *reader = NULL;
	int rc = segment_open(follow->dirfd, first, &reader, err);

	if (rc < 0)
		return rc;
	if (follow->reader)
		line_reader_free(follow->reader);
	follow->reader = reader;
	follow->segment = first;
	follow->end = 0;
	follow->entry = log_segment_begin(first);
	if (follow->is_damaged)
		follow->tree = (struct tree){ 0 };
	follow->good_end = 0;
	follow->is_damaged = false;
	return 0;
}

/* The first segment after the one that is read, or the newest of all.  Return: 1 when there is one.
 */
static int next_segment(const struct log_follow *follow, bool newest, uint64_t *ret,
			struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	size_t n = 0;
	int rc = segment_list(follow->dirfd, &firsts, &n, err);

	for (size_t i = 0; rc == 0 && !newest && i < n; i++) {
		if (firsts[i] > follow->segment) {
			*ret = firsts[i];
			return 1;
		}
	}
	if (rc < 0 || !newest || n == 0)
		return rc;
	*ret = firsts[n - 1];
	return 1;
}

/* Back to the end of the last whole line; a commit that failed was cut off again. */
static int go_back(struct log_follow *follow, uint64_t offset, struct err *err)
{
	struct stat found;
	int rc;

	if (fstat(follow->reader->fd, &found) < 0)
		return err_set(err, -errno, "read a segment: %m");
	if (!follow->reader->packed && (uint64_t)found.st_size < offset)
		offset = follow->end = (uint64_t)found.st_size;
	rc = follow->reader->packed ? 0 : line_reader_seek(follow->reader, offset, offset);
	return rc < 0 ? err_set(err, rc, "read a segment: %s", strerror(-rc)) : 0;
}

/* A segment goes on with the tree that the one before it ended with. */
static bool begin_tree(const struct line *line, const struct log_follow *follow, struct tree *tree)
{
	uint8_t before[TREE_HASH_SIZE];
	uint8_t begins[TREE_HASH_SIZE];
	struct segment_head head;

	if (segment_head_parse(line->text, line->len, &head) < 0)
		return false;
	*tree = head.tree;
	tree_root(&follow->tree, before);
	tree_root(tree, begins);
	return follow->tree.size == 0 ||
	       (tree->size == follow->tree.size && memcmp(before, begins, sizeof(before)) == 0);
}

/* One more line.  Return: false when it is not what the next checkpoint signs. */
static bool add_line(struct log_follow *follow, const struct line *line, struct tree *tree,
		     struct segment_check *check)
{
	uint8_t hash[TREE_HASH_SIZE];

	if (line->offset == 0)
		return begin_tree(line, follow, tree);
	if (line->len > 0 && line->text[0] == '{') {
		tree_leaf_hash(line->text, line->len, hash);
		tree_append(tree, hash);
		return true;
	}
	if (segment_redaction_parse(line->text, line->len, hash) == 0) {
		tree_append(tree, hash);
		return true;
	}
	if (segment_check_parse(line->text, line->len, check) < 0 || check->size != tree->size)
		return false;
	tree_root(tree, hash);
	if (memcmp(hash, check->root, sizeof(hash)) != 0)
		return false;
	follow->tree = *tree;
	follow->good_end = line->offset + line->len + 1;
	return true;
}

/*
 * From the newest checkpoint on past all that is there: what was written behind it may have been
 * cut off again.  Return: its end, bytes; the newest checkpoint in it.
 */
static int look_ahead(struct log_follow *follow, uint64_t *ret_end, struct segment_check *check,
		      struct err *err)
{
	struct tree tree = follow->tree;
	struct line line;
	int rc = go_back(follow, follow->end, err);

	*ret_end = follow->end;
	if (rc == 0)
		rc = go_back(follow, follow->good_end, err);
	if (rc < 0)
		return rc;
	while ((rc = line_next(follow->reader, &line)) == 1 && line.whole) {
		*ret_end = line.offset + line.len + 1;
		if (!follow->is_damaged)
			follow->is_damaged = !add_line(follow, &line, &tree, check);
	}
	return rc < 0 ? err_set(err, rc, "read a segment: %s", strerror(-rc)) : 0;
}

static int print_one(const struct log_follow *follow, const struct log_printer *printer)
{
	char text[LINE_MAX_LEN + 1];
	struct log_entry copy = follow->entry;
	bool is_good;

	memcpy(text, copy.text, copy.len);
	text[copy.len] = '\0';
	copy.text = text;
	is_good = copy.offset < follow->good_end ||
		  (!follow->is_damaged && copy.seq >= follow->tree.size);
	copy.is_proven = is_good;
	log_print_entry(printer, &copy);
	return 0;
}

/* Up to @end; NULL prints nothing. */
static int read_on(struct log_follow *follow, uint64_t end, const struct log_printer *printer,
		   const struct log_filter *filter, struct err *err)
{
	struct line line;
	int rc = go_back(follow, follow->end, err);

	while (rc == 0 && follow->end < end && (rc = line_next(follow->reader, &line)) == 1 &&
	       line.whole) {
		rc = 0;
		follow->end = line.offset + line.len + 1;
		if (log_entry_is_line(&line) && log_entry_is_meant(filter, &line, &follow->entry) &&
		    printer)
			rc = print_one(follow, printer);
	}
	return rc < 0 && err->code == 0 ? err_set(err, rc, "read a segment: %s", strerror(-rc))
					: (rc < 0 ? rc : 0);
}

/* All that came in, in this segment and in those that follow it. */
static int read_new(struct log_follow *follow, struct log_printer *printer,
		    const struct note_key *key, const struct log_filter *filter, struct err *err)
{
	for (;;) {
		struct segment_check check = { 0 };
		uint64_t next = 0;
		uint64_t end = 0;
		int more = next_segment(follow, false, &next, err);
		int rc = more < 0 ? more : look_ahead(follow, &end, &check, err);

		if (rc == 0 && check.size > 0)
			log_marks_advance(&printer->marks, follow->dirfd, key, &check);
		if (rc == 0)
			rc = read_on(follow, end, printer, filter, err);
		if (rc < 0 || more == 0)
			return rc;
		rc = open_segment(follow, next, err);
		if (rc < 0)
			return rc;
	}
}

int log_follow_begin(int dirfd, struct log_follow *ret, struct err *err)
{
	struct log_follow follow = { .dirfd = dirfd, .inotify_fd = inotify_init1(IN_CLOEXEC) };
	const struct log_filter all = log_filter_all();
	char path[64];
	uint64_t first = 0;
	int rc;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", dirfd);
	if (follow.inotify_fd < 0 ||
	    inotify_add_watch(follow.inotify_fd, path,
			      IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
		rc = err_set(err, -errno, "watch the log: %m");
		closep(&follow.inotify_fd);
		return rc;
	}
	rc = next_segment(&follow, true, &first, err);
	if (rc == 0)
		rc = err_set(err, -ENOENT, "there is no log in this directory");
	if (rc == 1)
		rc = open_segment(&follow, first, err);
	if (rc == 0)
		rc = read_on(&follow, UINT64_MAX, NULL, &all, err);
	if (rc < 0)
		log_follow_end(&follow);
	else
		*ret = follow;
	return rc;
}

void log_follow_end(struct log_follow *follow)
{
	if (follow->reader)
		line_reader_free(take_ptr(&follow->reader));
	closep(&follow->inotify_fd);
	follow->inotify_fd = -1;
}

/* Waits for a change, and for the end of those that come with it. */
static int wait_for_change(const struct log_follow *follow, struct err *err)
{
	struct pollfd poll_fd = { .fd = follow->inotify_fd, .events = POLLIN };
	char events[4096] __attribute__((aligned(8)));
	int timeout_ms = -1;

	for (int i = 0; i < CHANGES_MAX; i++) {
		int n = poll(&poll_fd, 1, timeout_ms);

		if (n == 0)
			break;
		if (n < 0 || read(follow->inotify_fd, events, sizeof(events)) < 0)
			return err_set(err, -errno, "watch the log: %m");
		timeout_ms = QUIET_MS;
	}
	return 0;
}

int log_follow_run(struct log_follow *follow, struct log_printer *printer,
		   const struct note_key *key, const struct log_filter *filter, struct err *err)
{
	int rc = 0;

	while (rc == 0 && fflush(printer->out) == 0 && !ferror(printer->out)) {
		rc = read_new(follow, printer, key, filter, err);
		if (rc == 0 && fflush(printer->out) == 0)
			rc = wait_for_change(follow, err);
	}
	return rc;
}
