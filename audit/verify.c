/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify.h"

#include "audit/line.h"
#include "audit/record.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

struct verifier {
	const struct note_key *key; /* or NULL */
	struct verify_result result;
	struct segment_head state; /* what the next #seg line must say */
	struct epoch_step coming;  /* named by the last entry, which is not signed yet */
	bool has_coming;
	bool begun; /* a #seg line was accepted */
	bool bad;
	char file[SEGMENT_NAME_LEN + 1];
	uint64_t good_offset; /* after the last valid checkpoint or #seg line of this file */
	uint64_t n_checkpoints_here;
	struct line_reader reader;
};

/* Records the first thing wrong; always returns false. */
__attribute__((format(printf, 3, 4))) static bool bad(struct verifier *v, uint64_t offset,
						      const char *fmt, ...)
{
	struct verify_result *result = &v->result;
	va_list ap;

	v->bad = true;
	result->bad_offset = offset;
	strcpy(result->bad_file, v->file);
	va_start(ap, fmt);
	(void)vsnprintf(result->reason, sizeof(result->reason), fmt, ap);
	va_end(ap);
	return false;
}

/* The entry at the end of what was read is the wrong one. */
static bool bad_next(struct verifier *v, const struct line *line, const char *reason)
{
	v->result.bad_first = v->result.bad_last = v->state.tree.size;
	return bad(v, line->offset, "%s", tr(reason));
}

/* One of the entries since the last checkpoint is, or the checkpoint itself. */
static bool bad_batch(struct verifier *v, uint64_t offset, const char *reason)
{
	v->result.bad_first = v->result.proven_end;
	v->result.bad_last = v->state.tree.size > v->result.proven_end ? v->state.tree.size - 1
								       : v->result.proven_end;
	return bad(v, offset, "%s", tr(reason));
}

/* The first #seg line: nothing before it is known, so only its own proof counts. */
static bool begin_log(struct verifier *v, const struct line *line)
{
	struct verify_result *result = &v->result;

	if (segment_head_parse(line->text, line->len, &v->state) < 0)
		return bad_next(v, line, N_("the #seg line is not valid"));
	result->first = result->end = result->proven_end = v->state.tree.size;
	result->missing_beginning = result->first > 0;
	result->newest = v->state.check;
	strcpy(result->origin, v->state.origin);
	if (!v->key)
		return true;
	if (strcmp(v->state.origin, v->key->name) != 0)
		return bad_next(v, line, N_("the log is of another terminal than the key"));
	if (result->first == 0 && !epoch_begins(&v->state.next, v->state.origin))
		return bad_next(v, line, N_("the first epoch's key is not that of the enrolment"));
	if (result->first > 0 &&
	    !segment_check_verify(&v->state.check, v->state.origin, &v->state.signer))
		return bad_next(v, line, N_("the #seg line is not signed by the key"));
	return true;
}

static bool continue_log(struct verifier *v, const struct line *line)
{
	struct segment_head head;
	char expected[SEGMENT_HEAD_MAX];
	size_t len = segment_head_format(&v->state, expected);

	if (len == line->len + 1 && memcmp(expected, line->text, line->len) == 0)
		return true;
	if (segment_head_parse(line->text, line->len, &head) == 0 &&
	    head.tree.size > v->state.tree.size) {
		v->result.bad_first = v->state.tree.size;
		v->result.bad_last = head.tree.size - 1;
		return bad(v, line->offset, "%s",
			   tr(N_("entries are missing before this segment")));
	}
	return bad_next(v, line, N_("the #seg line does not continue the segment before it"));
}

static bool take_head(struct verifier *v, const struct line *line, const uint64_t *name_first)
{
	if (line->len < 4 || memcmp(line->text, "#seg", 4) != 0)
		return bad_next(v, line, N_("the segment does not begin with a #seg line"));
	if (!(v->begun ? continue_log(v, line) : begin_log(v, line)))
		return false;
	v->begun = true;
	if (name_first && *name_first != v->state.tree.size)
		return bad_next(v, line, N_("the file's name is that of another segment"));
	v->good_offset = line->offset + line->len + 1;
	return true;
}

