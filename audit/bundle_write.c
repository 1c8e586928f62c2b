/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/bundle.h"

#include "audit/epoch_list.h"
#include "audit/writer.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define REDACT_TYPE "log.redact"
#define REDACT_KEY "\"seq_of\":"

/* An entry log.redact and what it names. */
struct naming {
	uint64_t seq;
	uint64_t seq_of;
};

/* #epoch lines, and #key lines as well where their entries are not in the bundle. */
struct lines {
	char *text;
	size_t len;
};

/* Of what is behind the end of the bundle. */
struct later {
	struct lines epochs;
	size_t epochs_kept; /* those that lead to the last of these: */
	uint64_t *changes;  /* log.key */
	size_t n_changes;
};

/* What one look at the whole log tells. */
struct plan {
	size_t lo; /* segments, of leaves.firsts */
	size_t hi;
	bool any;
	uint64_t first; /* entries */
	struct checkpoint end;
	uint64_t
		last_bytes; /* of segment hi, in its content; what follows is later than the head */
	struct lines epochs; /* of what is before */
	size_t epochs_kept;  /* those from before the segment that is being read */
	struct later later;
	struct naming *namings;
	size_t n_namings;
};

static void plan_clear(struct plan *plan)
{
	free(plan->epochs.text);
	free(plan->later.epochs.text);
	free(plan->later.changes);
	free(plan->namings);
}

#define cleanup_plan cleanup_with(plan_clear)

static int no_memory(struct err *err)
{
	return err_set(err, -ENOMEM, "out of memory");
}

static int add_lines(struct lines *lines, const char *text, size_t len, struct err *err)
{
	char *more = realloc(lines->text, lines->len + len);

	if (!more)
		return no_memory(err);
	memcpy(more + lines->len, text, len);
	lines->text = more;
	lines->len += len;
	return 0;
}

static int add_epoch(struct lines *lines, const struct epoch_step *step, struct err *err)
{
	char line[EPOCH_TEXT_MAX];

	return add_lines(lines, line, epoch_line_format(step, line), err);
}

static int add_later_change(struct later *later, uint64_t seq, struct err *err)
{
	uint64_t *more = reallocarray(later->changes, later->n_changes + 1, sizeof(*more));

	if (!more)
		return no_memory(err);
	later->changes = more;
	later->changes[later->n_changes++] = seq;
	later->epochs_kept = later->epochs.len;
	return 0;
}

/* One without a signature proves nothing outside the log. */
static int add_key(struct plan *plan, const struct leaf *leaf, struct err *err)
{
	char line[KEY_TEXT_MAX];
	struct key_step step;

	if (key_step_read(leaf->text, leaf->len, leaf->seq, &step) != KEY_STEP_SIGNED)
		return 0;
	return plan->any ? add_later_change(&plan->later, step.seq, err)
			 : add_lines(&plan->epochs, line, key_line_format(&step, line), err);
}

/* The keys up to where the log begins: the first one, or what pruning has left. */
static int begin_epochs(int dirfd, const struct segment_head *head, struct plan *plan,
			struct err *err)
{
	cleanup_close int fd = -1;
	char buffer[4096];
	ssize_t n = 1;
	int rc = 0;

	if (head->tree.size == 0)
		return add_epoch(&plan->epochs, &(struct epoch_step){ .next = head->next }, err);
	fd = openat(dirfd, EPOCH_LIST_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	while (rc == 0 && n > 0) {
		n = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));
		if (n < 0)
			return err_set(err, -errno, "read %s: %m", EPOCH_LIST_FILE);
		rc = add_lines(&plan->epochs, buffer, (size_t)n, err);
	}
	plan->epochs.len = epoch_list_cut(plan->epochs.text, plan->epochs.len, head->next.number,
					  head->tree.size);
	return rc;
}

static bool is_type(const struct leaf *leaf, const char *name)
{
	return leaf->prefix.type_len == strlen(name) &&
	       memcmp(leaf->prefix.type, name, strlen(name)) == 0;
}

