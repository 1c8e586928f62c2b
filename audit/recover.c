/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/recover.h"

#include "audit/line.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* What the newest segment holds. */
struct survey {
	const struct note_key *key;
	bool every_signature;    /* or only the newest: one signature covers all before it */
	bool has_head;           /* begins with a valid #seg line */
	struct tree tree;        /* at @end */
	uint64_t end;            /* after the last line that may be kept */
	struct segment_check at; /* last valid checkpoint */
	bool stopped;            /* a line at @end is not what belongs there */
	bool proven_after;       /* and a signed checkpoint comes after it */
	struct tree as_is;       /* every line that looks like an entry */
	uint64_t size;           /* bytes of the file */
};

static bool survey_head(struct survey *survey, const struct line *line, uint64_t first)
{
	struct segment_head head;

	if (!line->whole || segment_head_parse(line->text, line->len, &head) < 0 ||
	    head.tree.size != first || strcmp(head.origin, survey->key->name) != 0 ||
	    (first > 0 && !segment_check_verify(&head.check, survey->key)))
		return false;
	survey->tree = survey->as_is = head.tree;
	survey->at = head.check;
	return true;
}

static bool survey_entry(struct survey *survey, const struct line *line)
{
	struct record_prefix prefix;
	uint8_t hash[TREE_HASH_SIZE];

	if (record_scan(line->text, line->len, &prefix) < 0 || prefix.seq != survey->tree.size ||
	    !record_is_text(line->text, line->len))
		return false;
	tree_leaf_hash(line->text, line->len, hash);
	tree_append(&survey->tree, hash);
	return true;
}

static bool survey_check(struct survey *survey, const struct line *line)
{
	struct segment_check check;
	uint8_t root[TREE_HASH_SIZE];

	if (segment_check_parse(line->text, line->len, &check) < 0 ||
	    check.size != survey->tree.size || check.size <= survey->at.size)
		return false;
	tree_root(&survey->tree, root);
	if (memcmp(root, check.root, sizeof(root)) != 0 ||
	    (survey->every_signature && !segment_check_verify(&check, survey->key)))
		return false;
	survey->at = check;
	return true;
}

static void survey_line(struct survey *survey, const struct line *line)
{
	struct segment_check check;
	uint8_t hash[TREE_HASH_SIZE];

	if (line->whole && line->text[0] == '{') {
		tree_leaf_hash(line->text, line->len, hash);
		tree_append(&survey->as_is, hash);
	}
	if (survey->stopped) {
		if (!survey->proven_after && line->whole &&
		    segment_check_parse(line->text, line->len, &check) == 0)
			survey->proven_after = segment_check_verify(&check, survey->key);
		return;
	}
	if (line->whole && line->len > 0 &&
	    (line->text[0] == '{' ? survey_entry(survey, line) : survey_check(survey, line)))
		survey->end = line->offset + line->len + 1;
	else
		survey->stopped = true;
}

static int survey_file(struct survey *survey, struct line_reader *reader, int fd, uint64_t first,
		       struct err *err)
{
	struct line line;
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_set(err, -errno, "read the newest segment: %m");
	survey->size = (uint64_t)st.st_size;
	line_reader_init(reader, fd, 0);
	rc = line_next(reader, &line);
	if (rc == 1 && survey_head(survey, &line, first)) {
		survey->has_head = true;
		survey->end = line.offset + line.len + 1;
	}
	while (survey->has_head && (rc = line_next(reader, &line)) == 1)
		survey_line(survey, &line);
	if (rc < 0 && rc != -EMSGSIZE) {
		errno = -rc;
		return err_set(err, rc, "read the newest segment: %m");
	}
	return 0;
}

static int survey_segment(const struct note_key *key, int fd, uint64_t first, struct survey *ret,
			  struct err *err)
{
	cleanup_free struct line_reader *reader = malloc(sizeof(*reader));
	int rc;

