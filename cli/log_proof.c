/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_proof.h"

#include "audit/verify_part.h"
#include "core/err.h"

#include <errno.h>
#include <string.h>

/* The segment after this one.  Return: false when this one is the newest. */
static bool find_next(const uint64_t *firsts, size_t n, uint64_t segment, uint64_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (firsts[i] > segment) {
			*ret = firsts[i];
			return true;
		}
	}
	return false;
}

/* The next #seg line says, byte for byte, what this segment ends with. */
static bool fits_next(int dirfd, uint64_t next, const struct segment_head *state)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	char expected[SEGMENT_HEAD_MAX];
	struct err ignored = { 0 };
	struct line line;
	size_t len = segment_head_format(state, expected);

	return segment_open(dirfd, next, &reader, &ignored) == 0 && line_next(reader, &line) == 1 &&
	       line.whole && line.len + 1 == len && memcmp(line.text, expected, line.len) == 0;
}

/* What a segment begins with is signed, and it is of the key's log. */
static bool begins_well(const struct verify_part *part, uint64_t first, const char *origin)
{
	const struct segment_head *begin = &part->begin;

	return part->begun && begin->tree.size == first && strcmp(begin->origin, origin) == 0 &&
	       segment_head_is_signed(begin);
}

static void judge(struct log_proof *proof, const struct log_marks *marks,
		  const struct verify_part *part, const uint64_t *next)
{
	bool is_closed = part->state.tree.size == part->proven_end && part->torn_bytes == 0;

	if (!begins_well(part, proof->segment, marks->origin) ||
	    part->marks[0] == VERIFY_MARK_DIFFERS)
		return;
	if (!part->bad && next && is_closed && !fits_next(proof->dirfd, *next, &part->state))
		return;
	proof->good_end = part->good_offset;
	proof->is_open = !part->bad && !next;
}

static int read_segment(struct log_proof *proof, const struct log_marks *marks, struct err *err)
{
	struct verify_scope scope = { .marks[0].size = marks->newest.size };
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_free uint64_t *firsts = NULL;
	struct verify_part part = { 0 };
	struct err trouble = { 0 };
	uint64_t next = 0;
	size_t n = 0;
	bool has_next;
	int rc = segment_list(proof->dirfd, &firsts, &n, &trouble);

	memcpy(scope.marks[0].root, marks->newest.root, TREE_HASH_SIZE);
	has_next = find_next(firsts, n, proof->segment, &next);
	if (rc == 0)
		rc = segment_open(proof->dirfd, proof->segment, &reader, &trouble);
	if (rc == 0)
		rc = verify_part_read(&scope, reader, &part, &trouble);
	if (rc == 0)
		judge(proof, marks, &part, has_next ? &next : NULL);
	verify_part_clear(&part);
	/* What cannot be read is not proven; it is not the end of what is shown. */
	return rc == -ENOMEM ? err_set(err, rc, "out of memory") : 0;
}

/* Entries come segment by segment. */
static int look_at(struct log_proof *proof, const struct log_marks *marks, uint64_t segment,
		   struct err *err)
{
	if (proof->is_read && proof->segment == segment)
		return 0;
	proof->is_read = true;
	proof->segment = segment;
	proof->good_end = 0;
	proof->is_open = false;
	return read_segment(proof, marks, err);
}

int log_proof_has(struct log_proof *proof, const struct log_marks *marks,
		  const struct log_entry *entry, bool *ret, struct err *err)
{
	int rc;

	*ret = false;
	if (!marks->is_checked)
		return 0;
	*ret = entry->tree.size > 0 &&
	       log_fold_leads(&proof->fold, proof->dirfd, &entry->tree, &marks->newest);
	if (*ret)
		return 0;
	rc = look_at(proof, marks, entry->segment, err);
	*ret = entry->offset < proof->good_end ||
	       (proof->is_open && entry->seq >= marks->newest.size);
	return rc;
}

void log_proof_free(struct log_proof *proof)
{
	free(take_ptr(&proof->fold.known));
}