static bool is_type(const struct record_prefix *prefix, const char *name)
{
	return prefix->type_len == strlen(name) && memcmp(prefix->type, name, strlen(name)) == 0;
}

static void count_entry(struct verify_result *result, const struct record_prefix *prefix)
{
	if (result->end == result->first)
		result->first_wall_us = prefix->wall_us;
	else if (prefix->wall_us < result->last_wall_us)
		result->n_clock_back++;
	result->last_wall_us = prefix->wall_us;
	result->n_recovered += is_type(prefix, "log.recovered");
	result->n_damaged += is_type(prefix, "log.damaged");
	result->end++;
}

static bool take_entry(struct verifier *v, const struct line *line)
{
	struct record_prefix prefix;
	uint8_t hash[TREE_HASH_SIZE];

	if (record_scan(line->text, line->len, &prefix) < 0)
		return bad_next(v, line, N_("this is not an entry of the log"));
	if (prefix.seq > v->state.tree.size) {
		v->result.bad_first = v->state.tree.size;
		v->result.bad_last = prefix.seq - 1;
		return bad(v, line->offset, "%s", tr(N_("entries are missing here")));
	}
	if (prefix.seq < v->state.tree.size)
		return bad_next(v, line, N_("an entry is repeated or out of order"));
	if (v->has_coming)
		return bad_next(v, line, N_("the epoch's closing checkpoint is missing"));
	if (is_type(&prefix, EPOCH_ENTRY)) {
		if (!epoch_step_read(line->text, line->len, &v->coming) ||
		    !epoch_step_verify(&v->coming, &v->state.next, v->state.origin))
			return bad_next(v, line, N_("the next key is not certified by this one"));
		v->has_coming = true;
	}
	tree_leaf_hash(line->text, line->len, hash);
	tree_append(&v->state.tree, hash);
	count_entry(&v->result, &prefix);
	return true;
}

static bool take_check(struct verifier *v, const struct line *line)
{
	struct segment_check check;
	uint8_t root[TREE_HASH_SIZE];

	if (segment_check_parse(line->text, line->len, &check) < 0)
		return bad_batch(v, line->offset, N_("this line is neither entry nor checkpoint"));
	if (check.size != v->state.tree.size)
		return bad_batch(v, v->good_offset,
				 N_("the checkpoint counts other entries than stand before it"));
	if (check.size == v->result.proven_end)
		return bad_batch(v, line->offset, N_("the checkpoint is repeated"));
	tree_root(&v->state.tree, root);
	if (memcmp(root, check.root, sizeof(root)) != 0)
		return bad_batch(v, v->good_offset,
				 N_("what stands here is not what was signed (the tree differs)"));
	if (check.epoch != v->state.next.number)
		return bad_batch(v, line->offset, N_("the checkpoint is of another epoch"));
	if (!segment_check_verify(&check, v->state.origin, &v->state.next))
		return bad_batch(v, line->offset,
				 N_("the checkpoint is not signed by the key of its epoch"));
	v->state.check = v->result.newest = check;
	v->state.signer = v->state.next;
	if (v->has_coming)
		v->state.next = v->coming.next;
	v->has_coming = false;
	v->result.proven_end = check.size;
	v->result.n_checkpoints++;
	v->n_checkpoints_here++;
	v->good_offset = line->offset + line->len + 1;
	return true;
}

static bool take_line(struct verifier *v, const struct line *line, const uint64_t *name_first)
{
	if (!line->whole) {
		v->result.torn_bytes = line->len;
		return true;
	}
	if (line->offset == 0)
		return take_head(v, line, name_first);
	return line->len > 0 && line->text[0] == '{' ? take_entry(v, line) : take_check(v, line);
}

