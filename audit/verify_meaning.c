/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify_meaning.h"

#include "audit/cursor.h"
#include "audit/key_step.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <string.h>

static bool is_type(const struct record_prefix *prefix, const char *name)
{
	return prefix->type_len == strlen(name) &&
	       memcmp(prefix->type, name, prefix->type_len) == 0;
}

static void note_pruning(const struct verify_reading *reading, const struct line *line)
{
	uint8_t root[TREE_HASH_SIZE];
	struct cursor number, text, count;
	uint64_t n_changes;
	uint64_t first;

	if (!record_field(line->text, line->len, "first", &number) ||
	    !record_field(line->text, line->len, "root", &text) ||
	    !cursor_number(&number, SEGMENT_SEQ_MAX, &first) || number.at != number.end ||
	    first != reading->scope->first || !cursor_bytes(&text, root, sizeof(root)) ||
	    text.at != text.end)
		return;
	reading->part->counts_changes = record_field(line->text, line->len, "count", &count) &&
					cursor_number(&count, SEGMENT_SEQ_MAX, &n_changes) &&
					count.at == count.end;
	reading->part->n_changes = reading->part->counts_changes ? n_changes : 0;
	reading->part->pruned = true;
	reading->part->pruned_by = reading->part->state.tree.size;
	memcpy(reading->part->pruned_root, root, sizeof(root));
}

static bool note_key_change(struct verify_part *part, const struct line *line)
{
	struct key_step step;
	enum key_step_form form =
		key_step_read(line->text, line->len, part->state.tree.size, &step);

	if (form == KEY_STEP_BAD || strcmp(step.key.name, part->state.origin) != 0)
		return verify_bad_next(part, line,
				       N_("the new identity key is not one of this log"));
	if (form == KEY_STEP_SIGNED &&
	    !key_step_verify(&step, &part->state.next, part->state.origin))
		return verify_bad_next(part, line,
				       N_("the new identity key is not certified by the key of "
					  "its epoch"));
	if (part->n_keys == VERIFY_KEYS_MAX) { /* root may change it as often as it likes */
		part->n_keys--;
		memmove(part->keys, part->keys + 1, part->n_keys * sizeof(part->keys[0]));
		memmove(part->keys_by, part->keys_by + 1, part->n_keys * sizeof(part->keys_by[0]));
	}
	part->keys[part->n_keys] = step.key;
	part->keys_by[part->n_keys++] = part->state.tree.size;
	return true;
}

static bool note_redaction(struct verify_reading *reading, const struct line *line)
{
	struct verify_part *part = reading->part;
	struct redaction named;
	int rc;

	if (!redaction_read(line->text, line->len, part->state.tree.size, &named))
		return verify_bad_next(part, line,
				       N_("an entry log.redact names no entry before it"));
	rc = redactions_add(&part->named, &named);
	if (rc == -ENOBUFS)
		return verify_bad_next(part, line,
				       N_("more entries are blacked out than people can ask for"));
	reading->rc = rc;
	return rc == 0;
}

/*
 * The closing checkpoint is by the same key and covers the entry; its own
 * signature says nothing more until that part of the log is pruned.
 */
static bool is_certified(const struct verify_reading *reading, const struct epoch_step *step)
{
	const struct segment_head *state = &reading->part->state;

	return reading->every_signature ? epoch_step_verify(step, &state->next, state->origin)
					: step->next.number == state->next.number + 1;
}

/* Entries that mean something to the proof itself. */
bool verify_meaning(struct verify_reading *reading, const struct record_prefix *prefix,
		    const struct line *line)
{
	struct verify_part *part = reading->part;

	if (is_type(prefix, EPOCH_ENTRY)) {
		if (!epoch_step_read(line->text, line->len, &part->step) ||
		    !is_certified(reading, &part->step))
			return verify_bad_next(part, line,
					       N_("the next key is not certified by this one"));
		part->stepping = true;
	} else if (is_type(prefix, REDACTION_ENTRY)) {
		return note_redaction(reading, line);
	} else if (is_type(prefix, KEY_ENTRY)) {
		return note_key_change(part, line);
	} else if (is_type(prefix, "log.prune")) {
		note_pruning(reading, line);
	} else {
		part->n_clock_steps += is_type(prefix, "clock.step");
		part->n_recovered += is_type(prefix, "log.recovered");
		part->n_damaged += is_type(prefix, "log.damaged");
		part->n_lost += is_type(prefix, "log.lost");
	}
	return true;
}
