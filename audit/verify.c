/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify.h"

#include "audit/bundle.h"
#include "audit/verify_files.h"
#include "audit/verify_index.h"
#include "audit/verify_join.h"
#include "audit/verify_pool.h"
#include "audit/verify_witness.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#define ENTRY_BYTES 400 /* of a usual entry with its share of checkpoints */
#define TRIES_MAX 8     /* of a log whose files are replaced while it is read */

enum { MARK_WITNESS = 0, MARK_FILE = 1 };

struct verification {
	const struct verify_options *options;
	struct verify_scope scope;
	struct verify_join join;
	struct kept_checkpoint witness;
	bool has_file; /* the log's own file with a checkpoint, */
	char file[CHECKPOINT_MAX + 1];
	struct note file_note;
	uint64_t head_size; /* entries, as the file "head" says */
	const uint64_t *firsts;
	size_t n;
	uint64_t done; /* bytes of the files */
	uint64_t total;
};

/* How a file that is rewritten in place begins; what follows its text means nothing. */
static size_t read_small(int dirfd, const char *name, char *out, size_t size)
{
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t len = fd < 0 ? -1 : read(fd, out, size);

	return len > 0 ? (size_t)len : 0;
}

/* Read before the segments: they may only have grown since. */
static void read_heads(struct verification *v, int dirfd)
{
	char text[SEGMENT_HEAD_MAX];
	size_t len = read_small(dirfd, SEGMENT_HEAD_FILE, text, sizeof(text));
	const char *newline = memchr(text, '\n', len);
	struct segment_head head;
	struct checkpoint checkpoint;
	struct err err = { 0 };

	if (newline && segment_head_parse(text, (size_t)(newline - text), &head) == 0)
		v->head_size = head.tree.size;
	len = read_small(dirfd, CHECKPOINT_FILE, v->file, sizeof(v->file) - 1);
	if (len == 0 || note_parse(v->file, len, &v->file_note, &err) < 0 ||
	    checkpoint_parse(v->file_note.text, v->file_note.text_len, &checkpoint) < 0 ||
	    (v->options->key && strcmp(checkpoint.origin, v->options->key->name) != 0))
		return;
	v->has_file = true;
	v->scope.marks[MARK_FILE].size = checkpoint.size;
	memcpy(v->scope.marks[MARK_FILE].root, checkpoint.root, TREE_HASH_SIZE);
}

static void conclude_heads(struct verification *v)
{
	struct verify_result *result = &v->join.result;
	uint64_t size = v->scope.marks[MARK_FILE].size;

	if (v->join.bad || v->join.dirfd < 0)
		return;
	/* It is rewritten in place: a power cut may leave half of it, and that accuses nobody. */
	result->no_head = !v->has_file ||
			  (v->options->key && !verify_join_is_signed(&v->join, &v->file_note));
	if (result->no_head)
		size = 0;
	else if (v->join.marks[MARK_FILE] == VERIFY_MARK_DIFFERS)
		(void)verify_join_bad(&v->join, result->first, size - 1, CHECKPOINT_FILE, 0,
				      N_("the newest checkpoint is not of the entries that are "
					 "here"));
	if (v->head_size > size)
		size = v->head_size;
	if (size > result->end)
		result->n_after_end = size - result->end;
}

/* Each change of the identity key is kept when its entry goes, and log.prune says how many. */
static void conclude_pruning(struct verification *v)
{
	const struct verify_join *join = &v->join;
	uint64_t first = join->result.first;

	if (!join->bad && join->result.pruned && join->counts_changes &&
	    join->n_changes != join->n_certified)
		(void)verify_join_bad(
			&v->join, first, first, EPOCH_LIST_FILE, 0,
			N_("changes of the identity key are missing that the log says "
			   "are there"));
}

