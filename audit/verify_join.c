/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify_join.h"

#include "audit/epoch_list.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <string.h>

void verify_join_begin(struct verify_join *join, const struct note_key *key, int dirfd)
{
	*join = (struct verify_join){ .key = key, .dirfd = dirfd, .epochs_fd = -1 };
	gaps_begin(&join->gaps);
	if (key)
		join->keys[join->n_keys++] = *key;
}

bool verify_join_is_signed(const struct verify_join *join, const struct note *note)
{
	for (size_t i = 0; i < join->n_keys; i++) {
		if (note_is_signed_by(note, &join->keys[i]))
			return true;
	}
	return false;
}

void verify_join_clear(struct verify_join *join)
{
	redactions_clear(&join->redacted);
}

bool verify_join_bad(struct verify_join *join, uint64_t first, uint64_t last, const char *file,
		     uint64_t offset, const char *reason)
{
	struct verify_result *result = &join->result;

	join->bad = true;
	result->bad_first = first;
	result->bad_last = last;
	result->bad_offset = offset;
	(void)snprintf(result->bad_file, sizeof(result->bad_file), "%s", file);
	(void)snprintf(result->reason, sizeof(result->reason), "%s", tr(reason));
	return false;
}

void verify_join_bad_end(struct verify_join *join, const char *file, uint64_t offset,
			 const char *reason)
{
	struct verify_result *result = &join->result;

	(void)verify_join_bad(join, result->first, result->end, file, offset, reason);
	result->proven_end = result->first;
}

/* The oldest ones make room; only the auditor's own stays. */
void verify_join_add_key(struct verify_join *join, const struct note_key *key)
{
	if (join->n_keys == 0) /* nobody gave a key to begin with */
		return;
	if (join->n_keys == NOTE_SIGNATURES_MAX) {
		memmove(&join->keys[1], &join->keys[2],
			(NOTE_SIGNATURES_MAX - 2) * sizeof(join->keys[0]));
		join->n_keys--;
	}
	join->keys[join->n_keys++] = *key;
}

/* The keys of a log whose beginning is not here lead back to its name by the file of certificates.
 */
static bool chain(struct verify_join *join, const struct segment_head *begin, const char *file)
{
	const struct epoch_place place = { begin->origin, &begin->signer, &begin->next,
					   begin->tree.size };
	struct epoch_list list = { 0 };
	uint64_t first = begin->tree.size;
	int rc = -ENOENT;

	if (join->dirfd >= 0)
		rc = epoch_list_find(join->dirfd, &place, &list);
	else if (join->epochs_fd >= 0)
		rc = epoch_list_read(join->epochs_fd, &place, &list);
	if (!segment_check_verify(&begin->check, begin->origin, &begin->signer))
		return verify_join_bad(join, first, first, file, 0,
				       N_("the #seg line is not signed by the key"));
	if (rc == -EBADMSG && list.of_key)
		return verify_join_bad(join, first, first, EPOCH_LIST_FILE, list.offset,
				       N_("a change of the identity key is not certified by its "
					  "epoch, or out of order"));
	if (rc == -EBADMSG)
		return verify_join_bad(join, first, first, EPOCH_LIST_FILE, list.offset,
				       N_("the certificates of the epochs do not lead from the "
					  "log's name to this segment"));
	join->result.unchained = rc < 0;
	if (rc < 0)
		return true;
	for (size_t i = 0; i < list.n_keys; i++)
		verify_join_add_key(join, &list.keys[i]);
	join->n_certified = list.n_changes;
	return true;
}

/* The first #seg line: nothing before it is known, so only its own proof counts. */
static bool begin_log(struct verify_join *join, const struct segment_head *begin, const char *file)
{
	struct verify_result *result = &join->result;

	result->first = result->end = result->proven_end = begin->tree.size;
	result->first_epoch = begin->next.number;
	result->newest = begin->check;
	strcpy(result->origin, begin->origin);
	memcpy(join->first_root, begin->check.root, TREE_HASH_SIZE);
	if (join->key && strcmp(begin->origin, join->key->name) != 0)
		return verify_join_bad(join, begin->tree.size, begin->tree.size, file, 0,
				       N_("the log is of another terminal than the key"));
	if (begin->tree.size > 0)
		return chain(join, begin, file);
	if (!epoch_begins(&begin->next, begin->origin))
		return verify_join_bad(join, 0, 0, file, 0,
				       N_("the first epoch's key is not that of the enrolment"));
	return true;
}

static bool continue_log(struct verify_join *join, const struct segment_head *begin,
			 const char *file)
{
	char expected[SEGMENT_HEAD_MAX];
	char found[SEGMENT_HEAD_MAX];
	uint64_t size = join->state.tree.size;

	(void)segment_head_format(&join->state, expected);
	(void)segment_head_format(begin, found);
	if (strcmp(expected, found) == 0)
		return true;
	if (begin->tree.size > size)
		return verify_join_bad(join, size, begin->tree.size - 1, file, 0,
				       N_("entries are missing before this segment"));
	return verify_join_bad(join, size, size, file, 0,
			       N_("the #seg line does not continue the segment before it"));
}