/* A closed segment ends with its checkpoint: only the newest may have a tail. */
static void check_tail(struct verifier *v)
{
	if (v->bad)
		return;
	if (v->n_checkpoints_here == 0)
		(void)bad_batch(v, v->good_offset, N_("the segment has no checkpoint"));
	else if (v->state.tree.size > v->result.proven_end || v->result.torn_bytes > 0)
		(void)bad_batch(v, v->good_offset,
				N_("the segment goes on after its last checkpoint"));
}

static int walk(struct verifier *v, int fd, const uint64_t *name_first, struct err *err)
{
	struct line line;
	int rc;

	v->good_offset = 0;
	v->n_checkpoints_here = 0;
	line_reader_init(&v->reader, fd, 0);
	while ((rc = line_next(&v->reader, &line)) == 1 && take_line(v, &line, name_first))
		;
	if (rc == -EMSGSIZE) {
		(void)bad_next(v, &line, N_("this line is longer than any line of the log"));
		return 0;
	}
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "read %s: %m", v->file);
	}
	v->result.n_segments++;
	return 0;
}

static void conclude(struct verifier *v, const struct checkpoint *head)
{
	struct verify_result *result = &v->result;

	result->signatures_checked = v->key != NULL;
	result->cut_segment = result->n_segments > 0 && v->n_checkpoints_here == 0;
	result->n_unsigned = v->state.tree.size - result->proven_end;
	if (head && head->size > result->end)
		result->n_after_end = head->size - result->end;
	if (v->bad)
		result->outcome = VERIFY_TAMPERED;
	else if (!v->key || result->n_checkpoints == 0 || result->cut_segment ||
		 result->n_unsigned > 0 || result->torn_bytes > 0 || result->n_after_end > 0 ||
		 result->missing_beginning)
		result->outcome = VERIFY_INCOMPLETE;
	else
		result->outcome = VERIFY_PROVEN;
}

static int verify_file(struct verifier *v, int dirfd, uint64_t first, bool last, struct err *err)
{
	cleanup_close int fd = -1;
	int rc;

	segment_name_format(first, v->file);
	fd = openat(dirfd, v->file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", v->file);
	rc = walk(v, fd, &first, err);
	if (rc == 0 && !last)
		check_tail(v);
	return rc;
}

static int verify_directory(struct verifier *v, int dirfd, struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	struct checkpoint head;
	bool has_head = v->key && checkpoint_read(dirfd, CHECKPOINT_FILE, v->key, &head, NULL);
	size_t n = 0;
	int rc = segment_list(dirfd, &firsts, &n, err);

	for (size_t i = 0; rc == 0 && i < n && !v->bad; i++)
		rc = verify_file(v, dirfd, firsts[i], i + 1 == n, err);
	if (rc == 0)
		conclude(v, has_head ? &head : NULL);
	return rc;
}

static struct verifier *verifier_new(const struct note_key *key, struct err *err)
{
	struct verifier *v = calloc(1, sizeof(*v));

	if (!v)
		(void)err_set(err, -ENOMEM, "out of memory");
	else
		v->key = key;
	return v;
}

int verify_segment(int fd, const struct note_key *key, struct verify_result *ret, struct err *err)
{
	cleanup_free struct verifier *v = verifier_new(key, err);
	int rc;

	if (!v)
		return err->code;
	rc = walk(v, fd, NULL, err);
	if (rc < 0)
		return rc;
	conclude(v, NULL);
	*ret = v->result;
	return 0;
}

int verify_log(const char *path, const struct note_key *key, struct verify_result *ret,
	       struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_free struct verifier *v = NULL;
	struct stat st;
	int rc;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "open %s: %m", path);
	if (!S_ISDIR(st.st_mode))
		return verify_segment(fd, key, ret, err);
	v = verifier_new(key, err);
	if (!v)
		return err->code;
	rc = verify_directory(v, fd, err);
	if (rc == 0)
		*ret = v->result;
	return rc;
}
