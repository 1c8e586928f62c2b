/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_mark.h"

#include "audit/line.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <string.h>

#define CHECK "#cp "

/* What the marks are read from. */
struct reading {
	int dirfd;
	struct checkpoint newest;
	uint64_t epoch; /* that signs now */
	bool is_found;  /* the newest checkpoint stands in a segment as well */
	bool is_other;  /* or another one of its size */
};

static bool is_ascii(void)
{
	const char *terminal = getenv("TERM");

	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0 ||
	       (terminal && strcmp(terminal, "linux") == 0);
}

/* Return: false for a line that is no checkpoint. */
static bool read_check(const struct line *line, struct segment_check *ret)
{
	return line->len > strlen(CHECK) && memcmp(line->text, CHECK, strlen(CHECK)) == 0 &&
	       segment_check_parse(line->text, line->len, ret) == 0;
}

/* All checkpoints of a segment.  Return: its head, and whether one is of a closed epoch. */
static int read_checks(struct reading *reading, uint64_t first, struct segment_head *ret_head,
		       uint64_t *ret_closed, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	const struct checkpoint *newest = &reading->newest;
	struct segment_check check;
	struct line line;
	int rc = segment_open(reading->dirfd, first, &reader, err);

	if (rc < 0)
		return rc;
	rc = line_next(reader, &line);
	if (rc != 1 || segment_head_parse(line.text, line.len, ret_head) < 0)
		return err_set(err, -EBADMSG,
			       "a segment has no head; remedy: run sekisho log verify");
	while ((rc = line_next(reader, &line)) == 1) {
		if (!read_check(&line, &check))
			continue;
		if (check.epoch < reading->epoch)
			*ret_closed = check.size;
		if (check.size != newest->size)
			continue;
		reading->is_found = true;
		reading->is_other = memcmp(check.root, newest->root, sizeof(check.root)) != 0;
	}
	return rc < 0 ? err_set(err, rc, "read a segment: %s", strerror(-rc)) : 0;
}

/* Back from the newest segment to the one in which the epoch before this one ended. */
static int read_segments(struct reading *reading, uint64_t *ret_closed, struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	size_t n = 0;
	int rc = segment_list(reading->dirfd, &firsts, &n, err);

	for (size_t i = n; rc == 0 && i-- > 0 && *ret_closed == 0;) {
		struct segment_head head;

		rc = read_checks(reading, firsts[i], &head, ret_closed, err);
		if (rc == 0 && head.tree.size == reading->newest.size) {
			reading->is_found = true;
			reading->is_other |= memcmp(head.check.root, reading->newest.root,
						    sizeof(head.check.root)) != 0;
		}
		if (rc == 0 && *ret_closed == 0 && head.tree.size > 0 &&
		    head.signer.number < reading->epoch)
			*ret_closed = head.tree.size;
	}
	return rc;
}

