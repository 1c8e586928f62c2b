/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/prune.h"

#include "audit/key_step.h"
#include "audit/pack.h"
#include "audit/seg_index.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "ipc/client.h"
#include "logd/recall.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DAY_US (86400 * CLOCK_US_PER_SEC)
#define REASON "retention"

static bool is_type(const struct record_prefix *prefix, const char *type)
{
	return prefix->type_len == strlen(type) &&
	       memcmp(prefix->type, type, prefix->type_len) == 0;
}

/* The certificates of all epochs up to one, as the text of the file "epochs". */
struct chain {
	const char *origin;
	struct epoch last;
	bool has_any;
	uint64_t *keys; /* seq of each change of the identity key */
	size_t n_keys;
	char *text;
	size_t len;
	size_t size;
};

static int read_head(int dirfd, uint64_t first, struct line_reader **ret_reader,
		     struct segment_head *ret, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct line line;
	int rc = segment_open(dirfd, first, &reader, err);

	if (rc < 0)
		return rc;
	if (line_next(reader, &line) != 1 || segment_head_parse(line.text, line.len, ret) < 0)
		return err_set(err, -EBADMSG,
			       "a segment has no head; remedy: run sekisho log verify");
	*ret_reader = take_ptr(&reader);
	return 0;
}

static void chain_clear(struct chain *chain)
{
	free(chain->keys);
	free(chain->text);
}

#define cleanup_chain cleanup_with(chain_clear)

static int no_order(struct err *err)
{
	return err_set(err, -EBADMSG,
		       "the keys of the log's epochs do not follow one another; "
		       "remedy: run sekisho log verify");
}

/* For the longest line. */
static int make_room(struct chain *chain, struct err *err)
{
	size_t size = 2 * chain->size + 16 * KEY_TEXT_MAX;
	char *more;

	if (chain->size - chain->len >= KEY_TEXT_MAX)
		return 0;
	more = realloc(chain->text, size);
	if (!more)
		return err_set(err, -ENOMEM, "out of memory");
	chain->text = more;
	chain->size = size;
	return 0;
}

static int add_step(struct chain *chain, const struct epoch_step *step, struct err *err)
{
	int rc;

	if (chain->has_any && step->next.number <= chain->last.number)
		return 0; /* a pruning that was interrupted has it already */
	if (chain->has_any ? !epoch_step_verify(step, &chain->last, chain->origin)
			   : !epoch_begins(&step->next, chain->origin))
		return no_order(err);
	rc = make_room(chain, err);
	if (rc < 0)
		return rc;
	chain->len += epoch_line_format(step, chain->text + chain->len);
	chain->last = step->next;
	chain->has_any = true;
	return 0;
}

static int add_key(struct chain *chain, const struct key_step *step, struct err *err)
{
	uint64_t *more;
	int rc;

	if (chain->n_keys > 0 && step->seq <= chain->keys[chain->n_keys - 1])
		return 0; /* likewise */
	if (!chain->has_any || !key_step_verify(step, &chain->last, chain->origin))
		return no_order(err);
	rc = make_room(chain, err);
	if (rc < 0)
		return rc;
	more = reallocarray(chain->keys, chain->n_keys + 1, sizeof(*more));
	if (!more)
		return err_set(err, -ENOMEM, "out of memory");
	chain->keys = more;
	chain->keys[chain->n_keys++] = step->seq;
	chain->len += key_line_format(step, chain->text + chain->len);
	return 0;
}

static int add_line(struct chain *chain, const struct line *line, struct err *err)
{
	struct epoch_step step;
	struct key_step key;

	if (epoch_line_parse(line->text, line->len, &step) == 0)
		return add_step(chain, &step, err);
	if (key_line_parse(line->text, line->len, &key) == 0)
		return add_key(chain, &key, err);
	return err_set(err, -EBADMSG, "%s is damaged; remedy: run sekisho log verify",
		       EPOCH_LIST_FILE);
}