static bool take_head(struct verify_join *join, const struct verify_part *part,
		      const uint64_t *first, const char *file)
{
	if (!(join->begun ? continue_log(join, &part->begin, file)
			  : begin_log(join, &part->begin, file)))
		return false;
	join->begun = true;
	if (first && *first != part->begin.tree.size)
		return verify_join_bad(join, part->begin.tree.size, part->begin.tree.size, file, 0,
				       N_("the file's name is that of another segment"));
	return true;
}

static void count(struct verify_join *join, const struct verify_part *part)
{
	struct verify_result *result = &join->result;

	if (part->n_dated > 0) {
		if (join->n_dated == 0)
			result->first_wall_us = part->first_wall_us;
		else if (part->first_wall_us < result->last_wall_us)
			result->n_clock_back++;
		result->last_wall_us = part->last_wall_us;
	}
	join->n_dated += part->n_dated;
	result->n_clock_back += part->n_clock_back;
	result->n_clock_steps += part->n_clock_steps;
	result->n_recovered += part->n_recovered;
	result->n_damaged += part->n_damaged;
	result->n_lost += part->n_lost;
	result->n_redacted += part->redacted.n;
	result->n_checkpoints += part->n_checkpoints;
	result->torn_bytes = part->torn_bytes;
	result->end = part->state.tree.size;
	result->proven_end = part->proven_end;
	result->newest = part->newest;
	result->last_epoch = part->state.next.number;
	gaps_join(&join->gaps, &part->gaps);
	starts_join(&join->starts, &part->starts);
}

static void follow_keys(struct verify_join *join, const struct verify_part *part)
{
	for (size_t i = 0; i < part->n_keys && part->keys_by[i] < part->proven_end; i++)
		verify_join_add_key(join, &part->keys[i]);
}

static void follow_pruning(struct verify_join *join, const struct verify_part *part)
{
	if (!part->pruned || part->pruned_by >= part->proven_end ||
	    memcmp(part->pruned_root, join->first_root, TREE_HASH_SIZE) != 0)
		return;
	join->pruned = true;
	join->counts_changes = part->counts_changes;
	join->n_changes = part->n_changes;
}

/* Settled at once when the entry stands in the same segment, else kept for the next ones. */
static int take_redactions(struct verify_join *join, const struct verify_part *part,
			   const char *file, struct err *err)
{
	for (size_t i = 0; i < part->redacted.n; i++) {
		const struct redaction *redaction = &part->redacted.list[i];
		int rc = redactions_add(&join->redacted, redaction);

		if (rc == -ENOMEM)
			return err_set(err, rc, "out of memory");
		if (rc < 0) {
			(void)verify_join_bad(
				join, redaction->seq, redaction->seq, file, redaction->offset,
				N_("more entries are blacked out than people can ask for"));
			return 0;
		}
	}
	for (size_t i = 0; i < part->named.n; i++) {
		if (part->named.list[i].by < part->proven_end)
			redactions_settle(&join->redacted, &part->named.list[i]);
	}
	return 0;
}

/* A closed segment ends with its checkpoint: only the newest may have a tail. */
static const char *wrong_tail(const struct verify_part *part)
{
	if (part->n_checkpoints == 0)
		return N_("the segment has no checkpoint");
	if (part->state.tree.size > part->proven_end || part->torn_bytes > 0)
		return N_("the segment goes on after its last checkpoint");
	return NULL;
}

int verify_join_add(struct verify_join *join, struct verify_part *part, const uint64_t *first,
		    bool last, struct err *err)
{
	char file[SEGMENT_NAME_LEN + 1] = "";
	const char *wrong;
	int rc;

	if (first)
		segment_name_format(*first, file);
	if (!part->begun) /* nothing was read of it: what it is wrong about comes next */
		part->state.tree.size = part->proven_end = join->result.end;
	if (part->begun && !take_head(join, part, first, file))
		return 0;
	join->n_checkpoints_here = part->n_checkpoints;
	if (part->begun) {
		count(join, part);
		follow_keys(join, part);
		follow_pruning(join, part);
		rc = take_redactions(join, part, file, err);
		if (rc < 0 || join->bad)
			return rc;
		for (size_t i = 0; i < VERIFY_MARKS; i++) {
			if (part->marks[i] != VERIFY_MARK_UNSEEN)
				join->marks[i] = part->marks[i];
		}
		join->state = part->state;
	} else {
		join->result.torn_bytes = part->torn_bytes;
	}
	wrong = last ? NULL : wrong_tail(part);
	if (!part->bad && wrong)
		verify_part_blame(part, part->good_offset, wrong);
	if (part->bad) {
		if (!part->begun)
			part->bad_first = part->bad_last = join->result.end;
		(void)verify_join_bad(join, part->bad_first, part->bad_last, file, part->bad_offset,
				      part->reason);
	} else {
		join->result.n_segments++;
	}
	return 0;
}
