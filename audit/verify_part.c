/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify_meaning.h"

#include "audit/deep.h"
#include "audit/record.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <string.h>

/* Records the first thing wrong; always returns false. */
bool verify_bad_at(struct verify_part *part, uint64_t first, uint64_t last, uint64_t offset,
		   const char *reason)
{
	part->bad = true;
	part->bad_first = first;
	part->bad_last = last;
	part->bad_offset = offset;
	part->reason = reason;
	return false;
}

/* The entry at the end of what was read is the wrong one. */
bool verify_bad_next(struct verify_part *part, const struct line *line, const char *reason)
{
	return verify_bad_at(part, part->state.tree.size, part->state.tree.size, line->offset,
			     reason);
}

void verify_part_blame(struct verify_part *part, uint64_t offset, const char *reason)
{
	uint64_t size = part->state.tree.size;

	(void)verify_bad_at(part, part->proven_end,
			    size > part->proven_end ? size - 1 : part->proven_end, offset, reason);
}

static bool bad_batch(struct verify_part *part, uint64_t offset, const char *reason)
{
	verify_part_blame(part, offset, reason);
	return false;
}

/* Compares with the heads that are known for this size, and finds the size of the next. */
static void compare_marks(struct verify_reading *reading)
{
	const struct verify_scope *scope = reading->scope;
	struct verify_part *part = reading->part;
	uint8_t root[TREE_HASH_SIZE];

	reading->next_mark = UINT64_MAX;
	for (size_t i = 0; i < VERIFY_MARKS; i++) {
		const struct verify_mark *mark = &scope->marks[i];

		if (mark->size == part->state.tree.size && mark->size > 0) {
			tree_root(&part->state.tree, root);
			part->marks[i] = memcmp(root, mark->root, sizeof(root)) == 0
						 ? VERIFY_MARK_AGREES
						 : VERIFY_MARK_DIFFERS;
		} else if (mark->size > part->state.tree.size && mark->size < reading->next_mark) {
			reading->next_mark = mark->size;
		}
	}
}

static void append(struct verify_reading *reading, const uint8_t leaf[TREE_HASH_SIZE])
{
	tree_append(&reading->part->state.tree, leaf);
	if (reading->part->state.tree.size == reading->next_mark)
		compare_marks(reading);
}

static bool take_head(struct verify_reading *reading, const struct line *line)
{
	struct verify_part *part = reading->part;

	if (line->len < 4 || memcmp(line->text, "#seg", 4) != 0)
		return verify_bad_next(part, line,
				       N_("the segment does not begin with a #seg line"));
	if (segment_head_parse(line->text, line->len, &part->begin) < 0)
		return verify_bad_next(part, line, N_("the #seg line is not valid"));
	part->state = part->begin;
	part->begun = true;
	part->proven_end = part->begin.tree.size;
	part->newest = part->begin.check;
	part->good_offset = line->offset + line->len + 1;
	compare_marks(reading);
	return true;
}

static void count_entry(struct verify_part *part, const struct record_prefix *prefix,
			const struct line *line)
{
	if (part->n_dated == 0)
		part->first_wall_us = prefix->wall_us;
	else if (prefix->wall_us < part->last_wall_us)
		part->n_clock_back++;
	part->last_wall_us = prefix->wall_us;
	part->n_dated++;
	gaps_follow(&part->gaps, prefix, line->text, line->len);
	starts_follow(&part->starts, prefix, line->text, line->len);
}

static bool take_entry(struct verify_reading *reading, const struct line *line)
{
	struct verify_part *part = reading->part;
	uint64_t size = part->state.tree.size;
	struct record_prefix prefix;
	uint8_t hash[TREE_HASH_SIZE];
	const char *wrong;

	if (record_scan(line->text, line->len, &prefix) < 0)
		return verify_bad_next(part, line, N_("this is not an entry of the log"));
	if (prefix.seq > size)
		return verify_bad_at(part, size, prefix.seq - 1, line->offset,
				     N_("entries are missing here"));
	if (prefix.seq < size)
		return verify_bad_next(part, line, N_("an entry is repeated or out of order"));
	if (part->stepping)
		return verify_bad_next(part, line, N_("the epoch's closing checkpoint is missing"));
	wrong = reading->scope->deep ? deep_check(line->text, line->len, &prefix) : NULL;
	if (wrong)
		return verify_bad_next(part, line, wrong);
	if ((prefix.type[0] == 'l' || prefix.type[0] == 'c') &&
	    !verify_meaning(reading, &prefix, line))
		return false;
	tree_leaf_hash(line->text, line->len, hash);
	count_entry(part, &prefix, line);
	append(reading, hash);
	return true;
}

static bool take_redacted(struct verify_reading *reading, const struct line *line)
{
	struct verify_part *part = reading->part;
	struct redaction redaction = { .seq = part->state.tree.size,
				       .segment = part->begin.tree.size,
				       .offset = line->offset };
	int rc;

	if (segment_redaction_parse(line->text, line->len, redaction.leaf) < 0)
		return verify_bad_next(part, line, N_("the #red line is not valid"));
	if (part->stepping)
		return verify_bad_next(part, line, N_("the epoch's closing checkpoint is missing"));
	rc = redactions_add(&part->redacted, &redaction);
	if (rc == -ENOBUFS)
		return verify_bad_next(part, line,
				       N_("more entries are blacked out than people can ask for"));
	reading->rc = rc;
	append(reading, redaction.leaf);
	return rc == 0;
}