	if (!reader)
		return err_set(err, -ENOMEM, "out of memory");
	*ret = (struct survey){ .key = key, .tree.size = first };
	rc = survey_file(ret, reader, fd, first, err);
	if (rc < 0 || ret->at.size == 0 || segment_check_verify(&ret->at, key))
		return rc;
	*ret = (struct survey){ .key = key, .every_signature = true, .tree.size = first };
	return survey_file(ret, reader, fd, first, err);
}

bool recover_read_head(int dirfd, const struct note_key *key, struct segment_head *ret)
{
	cleanup_close int fd = openat(dirfd, SEGMENT_HEAD_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[SEGMENT_HEAD_MAX];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	const char *newline = len > 0 ? memchr(text, '\n', (size_t)len) : NULL;

	return newline && segment_head_parse(text, (size_t)(newline - text), ret) == 0 &&
	       strcmp(ret->origin, key->name) == 0 && ret->tree.size > 0 &&
	       segment_check_verify(&ret->check, key);
}

/* Copies the bytes of @fd from @offset on to a file of their own. */
static int save_torn(int dirfd, int fd, uint64_t offset, uint64_t seq, struct err *err)
{
	cleanup_close int out = -1;
	char name[40];
	char buffer[16384];
	ssize_t n;
	int rc;

	(void)snprintf(name, sizeof(name), "torn-%012" PRIu64 ".bin", seq);
	out = openat(dirfd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (out < 0)
		return err_set(err, -errno, "open %s: %m", name);
	while ((n = pread(fd, buffer, sizeof(buffer), (off_t)offset)) > 0) {
		rc = file_write_all(out, buffer, (size_t)n);
		if (rc < 0) {
			errno = -rc;
			return err_set(err, rc, "write %s: %m", name);
		}
		offset += (uint64_t)n;
	}
	if (n < 0 || fsync(out) < 0 || fsync(dirfd) < 0)
		return err_set(err, -errno, "write %s: %m", name);
	return 0;
}

static void sign(const struct signer *identity, const struct tree *tree, struct segment_check *ret)
{
	struct checkpoint checkpoint = { .size = tree->size };

	strcpy(checkpoint.origin, signer_public(identity)->name);
	tree_root(tree, checkpoint.root);
	ret->size = tree->size;
	memcpy(ret->root, checkpoint.root, sizeof(ret->root));
	checkpoint_sign(&checkpoint, identity, ret->signature);
}

/* Complete entries after the last checkpoint: nobody was told, but they are true. */
static int sign_kept(const struct signer *identity, struct survey *survey, int fd, struct err *err)
{
	char text[SEGMENT_CHECK_MAX];
	size_t len;
	int rc;

	sign(identity, &survey->tree, &survey->at);
	len = segment_check_format(&survey->at, text);
	rc = lseek(fd, (off_t)survey->end, SEEK_SET) < 0 ? -errno : file_write_all(fd, text, len);
	if (rc == 0 && fdatasync(fd) < 0)
		rc = -errno;
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "write the checkpoint of recovered entries: %m");
	}
	survey->end += len;
	return 0;
}

static int mend_tail(int dirfd, const struct signer *identity, struct survey *survey, int fd,
		     struct recovery *ret, struct err *err)
{
	struct writer_found *found = &ret->found;
	int rc;

	found->n_kept = survey->tree.size - survey->at.size;
	found->torn_bytes += survey->size - survey->end;
	found->recovered |= found->n_kept > 0 || found->torn_bytes > 0;
	if (survey->size > survey->end) {
		rc = save_torn(dirfd, fd, survey->end, survey->tree.size, err);
		if (rc < 0)
			return rc;
		if (ftruncate(fd, (off_t)survey->end) < 0)
			return err_set(err, -errno, "cut off the torn end: %m");
	}
	if (found->n_kept > 0) {
		rc = sign_kept(identity, survey, fd, err);
		if (rc < 0)
			return rc;
	}
	ret->state.tree = survey->tree;
	ret->state.check = survey->at;
	ret->end = survey->end;
	return 0;
}