static void conclude_redactions(struct verification *v)
{
	const struct redactions *redacted = &v->join.redacted;
	char file[SEGMENT_NAME_LEN + 1];

	if (redacted->n == 0 || v->join.bad)
		return;
	if (v->join.dirfd < 0) {
		v->join.result.n_unnamed = redacted->n;
		return;
	}
	segment_name_format(redacted->list[0].segment, file);
	(void)verify_join_bad(&v->join, redacted->list[0].seq, redacted->list[0].seq, file,
			      redacted->list[0].offset,
			      N_("an entry is blacked out and no later entry says why"));
	v->join.result.proven_end = redacted->list[0].seq;
}

static bool is_complete(const struct verify_result *result)
{
	return result->signatures_checked && result->n_checkpoints > 0 && !result->cut_segment &&
	       result->n_unsigned == 0 && result->torn_bytes == 0 && result->n_after_end == 0 &&
	       !result->missing_beginning && !result->unchained && !result->no_head &&
	       result->n_unnamed == 0 && result->starts.n_lacking == 0 &&
	       (result->witness_size == 0 || result->witness == VERIFY_WITNESS_AGREES);
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
	result->cut_segment = result->n_segments > 0 && v->join.n_checkpoints_here == 0;
	result->n_unsigned = result->end - result->proven_end;
	result->pruned = result->first > 0 && v->join.pruned && !result->unchained;
	result->missing_beginning = result->first > 0 && !result->pruned;
	conclude_pruning(v);
	conclude_redactions(v);
	conclude_heads(v);
	rc = verify_witness_conclude(&v->witness, v->join.marks[MARK_WITNESS], v->join.dirfd >= 0,
				     &v->join, err);
	if (rc < 0)
		return rc;
	if (result->unchained)
		result->proven_end = result->first;
	if (v->join.bad)
		result->outcome = VERIFY_TAMPERED;
	else
		result->outcome = is_complete(result) ? VERIFY_PROVEN : VERIFY_INCOMPLETE;
	return 0;
}

static int take_part(void *ctx, size_t index, struct verify_part *part, struct err *err)
{
	struct verification *v = ctx;
	int rc = verify_join_add(&v->join, part, &v->firsts[index], index + 1 == v->n, err);

	return rc < 0 ? rc : !v->join.bad;
}

static void progress(void *ctx, uint64_t bytes)
{
	struct verification *v = ctx;

	v->done += bytes;
	if (v->options->progress)
		v->options->progress(v->options->progress_ctx, v->done, v->total);
}

/* Return: bytes of the file in which this segment is. */
static uint64_t file_size(int dirfd, uint64_t first)
{
	char name[SEGMENT_NAME_LEN + sizeof(LINE_PACKED_SUFFIX)];
	struct stat st;

	segment_name_format(first, name);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return (uint64_t)st.st_size;
	strcat(name, LINE_PACKED_SUFFIX);
	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? (uint64_t)st.st_size : 0;
}

static unsigned int n_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned int)CPU_COUNT(&set) : 1;
}

static bool is_deep(const struct verify_options *options, uint64_t n_entries)
{
	return options->depth == VERIFY_DEPTH_DEEP ||
	       (options->depth == VERIFY_DEPTH_AUTO && n_entries < VERIFY_DEEP_BELOW);
}

static int verify_directory(struct verification *v, int dirfd, struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	struct verify_pool pool = { .dirfd = dirfd,
				    .n_threads = v->options->n_threads,
				    .take = take_part,
				    .progress = progress,
				    .ctx = v };
	int rc;

	read_heads(v, dirfd);
	rc = segment_list(dirfd, &firsts, &v->n, err);
	if (rc < 0)
		return rc;
	v->firsts = firsts;
	for (size_t i = 0; i < v->n; i++)
		v->total += file_size(dirfd, firsts[i]);
	if (v->n > 0) {
		v->scope.first = firsts[0];
		v->scope.deep = is_deep(v->options,
					firsts[v->n - 1] - firsts[0] +
						file_size(dirfd, firsts[v->n - 1]) / ENTRY_BYTES);
	}
	if (pool.n_threads == 0)
		pool.n_threads = n_processors();
	if (pool.n_threads > VERIFY_THREADS_MAX)
		pool.n_threads = VERIFY_THREADS_MAX;
	pool.firsts = firsts;
	pool.n = v->n;
	pool.scope = v->scope;
	rc = verify_pool_run(&pool, err);
	v->firsts = NULL;
	return rc;
}