/* Looks at the signature of the last checkpoint; from here on it proves what is before it. */
static bool settle(struct verify_part *part, const struct epoch *signer)
{
	if (!segment_check_verify(&part->state.check, part->state.origin, signer))
		return bad_batch(part, part->check_offset,
				 N_("the checkpoint is not signed by the key of its epoch"));
	part->unchecked = false;
	part->newest = part->state.check;
	part->proven_end = part->newest.size;
	return true;
}

/* Where the epoch's key says so there were more entries once, and the last of them is wrong too. */
static bool bad_count(struct verify_part *part, const struct segment_check *check)
{
	uint64_t size = part->state.tree.size;

	if (check->size > size &&
	    segment_check_verify(check, part->state.origin, &part->state.next))
		size = check->size;
	return verify_bad_at(part, part->proven_end,
			     size > part->proven_end ? size - 1 : part->proven_end,
			     part->good_offset,
			     N_("the checkpoint counts other entries than stand before it"));
}

static bool take_check(struct verify_reading *reading, const struct line *line)
{
	struct verify_part *part = reading->part;
	struct segment_head *state = &part->state;
	struct segment_check check;
	uint8_t root[TREE_HASH_SIZE];

	if (segment_check_parse(line->text, line->len, &check) < 0)
		return bad_batch(part, line->offset,
				 N_("this line is neither entry nor checkpoint"));
	if (check.size != state->tree.size)
		return bad_count(part, &check);
	if (check.size == state->check.size)
		return bad_batch(part, line->offset, N_("the checkpoint is repeated"));
	tree_root(&state->tree, root);
	if (memcmp(root, check.root, sizeof(root)) != 0)
		return bad_batch(part, part->good_offset,
				 N_("what stands here is not what was signed (the tree differs)"));
	if (check.epoch != state->next.number)
		return bad_batch(part, line->offset, N_("the checkpoint is of another epoch"));
	state->check = check;
	state->signer = state->next;
	part->check_offset = line->offset;
	part->unchecked = true;
	part->n_checkpoints++;
	if ((part->stepping || reading->every_signature) && !settle(part, &state->signer))
		return false;
	if (part->stepping)
		state->next = part->step.next;
	part->stepping = false;
	part->good_offset = line->offset + line->len + 1;
	return true;
}

/* Says how far the file was read, which is less than its content when it is compressed. */
static bool tick(struct verify_reading *reading)
{
	const struct verify_scope *scope = reading->scope;
	off_t at = lseek(reading->reader->fd, 0, SEEK_CUR);
	uint64_t bytes = at > (off_t)reading->ticked ? (uint64_t)at - reading->ticked : 0;

	reading->ticked += bytes;
	return !scope->tick || scope->tick(scope->tick_ctx, bytes);
}

static bool take_line(struct verify_reading *reading, const struct line *line)
{
	struct verify_part *part = reading->part;

	if (line->offset >= reading->next_tick) {
		reading->next_tick = line->offset + VERIFY_TICK;
		if (!tick(reading)) {
			reading->rc = -ECANCELED;
			return false;
		}
	}
	if (!line->whole) {
		part->torn_bytes = line->len;
		return true;
	}
	if (line->offset == 0)
		return take_head(reading, line);
	if (line->len > 0 && line->text[0] == '{')
		return take_entry(reading, line);
	if (line->len > 1 && line->text[1] == 'r')
		return take_redacted(reading, line);
	return take_check(reading, line);
}

static int read_once(const struct verify_scope *scope, bool every_signature,
		     struct line_reader *reader, struct verify_part *part, struct err *err)
{
	struct verify_reading reading = {
		.scope = scope, .part = part, .reader = reader, .every_signature = every_signature
	};
	struct line line;
	int rc;

	while ((rc = line_next(reader, &line)) == 1 && take_line(&reading, &line))
		;
	if (reading.rc == -ECANCELED)
		return err_set(err, -ECANCELED, "cancelled");
	if (reading.rc < 0)
		return err_set(err, reading.rc, "out of memory");
	if (rc == -EMSGSIZE)
		(void)verify_bad_next(part, &line,
				      N_("this line is longer than any line of the log"));
	else if (rc == -EBADMSG)
		(void)bad_batch(part, line.offset, N_("the compressed segment is damaged"));
	else if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "read the segment: %m");
	}
	(void)tick(&reading);
	if (part->unchecked && !part->bad)
		(void)settle(part, &part->state.signer);
	return 0;
}

int verify_part_read(const struct verify_scope *scope, struct line_reader *reader,
		     struct verify_part *ret, struct err *err)
{
	int rc;

	*ret = (struct verify_part){ 0 };
	rc = read_once(scope, scope->deep, reader, ret, err);
	if (rc == 0 && ret->bad && !scope->deep) {
		verify_part_clear(ret);
		rc = line_reader_seek(reader, 0, 0);
		if (rc < 0) {
			errno = -rc;
			return err_set(err, rc, "read the segment again: %m");
		}
		rc = read_once(scope, true, reader, ret, err);
	}
	if (rc < 0)
		verify_part_clear(ret);
	return rc;
}

void verify_part_clear(struct verify_part *part)
{
	redactions_clear(&part->redacted);
	redactions_clear(&part->named);
	*part = (struct verify_part){ 0 };
}
