/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A part of a log in one file: its segments are proven as they are in a log, its
 * beginning by the certificates of the epochs before, and its end, instead of
 * being the log's, by a proof that the newest head begins with it.
 */

#include "audit/bundle.h"
#include "audit/redactions.h"
#include "audit/verify.h"
#include "audit/verify_join.h"
#include "audit/verify_later.h"
#include "audit/verify_witness.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <string.h>

#define NOTE_MAX 8192 /* bytes of a checkpoint with all its signatures */
#define ENTRY_BYTES 400

enum { MARK_WITNESS = 0 };

struct verification {
	const struct verify_options *options;
	struct verify_scope scope;
	struct verify_join join;
	struct bundle bundle;
	int epochs_fd;
	char *head_text; /* the newest head; NULL: the bundle has none that can be read */
	struct note head_note;
	struct checkpoint head;
	struct kept_checkpoint witness;
};

static void verification_free(struct verification *v)
{
	verify_join_clear(&v->join);
	bundle_close(&v->bundle);
	closep(&v->epochs_fd);
	free(v->head_text);
	free(v);
}

DEFINE_CLEANUP(struct verification *, verification_free)
#define cleanup_verification cleanup_with(verification_freep)

static bool read_checkpoint(const char *text, size_t len, struct note *ret_note,
			    struct checkpoint *ret)
{
	struct err err = { 0 };

	return note_parse(text, len, ret_note, &err) == 0 &&
	       checkpoint_parse(ret_note->text, ret_note->text_len, ret) == 0;
}

static int read_head(struct verification *v, struct err *err)
{
	const struct zip_member *epochs = zip_find(&v->bundle.zip, EPOCH_LIST_FILE);
	size_t len = 0;
	int rc = bundle_text(&v->bundle, CHECKPOINT_FILE, NOTE_MAX, &v->head_text, &len, err);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (rc == 0 && !read_checkpoint(v->head_text, len, &v->head_note, &v->head))
		return err_set(err, -EBADMSG, "the checkpoint in the export is none");
	return epochs ? zip_extract(&v->bundle.zip, epochs, &v->epochs_fd, err) : 0;
}

static int read_segment(struct verification *v, size_t index, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct verify_part part;
	int rc = bundle_segment_open(&v->bundle, index, &reader, err);

	if (rc == 0)
		rc = verify_part_read(&v->scope, reader, &part, err);
	if (rc < 0)
		return rc;
	rc = verify_join_add(&v->join, &part, &v->bundle.firsts[index],
			     index + 1 == v->bundle.n_segments, err);
	verify_part_clear(&part);
	return rc;
}

static int read_segments(struct verification *v, struct err *err)
{
	const struct verify_options *options = v->options;
	size_t n = v->bundle.n_segments;
	int rc = 0;

	v->scope.first = n > 0 ? v->bundle.firsts[0] : 0;
	v->scope.deep = options->depth == VERIFY_DEPTH_DEEP ||
			(options->depth == VERIFY_DEPTH_AUTO &&
			 v->bundle.zip.end / ENTRY_BYTES < VERIFY_DEEP_BELOW);
	for (size_t i = 0; rc == 0 && i < n && !v->join.bad; i++) {
		rc = read_segment(v, i, err);
		if (options->progress)
			options->progress(options->progress_ctx, i + 1, n);
	}
	return rc;
}

/* That the newest head begins with what is here. */
static int conclude_growth(struct verification *v, struct err *err)
{
	struct verify_result *result = &v->join.result;
	cleanup_free struct proof_text *text = calloc(1, sizeof(*text));
	cleanup_free char *bytes = NULL;
	size_t len = 0;
	int rc = bundle_text(&v->bundle, BUNDLE_GROWTH, PROOF_TEXT_MAX, &bytes, &len, err);

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (rc == 0 && (proof_text_parse(bytes, len, text, err) < 0 || !text->of_growth ||
			text->number != result->newest.size))
		verify_join_bad_end(&v->join, BUNDLE_GROWTH, 0,
				    N_("the proof of growth is not one of these entries"));
	else if (!proof_shows_growth(&text->proof, result->newest.size, result->newest.root,
				     v->head.size, v->head.root))
		verify_join_bad_end(&v->join, BUNDLE_GROWTH, 0,
				    N_("the newest checkpoint does not begin with the entries that "
				       "are here"));
	return 0;
}

