/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/head_files.h"

#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int open_file(int dirfd, const char *name, int *ret, struct err *err)
{
	*ret = openat(dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	return *ret < 0 ? err_set(err, -errno, "open %s: %m", name) : 0;
}

int head_files_open(struct head_files *files, int dirfd, struct err *err)
{
	int rc = open_file(dirfd, SEGMENT_HEAD_FILE, &files->head, err);

	return rc < 0 ? rc : open_file(dirfd, CHECKPOINT_FILE, &files->checkpoint, err);
}

void head_files_close(struct head_files *files)
{
	closep(&files->head);
	closep(&files->checkpoint);
}

static size_t format_note(const struct segment_head *state, const struct signer *identity,
			  char *out)
{
	struct checkpoint checkpoint = { .size = state->tree.size };
	uint8_t signature[NOTE_SIGNATURE_SIZE];
	struct note_key epoch;
	size_t len;

	strcpy(checkpoint.origin, state->origin);
	memcpy(checkpoint.root, state->check.root, sizeof(checkpoint.root));
	checkpoint_sign(&checkpoint, identity, signature);
	len = checkpoint_note_format(&checkpoint, signer_public(identity), signature, out);
	if (epoch_note_key(&state->signer, state->origin, &epoch))
		len += note_signature_format(&epoch, state->check.signature, out + len);
	return len;
}

/* Whatever stood behind a longer one goes. */
static void rewrite(int fd, const char *text, size_t len)
{
	if (pwrite(fd, text, len, 0) != (ssize_t)len)
		len = 0;
	(void)!ftruncate(fd, (off_t)len);
}

void head_files_write(const struct head_files *files, const struct segment_head *state,
		      const struct signer *identity)
{
	char head[SEGMENT_HEAD_MAX];
	char note[CHECKPOINT_MAX];

	rewrite(files->head, head, segment_head_format(state, head));
	rewrite(files->checkpoint, note, format_note(state, identity, note));
}