/* Goes on after damage: from the last head acknowledged, or from what is there. */
static int go_round(const struct signer *identity, const struct survey *survey, uint64_t first,
		    const struct segment_head *head, struct recovery *ret, struct err *err)
{
	struct writer_found *found = &ret->found;
	char name[SEGMENT_NAME_LEN + 1];

	segment_name_format(first, name);
	found->damaged = true;
	found->offset = survey->end;
	(void)snprintf(found->detail, sizeof(found->detail),
		       "%s after byte %" PRIu64 ": proven up to %" PRIu64 " entries", name,
		       survey->end, survey->at.size);
	if (head && head->tree.size >= survey->at.size) {
		ret->state = *head;
		return 0;
	}
	if (survey->as_is.size <= first)
		return err_set(err, -EBADMSG,
			       "%s is damaged and there is no head to go on from; remedy: keep a "
			       "copy for the auditor, then move the whole log aside",
			       name);
	ret->state.tree = survey->as_is;
	sign(identity, &survey->as_is, &ret->state.check);
	return 0;
}

/* True when something is no longer there that was proven or acknowledged once. */
static bool is_damaged(const struct survey *survey, uint64_t first, const struct segment_head *head)
{
	if (survey->proven_after)
		return true;
	if (!head || head->tree.size <= first)
		return false;
	return head->tree.size > survey->at.size ||
	       (head->tree.size == survey->at.size &&
		memcmp(head->check.root, survey->at.root, TREE_HASH_SIZE) != 0);
}

/* A segment without a single whole entry: as if it had never begun. */
static int set_aside(int dirfd, int fd, const char *name, uint64_t first, struct err *err)
{
	int rc = save_torn(dirfd, fd, 0, first, err);

	if (rc == 0 && unlinkat(dirfd, name, 0) < 0)
		rc = err_set(err, -errno, "unlink %s: %m", name);
	return rc;
}

/* Return: 1 when the segment was never really begun and the one before it counts. */
static int recover_segment(int dirfd, const struct signer *identity, uint64_t first,
			   const struct segment_head *head, struct recovery *ret, struct err *err)
{
	cleanup_close int fd = -1;
	char name[SEGMENT_NAME_LEN + 1];
	struct survey survey;
	int rc;

	segment_name_format(first, name);
	fd = openat(dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", name);
	rc = survey_segment(signer_public(identity), fd, first, &survey, err);
	if (rc < 0)
		return rc;
	if (is_damaged(&survey, first, head))
		return go_round(identity, &survey, first, head, ret, err);
	if (survey.tree.size == first) {
		ret->found.torn_bytes += survey.size;
		ret->found.recovered = true;
		rc = set_aside(dirfd, fd, name, first, err);
		return rc < 0 ? rc : 1;
	}
	rc = mend_tail(dirfd, identity, &survey, fd, ret, err);
	if (rc == 0)
		ret->fd = take_fd(&fd);
	return rc;
}

int recover(int dirfd, const struct signer *identity, struct recovery *ret, struct err *err)
{
	struct recovery recovery = { .fd = -1 };
	cleanup_free uint64_t *firsts = NULL;
	struct segment_head stored;
	const struct segment_head *head = NULL;
	size_t n = 0;
	int rc = segment_list(dirfd, &firsts, &n, err);

	if (rc < 0)
		return rc;
	if (recover_read_head(dirfd, signer_public(identity), &stored))
		head = &stored;
	strcpy(recovery.state.origin, signer_public(identity)->name);
	for (rc = 1; rc == 1 && n > 0; n--)
		rc = recover_segment(dirfd, identity, firsts[n - 1], head, &recovery, err);
	if (rc < 0)
		return rc;
	if (rc == 1 && head) { /* no segment left, yet entries were acknowledged */
		recovery.found.damaged = true;
		(void)snprintf(recovery.found.detail, sizeof(recovery.found.detail),
			       "all %" PRIu64 " entries are gone", head->tree.size);
		recovery.state = *head;
	}
	*ret = recovery;
	return 0;
}