/* Quotes within a value are escaped, so the key is only found where it is one. */
static int add_naming(struct plan *plan, const struct leaf *leaf, struct err *err)
{
	const char *key = memmem(leaf->text, leaf->len, REDACT_KEY, strlen(REDACT_KEY));
	struct naming *more;
	uint64_t seq_of = 0;

	if (!key)
		return 0;
	for (key += strlen(REDACT_KEY); *key >= '0' && *key <= '9'; key++)
		seq_of = seq_of * 10 + (uint64_t)(*key - '0');
	more = reallocarray(plan->namings, plan->n_namings + 1, sizeof(*more));
	if (!more)
		return no_memory(err);
	plan->namings = more;
	plan->namings[plan->n_namings++] = (struct naming){ .seq = leaf->seq, .seq_of = seq_of };
	return 0;
}

static int plan_entry(struct plan *plan, const struct leaves *leaves, const struct leaf *leaf,
		      int64_t begin_us, int64_t end_us, struct err *err)
{
	size_t here = leaves->next - 1;
	struct epoch_step step;

	if (is_type(leaf, REDACT_TYPE))
		return add_naming(plan, leaf, err);
	if (leaf->prefix.wall_us >= begin_us && leaf->prefix.wall_us < end_us) {
		if (!plan->any) {
			plan->lo = here;
			plan->first = leaves->firsts[here];
			plan->epochs.len = plan->epochs_kept;
		}
		plan->any = true;
		plan->hi = here;
	}
	if (is_type(leaf, EPOCH_ENTRY) && epoch_step_read(leaf->text, leaf->len, &step))
		return add_epoch(plan->any ? &plan->later.epochs : &plan->epochs, &step, err);
	return is_type(leaf, KEY_ENTRY) ? add_key(plan, leaf, err) : 0;
}

/* Where segment hi ends; a checkpoint after it does not count.  What is later begins anew. */
static void plan_end(struct plan *plan, const struct leaves *leaves, const struct leaf *leaf)
{
	if (!plan->any || leaves->next - 1 != plan->hi)
		return;
	strcpy(plan->end.origin, leaves->head.origin);
	plan->end.size = leaf->check.size;
	memcpy(plan->end.root, leaf->check.root, sizeof(plan->end.root));
	plan->last_bytes = leaf->end;
	plan->later.epochs.len = plan->later.epochs_kept = plan->later.n_changes = 0;
}

static int make_plan(struct leaves *leaves, const struct checkpoint *head, int64_t begin_us,
		     int64_t end_us, struct plan *plan, struct err *err)
{
	size_t segment = leaves->next;
	struct leaf leaf = { 0 };
	int rc = begin_epochs(leaves->dirfd, &leaves->head, plan, err);

	plan->epochs_kept = plan->epochs.len;
	while (rc >= 0 && !(leaf.kind == LEAF_CHECK && leaf.check.size >= head->size)) {
		rc = leaves_next(leaves, &leaf, err);
		if (rc == 0)
			break;
		if (leaves->next != segment) {
			segment = leaves->next;
			plan->epochs_kept = plan->epochs.len;
		}
		if (rc > 0 && leaf.kind == LEAF_ENTRY)
			rc = plan_entry(plan, leaves, &leaf, begin_us, end_us, err);
		else if (rc > 0 && leaf.kind == LEAF_CHECK)
			plan_end(plan, leaves, &leaf);
	}
	if (rc < 0)
		return rc;
	if (leaf.kind != LEAF_CHECK || leaf.check.size != head->size ||
	    memcmp(leaf.check.root, head->root, sizeof(head->root)) != 0)
		return err_set(err, -EBADMSG,
			       "the log is not what its head says; remedy: sekisho log verify");
	if (!plan->any)
		return err_set(err, -ENODATA, "the log has no entries of that time");
	return 0;
}

/* As it stands; of a plain one only what was there when the plan was made. */
static int add_segment(struct zip *zip, int dirfd, uint64_t first, uint64_t max, struct err *err)
{
	char name[SEGMENT_NAME_LEN + sizeof(LINE_PACKED_SUFFIX)];
	cleanup_close int fd = -1;

	segment_name_format(first, name);
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) {
		strcat(name, LINE_PACKED_SUFFIX);
		fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		max = UINT64_MAX;
	}
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", name);
	return zip_add(zip, name, fd, max, err);
}

static int add_proof(struct zip *zip, const char *name, const struct proof_text *text,
		     struct err *err)
{
	cleanup_free char *out = malloc(PROOF_TEXT_MAX);

	if (!out)
		return no_memory(err);
	return zip_add_text(zip, name, out, proof_text_format(text, out), err);
}