/* The epoch that signs what comes next. */
static int read_epoch(int dirfd, uint64_t *ret, struct err *err)
{
	cleanup_close int fd =
		openat(dirfd, SEGMENT_HEAD_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	cleanup_line_reader struct line_reader *reader = NULL;
	struct segment_head head;
	struct line line;

	if (fd < 0 || line_reader_open(fd, &reader, err) < 0)
		return err_set(err, -ENOENT,
			       "the file head cannot be read; remedy: run sekisho log verify");
	(void)take_fd(&fd);
	if (line_next(reader, &line) != 1 || segment_head_parse(line.text, line.len, &head) < 0)
		return err_set(err, -EBADMSG,
			       "the file head cannot be read; remedy: run sekisho log verify");
	*ret = head.next.number;
	return 0;
}

static int read_all(int dirfd, const struct note_key *key, struct log_marks *marks, struct err *err)
{
	struct reading reading = { .dirfd = dirfd };
	uint64_t closed_end = 0;
	int rc;

	if (!checkpoint_read(dirfd, CHECKPOINT_FILE, key, &reading.newest, NULL))
		return err_set(err, -EBADMSG,
			       "the newest checkpoint is not signed by the key; "
			       "remedy: run sekisho log verify");
	strcpy(marks->origin, reading.newest.origin);
	rc = read_epoch(dirfd, &reading.epoch, err);
	if (rc == 0)
		rc = read_segments(&reading, &closed_end, err);
	if (rc < 0)
		return rc;
	if (!reading.is_found || reading.is_other)
		return err_set(err, -EBADMSG,
			       "the segments do not agree with the newest checkpoint; "
			       "remedy: run sekisho log verify");
	marks->is_checked = true;
	marks->signed_end = reading.newest.size;
	marks->newest = reading.newest;
	marks->closed_end = closed_end < marks->signed_end ? closed_end : marks->signed_end;
	return 0;
}

struct log_marks log_marks_read(int dirfd, const struct note_key *key, struct err *err)
{
	struct log_marks marks = { .is_ascii = is_ascii() };

	if (!key)
		(void)err_set(err, -ENOKEY,
			      "there is no key to check the log with; remedy: give it with --key");
	else
		(void)read_all(dirfd, key, &marks, err);
	return marks;
}

void log_marks_advance(struct log_marks *marks, int dirfd, const struct note_key *key,
		       const struct segment_check *check)
{
	struct checkpoint newest;

	if (!marks->is_checked)
		return;
	if (!checkpoint_read(dirfd, CHECKPOINT_FILE, key, &newest, NULL) ||
	    newest.size < marks->signed_end ||
	    (newest.size == check->size &&
	     memcmp(newest.root, check->root, sizeof(check->root)) != 0))
		marks->is_checked = false;
	/* What came in since the segment was read has not been looked at. */
	if (marks->is_checked)
		marks->signed_end = newest.size < check->size ? newest.size : check->size;
}

enum log_mark log_mark_of(const struct log_marks *marks, const struct log_entry *entry)
{
	if (!marks->is_checked)
		return LOG_MARK_UNKNOWN;
	if (!entry->is_proven || entry->kind == LOG_ENTRY_BROKEN)
		return LOG_MARK_DAMAGED;
	if (entry->seq >= marks->signed_end)
		return LOG_MARK_OPEN;
	return entry->seq < marks->closed_end ? LOG_MARK_CLOSED : LOG_MARK_SIGNED;
}

const char *log_mark_sign(const struct log_marks *marks, enum log_mark mark)
{
	static const char *const signs[][2] = {
		[LOG_MARK_UNKNOWN] = { "?", "?" },      [LOG_MARK_OPEN] = { "\u25cb", "-" },
		[LOG_MARK_SIGNED] = { "\u25cf", "*" },  [LOG_MARK_CLOSED] = { "\u2713", "+" },
		[LOG_MARK_DAMAGED] = { "\u2717", "!" },
	};

	return signs[mark][marks->is_ascii];
}

const char *log_mark_words(enum log_mark mark)
{
	static const char *const words[] = {
		[LOG_MARK_UNKNOWN] = N_("unverified"),
		[LOG_MARK_OPEN] = N_("behind the newest checkpoint"),
		[LOG_MARK_SIGNED] = N_("signed"),
		[LOG_MARK_CLOSED] = N_("signed, epoch closed"),
		[LOG_MARK_DAMAGED] = N_("DAMAGED: not proven to be what was signed"),
	};

	return tr(words[mark]);
}

const char *log_mark_name(enum log_mark mark)
{
	static const char *const names[] = {
		[LOG_MARK_UNKNOWN] = "unverified", [LOG_MARK_OPEN] = "open",
		[LOG_MARK_SIGNED] = "signed",      [LOG_MARK_CLOSED] = "closed",
		[LOG_MARK_DAMAGED] = "damaged",
	};

	return names[mark];
}