/* What earlier prunings kept. */
static int add_file(struct chain *chain, int dirfd, struct err *err)
{
	cleanup_close int fd =
		openat(dirfd, EPOCH_LIST_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	cleanup_line_reader struct line_reader *reader = NULL;
	struct line line;
	int rc;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(err, -errno, "open %s: %m", EPOCH_LIST_FILE);
	rc = line_reader_open(fd, &reader, err);
	if (rc < 0)
		return rc;
	(void)take_fd(&fd);
	while ((rc = line_next(reader, &line)) == 1) {
		rc = add_line(chain, &line, err);
		if (rc < 0)
			return rc;
	}
	return rc < 0 ? err_set(err, rc, "read %s: %s", EPOCH_LIST_FILE, strerror(-rc)) : 0;
}

/* Logs of before name a new identity key without a signature: nothing can be kept of that. */
static int add_entry(struct chain *chain, const struct line *line, struct err *err)
{
	struct record_prefix prefix;
	struct epoch_step step;
	struct key_step key;

	if (record_scan(line->text, line->len, &prefix) < 0)
		return 0;
	if (is_type(&prefix, EPOCH_ENTRY) && epoch_step_read(line->text, line->len, &step))
		return add_step(chain, &step, err);
	if (is_type(&prefix, KEY_ENTRY) &&
	    key_step_read(line->text, line->len, prefix.seq, &key) == KEY_STEP_SIGNED)
		return add_key(chain, &key, err);
	return 0;
}

/* Those that a segment certifies, and the first of all by its head. */
static int add_segment(struct chain *chain, int dirfd, uint64_t first, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct segment_head head;
	struct line line;
	int rc = read_head(dirfd, first, &reader, &head, err);

	if (rc == 0 && first == 0)
		rc = add_step(chain, &(struct epoch_step){ .next = head.next }, err);
	while (rc == 0 && (rc = line_next(reader, &line)) == 1)
		rc = add_entry(chain, &line, err);
	return rc < 0 && err->code == 0 ? err_set(err, rc, "read a segment: %s", strerror(-rc))
					: rc;
}

/* All that leads to what stays. */
static int make_chain(const struct prune_plan *plan, size_t n_old, const struct segment_head *kept,
		      struct chain *chain, struct err *err)
{
	int rc;

	chain->origin = kept->origin;
	rc = add_file(chain, plan->dirfd, err);
	for (size_t i = 0; rc == 0 && i < n_old; i++)
		rc = add_segment(chain, plan->dirfd, plan->firsts[i], err);
	/* One that was interrupted may have led further. */
	if (rc == 0 && (chain->last.number < kept->next.number ||
			(chain->last.number == kept->next.number &&
			 memcmp(chain->last.public, kept->next.public, NOTE_PUBLIC_SIZE) != 0)))
		rc = no_order(err);
	return rc;
}

/* Nothing goes before this is durable. */
static int announce(const struct prune_plan *plan, const struct segment_head *kept,
		    const struct chain *chain, struct err *err)
{
	struct ipc_log_prune request = { .header = ipc_header(IPC_LOG_PRUNE),
					 .first = kept->tree.size,
					 .reason = REASON };
	struct ipc_log_ack ack;
	int rc;

	while (request.n_changes < chain->n_keys &&
	       chain->keys[request.n_changes] < kept->tree.size)
		request.n_changes++;
	memcpy(request.root, kept->check.root, sizeof(request.root));
	rc = ipc_call(plan->socket, &request, sizeof(request), IPC_LOG_ACK, &ack, sizeof(ack), err);
	if (rc == 0 && ack.code != 0)
		rc = err_set(err, ack.code, "the log does not take that entries go: %s",
			     strerror(-ack.code));
	return rc;
}

static int remove_segment(const struct prune_plan *plan, uint64_t first, struct err *err)
{
	static const char *const forms[] = { "", LINE_PACKED_SUFFIX };
	char index[sizeof(SEG_INDEX_DIR) + SEG_INDEX_NAME_MAX] = SEG_INDEX_DIR "/";

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char name[SEGMENT_NAME_LEN + 8];

		segment_name_format(first, name);
		strcat(name, forms[i]);
		if (unlinkat(plan->dirfd, name, 0) < 0 && errno != ENOENT)
			return err_set(err, -errno, "remove %s: %m", name);
	}
	seg_index_name_format(first, index + strlen(index));
	(void)unlinkat(plan->dirfd, index, 0);
	return 0;
}

