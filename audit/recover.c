/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/recover.h"

#include "audit/survey.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

bool recover_read_head(int dirfd, const char *origin, struct segment_head *ret)
{
	cleanup_close int fd = openat(dirfd, SEGMENT_HEAD_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[SEGMENT_HEAD_MAX];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	const char *newline = len > 0 ? memchr(text, '\n', (size_t)len) : NULL;

	return newline && segment_head_parse(text, (size_t)(newline - text), ret) == 0 &&
	       strcmp(ret->origin, origin) == 0 && ret->tree.size > 0 &&
	       segment_check_verify(&ret->check, origin, &ret->signer);
}

static bool is_same(const struct epoch *a, const struct epoch *b)
{
	return b && a->number == b->number && memcmp(a->public, b->public, NOTE_PUBLIC_SIZE) == 0;
}

/*
 * The log says which epoch it is in.  A key that is behind was certified by a
 * commit after which nothing was erased any more; that is done now, before
 * anything is signed.
 */
static int follow_epoch(struct epoch_keys *keys, const struct epoch *epoch, struct err *err)
{
	if (is_same(epoch, epoch_keys_prepared(keys)))
		epoch_keys_advance(keys);
	else if (!is_same(epoch, epoch_keys_current(keys)))
		return err_set(err, -ENOKEY,
			       "%s holds another key than that of epoch %llu of the log; remedy: "
			       "restore both from one moment, or move the "
			       "whole log aside and give the auditor the new vkey",
			       EPOCH_KEYS_FILE, (unsigned long long)epoch->number);
	return epoch_keys_erase(keys, err);
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

static void sign(const struct epoch_keys *keys, const char *origin, const struct tree *tree,
		 struct segment_check *ret)
{
	struct checkpoint checkpoint = { .size = tree->size };
	char body[CHECKPOINT_BODY_MAX];

	(void)snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", origin);
	tree_root(tree, checkpoint.root);
	*ret = (struct segment_check){ .size = tree->size,
				       .epoch = epoch_keys_current(keys)->number };
	memcpy(ret->root, checkpoint.root, sizeof(ret->root));
	epoch_keys_sign(keys, body, checkpoint_format(&checkpoint, body), ret->signature);
}

/* Complete entries after the last checkpoint: nobody was told, but they are true. */
static int sign_kept(const struct epoch_keys *keys, struct survey *survey, int fd, struct err *err)
{
	char text[SEGMENT_CHECK_MAX];
	size_t len;
	int rc;

	sign(keys, survey->origin, &survey->tree, &survey->at);
	survey->signer = *epoch_keys_current(keys);
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

/* If the last of them names the next key, this checkpoint was the last one of this epoch. */
static int close_kept(struct epoch_keys *keys, struct survey *survey, struct err *err)
{
	if (!survey->has_coming)
		return 0;
	survey->next = survey->coming.next;
	return follow_epoch(keys, &survey->next, err);
}

static int mend_tail(int dirfd, struct epoch_keys *keys, struct survey *survey, int fd,
		     struct recovery *ret, struct err *err)
{
	struct writer_found *found = &ret->found;
	int rc = follow_epoch(keys, &survey->next, err);

	if (rc < 0)
		return rc;
	if (survey->has_coming && !is_same(&survey->coming.next, epoch_keys_prepared(keys)))
		return err_set(err, -ENOKEY,
			       "the log names a next key that %s does not hold; remedy: restore "
			       "both from one moment",
			       EPOCH_KEYS_FILE);

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
		rc = sign_kept(keys, survey, fd, err);
		if (rc == 0)
			rc = close_kept(keys, survey, err);
		if (rc < 0)
			return rc;
	}
	ret->state.tree = survey->tree;
	ret->state.next = survey->next;
	ret->state.check = survey->at;
	ret->state.signer = survey->signer;
	ret->end = survey->end;
	return 0;
}

/* Goes on after damage: from the last head acknowledged, or from what is there. */
static int go_round(struct epoch_keys *keys, const struct survey *survey, uint64_t first,
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
		return follow_epoch(keys, &head->next, err);
	}
	if (survey->as_is.size <= first)
		return err_set(err, -EBADMSG,
			       "%s is damaged and there is no head to go on from; remedy: keep a "
			       "copy for the auditor, then move the whole log aside",
			       name);
	if (is_same(&survey->newest, epoch_keys_prepared(keys)))
		epoch_keys_advance(keys);
	ret->state.tree = survey->as_is;
	ret->state.next = ret->state.signer = *epoch_keys_current(keys);
	sign(keys, survey->origin, &survey->as_is, &ret->state.check);
	return epoch_keys_erase(keys, err);
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

/* Only segments that others follow are compressed: what followed this one is gone. */
static int go_on_after_packed(struct epoch_keys *keys, const char *name,
			      const struct segment_head *head, struct recovery *ret,
			      struct err *err)
{
	if (!head)
		return err_set(err, -EBADMSG,
			       "everything after %s is gone and there is no head to go on from; "
			       "remedy: keep a copy for the auditor, then move the whole log aside",
			       name);
	ret->found.damaged = true;
	(void)snprintf(ret->found.detail, sizeof(ret->found.detail),
		       "everything after %s is gone, up to %" PRIu64 " entries", name,
		       head->tree.size);
	ret->state = *head;
	return follow_epoch(keys, &head->next, err);
}

/* Return: 1 when the segment was never really begun and the one before it counts. */
static int recover_segment(int dirfd, struct epoch_keys *keys, uint64_t first,
			   const struct segment_head *head, const char *boot, struct recovery *ret,
			   struct err *err)
{
	cleanup_close int fd = -1;
	char name[SEGMENT_NAME_LEN + 1];
	struct survey survey;
	int rc;

	segment_name_format(first, name);
	fd = openat(dirfd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return go_on_after_packed(keys, name, head, ret, err);
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", name);
	rc = survey_segment(ret->state.origin, fd, first, &survey, err);
	if (rc < 0)
		return rc;
	ret->same_boot = strcmp(survey.boot, boot) == 0;
	strcpy(ret->identity, survey.identity);
	if (is_damaged(&survey, first, head))
		return go_round(keys, &survey, first, head, ret, err);
	if (survey.tree.size == first) {
		ret->found.torn_bytes += survey.size;
		ret->found.recovered = true;
		rc = set_aside(dirfd, fd, name, first, err);
		return rc < 0 ? rc : 1;
	}
	rc = mend_tail(dirfd, keys, &survey, fd, ret, err);
	if (rc == 0)
		ret->fd = take_fd(&fd);
	return rc;
}

/* No segment is left.  Only a log that never had an entry may begin with the first one. */
static int begin(struct epoch_keys *keys, const struct segment_head *head,
		 struct recovery *recovery, struct err *err)
{
	if (head) { /* yet entries were acknowledged */
		recovery->found.damaged = true;
		(void)snprintf(recovery->found.detail, sizeof(recovery->found.detail),
			       "all %" PRIu64 " entries are gone", head->tree.size);
		recovery->state = *head;
		return follow_epoch(keys, &head->next, err);
	}
	recovery->state.next = *epoch_keys_current(keys);
	recovery->same_boot = true;
	if (epoch_begins(&recovery->state.next, recovery->state.origin))
		return epoch_keys_erase(keys, err);
	return err_set(err, -EBADMSG,
		       "all entries of the log are gone; remedy: keep a copy of what is left for "
		       "the auditor, move it aside and give the auditor the new vkey");
}

int recover(int dirfd, const struct note_key *identity, struct epoch_keys *keys, const char *boot,
	    struct recovery *ret, struct err *err)
{
	struct recovery recovery = { .fd = -1 };
	cleanup_free uint64_t *firsts = NULL;
	struct segment_head stored;
	const struct segment_head *head = NULL;
	size_t n = 0;
	int rc = segment_list(dirfd, &firsts, &n, err);

	if (rc < 0)
		return rc;
	if (recover_read_head(dirfd, identity->name, &stored))
		head = &stored;
	strcpy(recovery.state.origin, identity->name);
	for (rc = 1; rc == 1 && n > 0; n--)
		rc = recover_segment(dirfd, keys, firsts[n - 1], head, boot, &recovery, err);
	if (rc == 1)
		rc = begin(keys, head, &recovery, err);
	if (rc == 0)
		*ret = recovery;
	return rc;
}