static int add_entry(struct zip *zip, const char *prefix, uint64_t seq, int dirfd,
		     const struct prove_head *head, struct err *err)
{
	cleanup_free struct proof_text *text = malloc(sizeof(*text));
	char name[ZIP_NAME_MAX];
	int rc;

	if (!text)
		return no_memory(err);
	(void)snprintf(name, sizeof(name), "%s%012" PRIu64 ".tlog-proof", prefix, seq);
	rc = prove_entry(dirfd, seq, head, text, err);
	return rc < 0 ? rc : add_proof(zip, name, text, err);
}

/* Who signs the head, where that is another one than at the end of the segments. */
static int add_later(struct zip *zip, int dirfd, const struct later *later,
		     const struct prove_head *head, struct err *err)
{
	int rc = 0;

	if (later->epochs_kept > 0)
		rc = zip_add_text(zip, BUNDLE_EPOCHS_AFTER, later->epochs.text, later->epochs_kept,
				  err);
	for (size_t i = 0; rc == 0 && i < later->n_changes; i++)
		rc = add_entry(zip, BUNDLE_KEY, later->changes[i], dirfd, head, err);
	return rc;
}

/* What the segments do not prove by themselves. */
static int add_proofs(struct zip *zip, int dirfd, const struct plan *plan,
		      const struct prove_head *head, struct err *err)
{
	cleanup_free struct proof_text *text = malloc(sizeof(*text));
	int rc = 0;

	if (!text)
		return no_memory(err);
	if (plan->end.size < head->checkpoint.size) {
		rc = prove_growth(dirfd, &plan->end, head, text, err);
		if (rc == 0)
			rc = add_proof(zip, BUNDLE_GROWTH, text, err);
	}
	for (size_t i = 0; rc == 0 && i < plan->n_namings; i++) {
		const struct naming *naming = &plan->namings[i];

		if (naming->seq < plan->end.size || naming->seq_of < plan->first ||
		    naming->seq_of >= plan->end.size)
			continue;
		rc = add_entry(zip, BUNDLE_REDACTION, naming->seq, dirfd, head, err);
	}
	return rc < 0 ? rc : add_later(zip, dirfd, &plan->later, head, err);
}

static int add_all(struct zip *zip, const struct leaves *leaves, const struct plan *plan,
		   const struct prove_head *head, const char *readme, struct err *err)
{
	char vkey[NOTE_VKEY_MAX + 1];
	int rc = zip_add_text(zip, BUNDLE_README, readme, strlen(readme), err);

	note_key_format(&head->key, vkey);
	strcat(vkey, "\n");
	if (rc == 0)
		rc = zip_add_text(zip, WRITER_VKEY_FILE, vkey, strlen(vkey), err);
	if (rc == 0)
		rc = zip_add_text(zip, CHECKPOINT_FILE, head->note, strlen(head->note), err);
	if (rc == 0)
		rc = zip_add_text(zip, EPOCH_LIST_FILE, plan->epochs.text, plan->epochs.len, err);
	if (rc == 0)
		rc = add_proofs(zip, leaves->dirfd, plan, head, err);
	for (size_t i = plan->lo; rc == 0 && i <= plan->hi; i++)
		rc = add_segment(zip, leaves->dirfd, leaves->firsts[i],
				 i == plan->hi ? plan->last_bytes : UINT64_MAX, err);
	return rc < 0 ? rc : zip_end(zip, err);
}

int bundle_write(int dirfd, const struct prove_head *head, int64_t begin_us, int64_t end_us,
		 const char *readme, int out, struct bundle_extent *ret, struct err *err)
{
	cleanup_leaves struct leaves leaves = { 0 };
	cleanup_zip struct zip zip = { 0 };
	cleanup_plan struct plan plan = { 0 };
	int rc = leaves_open(dirfd, 0, &leaves, err);

	if (rc == 0)
		rc = make_plan(&leaves, &head->checkpoint, begin_us, end_us, &plan, err);
	if (rc < 0)
		return rc;
	zip_begin(&zip, out);
	rc = add_all(&zip, &leaves, &plan, head, readme, err);
	if (rc < 0)
		return rc;
	*ret = (struct bundle_extent){ .first = plan.first,
				       .end = plan.end.size,
				       .n_segments = plan.hi - plan.lo + 1 };
	return 0;
}