static bool tick(void *ctx, uint64_t bytes)
{
	progress(ctx, bytes);
	return true;
}

static int verify_file(struct verification *v, int fd, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_close int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct verify_part part;
	struct stat st;
	int rc;

	if (own < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "read the segment: %m");
	rc = line_reader_open(own, &reader, err);
	if (rc < 0)
		return rc;
	(void)take_fd(&own);
	v->total = (uint64_t)st.st_size;
	v->scope.deep = is_deep(v->options, v->total / ENTRY_BYTES);
	v->scope.tick = tick;
	v->scope.tick_ctx = v;
	rc = verify_part_read(&v->scope, reader, &part, err);
	if (rc < 0)
		return rc;
	rc = verify_join_add(&v->join, &part, NULL, true, err);
	verify_part_clear(&part);
	return rc;
}

static void verification_free(struct verification *v)
{
	verify_join_clear(&v->join);
	free(v);
}

DEFINE_CLEANUP(struct verification *, verification_free)
#define cleanup_verification cleanup_with(verification_freep)

/* @fd is a directory, or a segment alone. */
static int verify_once(int fd, bool directory, const struct verify_options *options,
		       struct verify_result *ret, struct err *err)
{
	cleanup_verification struct verification *v = calloc(1, sizeof(*v));
	int rc;

	if (!v)
		return err_set(err, -ENOMEM, "out of memory");
	v->options = options;
	verify_join_begin(&v->join, options->key, directory ? fd : -1);
	rc = verify_witness_read(options, &v->witness, &v->scope.marks[MARK_WITNESS], err);
	if (rc == 0)
		rc = directory ? verify_directory(v, fd, err) : verify_file(v, fd, err);
	if (rc == 0)
		rc = conclude(v, err);
	if (rc == 0 && directory && v->scope.deep && v->join.result.outcome != VERIFY_TAMPERED)
		verify_indexes(fd, &v->join.result);
	if (rc == 0)
		*ret = v->join.result;
	return rc;
}

/* What is wrong with files that were replaced meanwhile may be only that: they are read again. */
static int verify_directory_while_it_changes(int dirfd, const struct verify_options *options,
					     struct verify_result *ret, struct err *err)
{
	bool again = true;
	int rc = 0;

	for (unsigned int i = 0; again && i < TRIES_MAX; i++) {
		cleanup_verify_files struct verify_files *before = NULL;
		cleanup_verify_files struct verify_files *after = NULL;

		*err = (struct err){ 0 };
		rc = verify_files_look(dirfd, &before, err);
		if (rc == 0)
			rc = verify_once(dirfd, true, options, ret, err);
		again = before && (rc == -ENOENT || (rc == 0 && ret->outcome == VERIFY_TAMPERED)) &&
			verify_files_look(dirfd, &after, &(struct err){ 0 }) == 0 &&
			verify_files_changed(before, after);
	}
	return rc;
}

int verify_segment(int fd, const struct note_key *key, struct verify_result *ret, struct err *err)
{
	return verify_once(fd, false, &(struct verify_options){ .key = key }, ret, err);
}

int verify_log_with(const char *path, const struct verify_options *options,
		    struct verify_result *ret, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_set(err, -errno, "open %s: %m", path);
	if (S_ISREG(st.st_mode) && bundle_is(fd))
		return verify_bundle(fd, options, ret, err);
	if (S_ISDIR(st.st_mode))
		return verify_directory_while_it_changes(fd, options, ret, err);
	return verify_once(fd, false, options, ret, err);
}

int verify_log(const char *path, const struct note_key *key, struct verify_result *ret,
	       struct err *err)
{
	return verify_log_with(path, &(struct verify_options){ .key = key }, ret, err);
}
