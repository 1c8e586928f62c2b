/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/prove.h"

#include "audit/writer.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

int prove_head_read(int dirfd, struct prove_head *ret, struct err *err)
{
	cleanup_close int fd = openat(dirfd, WRITER_VKEY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[NOTE_VKEY_MAX];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (len < 0)
		return err_set(err, -errno, "read the key of the log, %s: %m", WRITER_VKEY_FILE);
	if (note_key_parse(text, (size_t)len, &ret->key, err) < 0)
		return err_wrap(err, "%s", WRITER_VKEY_FILE);
	if (!checkpoint_read(dirfd, CHECKPOINT_FILE, &ret->key, &ret->checkpoint, ret->note))
		return err_set(err, -ENOENT,
			       "the log has no head that its key has signed; "
			       "remedy: run sekisho log verify");
	return 0;
}

/* Gives the maker all leaves of the later tree; keeps the text of entry @seq. */
static int read_leaves(struct leaves *leaves, struct proof_maker *maker, uint64_t seq,
		       struct proof_text *text, struct err *err)
{
	struct leaf leaf;
	int rc = 1;

	while (rc > 0 && leaves->head.tree.size < maker->size) {
		rc = leaves_next(leaves, &leaf, err);
		if (rc <= 0 || leaf.kind == LEAF_CHECK)
			continue;
		proof_add(maker, leaf.hash);
		if (leaf.kind == LEAF_ENTRY && leaf.seq == seq) {
			memcpy(text->entry, leaf.text, leaf.len);
			text->entry_len = leaf.len;
		}
	}
	return rc < 0 ? rc : 0;
}

/* @seq: of the entry whose text is wanted, or beyond the end. */
static int make_proof(int dirfd, uint64_t from, uint64_t seq, struct proof_maker *maker,
		      const struct prove_head *head, struct proof_text *ret, struct err *err)
{
	cleanup_leaves struct leaves leaves = { 0 };
	uint8_t root[TREE_HASH_SIZE];
	int rc = leaves_open(dirfd, from, &leaves, err);

	if (rc < 0)
		return rc;
	if (leaves.head.tree.size > from || !proof_begin(maker, &leaves.head.tree))
		return err_set(err, -ENODATA,
			       "the log begins at entry %" PRIu64 ", what was before is pruned; "
			       "remedy: the bundle of its fiscal year",
			       leaves.firsts[0]);
	rc = read_leaves(&leaves, maker, seq, ret, err);
	if (rc < 0)
		return rc;
	if (!proof_end(maker, &ret->proof, root) ||
	    memcmp(root, head->checkpoint.root, sizeof(root)) != 0)
		return err_set(err, -EBADMSG,
			       "the log is not what its head says; remedy: sekisho log verify");
	ret->note = head->note;
	ret->note_len = strlen(head->note);
	return 0;
}

int prove_entry(int dirfd, uint64_t seq, const struct prove_head *head, struct proof_text *ret,
		struct err *err)
{
	struct proof_maker maker;

	*ret = (struct proof_text){ .number = seq };
	if (!proof_of_entry(&maker, seq, head->checkpoint.size))
		return err_set(err, -ERANGE, "the log has no entry %" PRIu64 ", it has %" PRIu64,
			       seq, head->checkpoint.size);
	return make_proof(dirfd, seq, seq, &maker, head, ret, err);
}

int prove_growth(int dirfd, const struct checkpoint *old, const struct prove_head *head,
		 struct proof_text *ret, struct err *err)
{
	struct proof_maker maker;
	int rc;

	*ret = (struct proof_text){ .of_growth = true, .number = old->size };
	if (strcmp(old->origin, head->checkpoint.origin) != 0)
		return err_set(err, -EBADMSG, "the checkpoint is of another log, %s", old->origin);
	if (!proof_of_growth(&maker, old->size, head->checkpoint.size))
		return err_set(err, -EBADMSG,
			       "the log was cut: it has %" PRIu64 " entries, and the checkpoint "
			       "counts %" PRIu64,
			       head->checkpoint.size, old->size);
	rc = make_proof(dirfd, old->size, UINT64_MAX, &maker, head, ret, err);
	if (rc < 0)
		return rc;
	if (!proof_shows_growth(&ret->proof, old->size, old->root, head->checkpoint.size,
				head->checkpoint.root))
		return err_set(err, -EBADMSG,
			       "the log was changed: its first %" PRIu64
			       " entries are not those of "
			       "the checkpoint",
			       old->size);
	return 0;
}