static int conclude_head(struct verification *v, struct err *err)
{
	struct verify_result *result = &v->join.result;
	int rc;

	if (v->join.bad)
		return 0;
	result->no_head = !v->head_text;
	if (!v->head_text || result->n_checkpoints == 0)
		return 0;
	if (strcmp(v->head.origin, result->origin) != 0) {
		verify_join_bad_end(&v->join, CHECKPOINT_FILE, 0,
				    N_("the newest checkpoint is of another log"));
		return 0;
	}
	rc = verify_later_keys(&v->bundle, &v->head, &v->join, err);
	if (rc < 0 || v->join.bad)
		return rc;
	if (v->join.key && !verify_join_is_signed(&v->join, &v->head_note)) {
		verify_join_bad_end(&v->join, CHECKPOINT_FILE, 0,
				    N_("the newest checkpoint is not signed by the key"));
		return 0;
	}
	rc = conclude_growth(v, err);
	if (rc == 0 && !v->join.bad)
		result->part_of = v->head.size;
	return rc;
}

/* A later entry says why one here is blacked out: it is proven to stand in the same log. */
static int settle(struct verification *v, const char *name, struct err *err)
{
	cleanup_free struct proof_text *text = malloc(sizeof(*text));
	struct redaction named;
	int rc;

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	rc = bundle_entry(&v->bundle, name, REDACTION_ENTRY, &v->head, text, err);
	if (rc == 1 && redaction_read(text->entry, text->entry_len, text->number, &named))
		redactions_settle(&v->join.redacted, &named);
	return rc < 0 ? rc : 0;
}

static int conclude_redactions(struct verification *v, struct err *err)
{
	const struct redactions *redacted = &v->join.redacted;
	const struct zip *zip = &v->bundle.zip;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < zip->n_members && redacted->n > 0 && v->head_text; i++) {
		if (strncmp(zip->members[i].name, BUNDLE_REDACTION, strlen(BUNDLE_REDACTION)) == 0)
			rc = settle(v, zip->members[i].name, err);
	}
	if (rc < 0 || v->join.bad || redacted->n == 0)
		return rc;
	(void)verify_join_bad(&v->join, redacted->list[0].seq, redacted->list[0].seq, "",
			      redacted->list[0].offset,
			      N_("an entry is blacked out and no later entry says why"));
	v->join.result.proven_end = redacted->list[0].seq;
	return 0;
}

static int conclude(struct verification *v, struct err *err)
{
	struct verify_result *result = &v->join.result;
	int rc;

	result->signatures_checked = v->options->key != NULL;
	result->deep = v->scope.deep;
	result->next = v->join.state.next;
	result->gaps = v->join.gaps.found;
	result->starts = v->join.starts.found;
	result->cut_segment = v->join.n_checkpoints_here == 0;
	result->n_unsigned = result->end - result->proven_end;
	rc = conclude_redactions(v, err);
	if (rc == 0)
		rc = conclude_head(v, err);
	if (rc == 0)
		rc = verify_witness_conclude(&v->witness, v->join.marks[MARK_WITNESS], false,
					     &v->join, err);
	if (rc < 0)
		return rc;
	if (result->unchained)
		result->proven_end = result->first;
	if (v->join.bad)
		result->outcome = VERIFY_TAMPERED;
	else if (result->signatures_checked && result->part_of > 0 && !result->cut_segment &&
		 result->n_unsigned == 0 && result->torn_bytes == 0 && !result->unchained &&
		 result->starts.n_lacking == 0 &&
		 (result->witness_size == 0 || result->witness == VERIFY_WITNESS_AGREES))
		result->outcome = VERIFY_PROVEN;
	else
		result->outcome = VERIFY_INCOMPLETE;
	return 0;
}

int verify_bundle(int fd, const struct verify_options *options, struct verify_result *ret,
		  struct err *err)
{
	cleanup_verification struct verification *v = calloc(1, sizeof(*v));
	int rc;

	if (!v)
		return err_set(err, -ENOMEM, "out of memory");
	v->options = options;
	v->bundle.zip.fd = v->epochs_fd = -1;
	verify_join_begin(&v->join, options->key, -1);
	rc = bundle_open(fd, &v->bundle, err);
	if (rc == 0)
		rc = read_head(v, err);
	if (rc == 0)
		rc = verify_witness_read(options, &v->witness, &v->scope.marks[MARK_WITNESS], err);
	v->join.epochs_fd = v->epochs_fd;
	if (rc == 0)
		rc = read_segments(v, err);
	if (rc == 0)
		rc = conclude(v, err);
	if (rc == 0)
		*ret = v->join.result;
	return rc;
}