/* The latest time in a closed segment, by an index that was compared with its lines just now. */
static int latest_in(const struct prune_plan *plan, uint64_t first, int64_t *ret, struct err *err)
{
	struct seg_index index;
	int rc = seg_index_check(plan->dirfd, first, err);

	if (rc < 0)
		return rc;
	rc = seg_index_open(plan->dirfd, first, &index);
	if (rc < 0)
		return err_set(err, -EBADMSG,
			       "a segment has no index; remedy: run sekisho log verify");
	*ret = index.last_wall_us;
	seg_index_close(&index);
	return 0;
}

static bool has_state(const struct prune_plan *plan, uint64_t first)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct err ignored = { 0 };
	struct line line;

	if (segment_open(plan->dirfd, first, &reader, &ignored) < 0)
		return true;
	while (line_next(reader, &line) == 1) {
		struct record_prefix prefix;

		if (record_scan(line.text, line.len, &prefix) == 0 && is_type(&prefix, RECALL_TYPE))
			return true;
	}
	return false;
}

/* How many of the oldest may go: not the newest two, nor any that holds the newest state. */
static size_t count_free(const struct prune_plan *plan, size_t n_old)
{
	for (size_t i = plan->n; n_old > 0 && i-- > 0;) {
		if (has_state(plan, plan->firsts[i]))
			return i < n_old ? i : n_old;
	}
	return n_old;
}

static int count_old(const struct prune_plan *plan, size_t *ret, struct err *err)
{
	int64_t newest_us = 0;
	int64_t latest_us = 0;
	size_t n = 0;
	int rc = latest_in(plan, plan->firsts[plan->n - 2], &newest_us, err);

	if (newest_us > plan->now_us)
		newest_us = plan->now_us;
	while (rc == 0 && n + 2 < plan->n) {
		rc = latest_in(plan, plan->firsts[n], &latest_us, err);
		if (rc < 0 || latest_us >= newest_us - plan->keep_days * DAY_US)
			break;
		n++;
	}
	*ret = n;
	return rc;
}

/*
 * One after the other, each with an entry of its own: whatever interrupts it, the log begins where
 * the newest of these entries, or the one before, says, and the certificates lead there.
 */
static int remove_old(const struct prune_plan *plan, size_t n, const struct chain *chain,
		      struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		cleanup_line_reader struct line_reader *reader = NULL;
		struct segment_head kept;

		rc = read_head(plan->dirfd, plan->firsts[i + 1], &reader, &kept, err);
		if (rc == 0)
			rc = announce(plan, &kept, chain, err);
		if (rc == 0 && i == 0)
			rc = file_replace(plan->dirfd, EPOCH_LIST_FILE, chain->text, chain->len,
					  0640, err);
		if (rc == 0)
			rc = remove_segment(plan, plan->firsts[i], err);
	}
	return rc;
}

int prune_run(const struct prune_plan *plan, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_chain struct chain chain = { 0 };
	struct segment_head kept;
	size_t n = 0;
	int rc;

	if (plan->n < 3)
		return 0;
	rc = count_old(plan, &n, err);
	n = rc == 0 ? count_free(plan, n) : 0;
	if (n == 0)
		return rc;
	rc = read_head(plan->dirfd, plan->firsts[n], &reader, &kept, err);
	if (rc == 0)
		rc = make_chain(plan, n, &kept, &chain, err);
	if (rc == 0)
		rc = remove_old(plan, n, &chain, err);
	return rc < 0 ? rc : (int)n;
}
