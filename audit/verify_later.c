/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify_later.h"

#include "audit/key_step.h"
#include "audit/line.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <string.h>

struct change {
	const char *member;
	struct key_step step;
};

struct walk {
	struct verify_join *join;
	struct change *changes; /* in the order of the log */
	size_t n_changes;
	size_t n_certified;
	struct epoch known; /* the last one that is certified */
};

static void walk_clear(struct walk *walk)
{
	free(walk->changes);
}

#define cleanup_walk cleanup_with(walk_clear)

static bool add_change(struct walk *walk, const char *member, const struct proof_text *text)
{
	struct change *change = &walk->changes[walk->n_changes];
	uint64_t first =
		walk->n_changes > 0 ? change[-1].step.seq + 1 : walk->join->result.newest.size;

	change->member = member;
	if (text->number < first || key_step_read(text->entry, text->entry_len, text->number,
						  &change->step) != KEY_STEP_SIGNED)
		return false;
	walk->n_changes++;
	return true;
}

static int read_changes(struct walk *walk, const struct bundle *bundle,
			const struct checkpoint *head, struct err *err)
{
	const struct zip *zip = &bundle->zip;
	cleanup_free struct proof_text *text = malloc(sizeof(*text));
	int rc = 0;

	walk->changes = calloc(zip->n_members + 1, sizeof(*walk->changes));
	if (!text || !walk->changes)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < zip->n_members && !walk->join->bad; i++) {
		const char *name = zip->members[i].name;

		if (strncmp(name, BUNDLE_KEY, strlen(BUNDLE_KEY)) != 0)
			continue;
		rc = bundle_entry(bundle, name, KEY_ENTRY, head, text, err);
		if (rc < 0)
			return rc;
		if (rc == 0 || !add_change(walk, name, text))
			verify_join_bad_end(walk->join, name, 0,
					    N_("this does not prove a later change of the identity "
					       "key"));
	}
	return 0;
}

static void bad_change(struct walk *walk)
{
	verify_join_bad_end(walk->join, walk->changes[walk->n_certified].member, 0,
			    N_("a change of the identity key is not certified by its "
			       "epoch, or out of order"));
}

/* Takes the changes of the epoch that is known. */
static void take_changes(struct walk *walk)
{
	for (; walk->n_certified < walk->n_changes && !walk->join->bad; walk->n_certified++) {
		const struct key_step *step = &walk->changes[walk->n_certified].step;

		if (step->epoch != walk->known.number)
			return;
		if (!key_step_verify(step, &walk->known, walk->join->result.origin)) {
			bad_change(walk);
			return;
		}
		verify_join_add_key(walk->join, &step->key);
	}
}

static void take_epoch(struct walk *walk, const struct line *line)
{
	struct epoch_step step;

	if (!line->whole || epoch_line_parse(line->text, line->len, &step) < 0 ||
	    !epoch_step_verify(&step, &walk->known, walk->join->result.origin)) {
		verify_join_bad_end(walk->join, BUNDLE_EPOCHS_AFTER, line->offset,
				    N_("the certificates of the epochs do not lead on from the "
				       "entries that are here"));
		return;
	}
	walk->known = step.next;
	take_changes(walk);
}

static int follow_epochs(struct walk *walk, const struct bundle *bundle, struct err *err)
{
	const struct zip_member *member = zip_find(&bundle->zip, BUNDLE_EPOCHS_AFTER);
	cleanup_free struct line_reader *reader = malloc(sizeof(*reader));
	cleanup_close int fd = -1;
	struct line line;
	int rc;

	if (!member)
		return 0;
	if (!reader)
		return err_set(err, -ENOMEM, "out of memory");
	rc = zip_extract(&bundle->zip, member, &fd, err);
	if (rc < 0)
		return rc;
	line_reader_init(reader, fd, 0);
	while (!walk->join->bad && (rc = line_next(reader, &line)) == 1)
		take_epoch(walk, &line);
	if (rc == -EMSGSIZE) /* no line of it is as long */
		take_epoch(walk, &(struct line){ .offset = line.offset });
	else if (rc < 0)
		return err_set(err, rc, "read %s: %s", BUNDLE_EPOCHS_AFTER, strerror(-rc));
	return 0;
}

int verify_later_keys(const struct bundle *bundle, const struct checkpoint *head,
		      struct verify_join *join, struct err *err)
{
	cleanup_walk struct walk walk = { .join = join, .known = join->state.next };
	int rc = read_changes(&walk, bundle, head, err);

	if (rc < 0 || join->bad)
		return rc;
	take_changes(&walk);
	rc = follow_epochs(&walk, bundle, err);
	if (rc == 0 && !join->bad && walk.n_certified < walk.n_changes)
		bad_change(&walk);
	return rc;
}
