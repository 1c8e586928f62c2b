/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/proof_file.h"

#include "audit/proof_text.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define STATUS_NOT_PROVEN 1
#define STATUS_PRUNED 2
#define STATUS_FAILURE 3

int proof_exit_status(int rc)
{
	if (rc >= 0)
		return rc;
	return rc == -EBADMSG ? STATUS_NOT_PROVEN : rc == -ENODATA ? STATUS_PRUNED : STATUS_FAILURE;
}

/* At most @size bytes; a file that is longer is too long for what it should be. */
static int read_file(const char *path, char *out, size_t size, size_t *ret_len, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t len = 0;
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && len < size) {
		n = read(fd, out + len, size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0)
		return err_set(err, -errno, "read %s: %m", path);
	if (n > 0)
		return err_set(err, -EFBIG, "%s is far too long", path);
	*ret_len = len;
	return 0;
}

bool proof_file_is(const char *path)
{
	static const char *const beginnings[] = { PROOF_TEXT_OF_ENTRY, PROOF_TEXT_OF_GROWTH };
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[sizeof(PROOF_TEXT_OF_ENTRY)];

	for (size_t i = 0; fd >= 0 && i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
		size_t len = strlen(beginnings[i]);

		if (pread(fd, text, len, 0) == (ssize_t)len &&
		    memcmp(text, beginnings[i], len) == 0)
			return true;
	}
	return false;
}

int proof_file_checkpoint(const char *path, const struct note_key *key, struct checkpoint *ret,
			  struct err *err)
{
	char bytes[CHECKPOINT_MAX * 4];
	struct note note;
	size_t len;
	int rc = read_file(path, bytes, sizeof(bytes), &len, err);

	if (rc < 0)
		return rc;
	if (note_parse(bytes, len, &note, err) < 0 ||
	    checkpoint_parse(note.text, note.text_len, ret) < 0)
		return err_set(err, -EINVAL,
			       "%s is no checkpoint; remedy: what sekisho log checkpoint printed",
			       path);
	if (strcmp(ret->origin, key->name) != 0)
		return err_set(err, -EBADMSG, "%s is of another log than the key", path);
	if (!note_is_signed_by(&note, key))
		return err_set(err, -EBADMSG, "%s is not signed by this key", path);
	return 0;
}

/* One line, with or without its newline. */
static int read_entry(const char *path, char out[RECORD_MAX + 2], size_t *ret_len, struct err *err)
{
	int rc = read_file(path, out, RECORD_MAX + 2, ret_len, err);

	if (rc == 0 && *ret_len > 0 && out[*ret_len - 1] == '\n')
		(*ret_len)--;
	if (rc == 0 && memchr(out, '\n', *ret_len))
		rc = err_set(err, -EINVAL,
			     "%s holds more than one line; remedy: the one line of "
			     "the entry",
			     path);
	return rc;
}

static int check_entry(const struct proof_text *proof, const char *other,
		       const struct note_key *key, FILE *out, struct err *err)
{
	char line[RECORD_MAX + 2];
	struct checkpoint head;
	size_t len = 0;
	int rc = other ? read_entry(other, line, &len, err) : 0;

	if (rc == 0)
		rc = proof_text_check(proof, key, other ? line : NULL, len, &head, err);
	if (rc < 0)
		return rc;
	if (!other)
		memcpy(line, proof->entry, len = proof->entry_len);
	fprintf(out,
		tr("Proven: this is entry %" PRIu64 " of %s, which had %" PRIu64
		   " entries then.\n"),
		proof->number, head.origin, head.size);
	if (record_is_text(line, len))
		fprintf(out, "%.*s\n", (int)len, line);
	return 0;
}

static int check_growth(const struct proof_text *proof, const char *other,
			const struct note_key *key, FILE *out, struct err *err)
{
	struct checkpoint old;
	struct checkpoint head;
	int rc;

	if (!other)
		return err_set(err, -EINVAL,
			       "this proves that a log grew; remedy: give the "
			       "earlier checkpoint as well");
	rc = proof_file_checkpoint(other, key, &old, err);
	if (rc == 0)
		rc = proof_text_check_growth(proof, key, &old, &head, err);
	if (rc < 0)
		return rc;
	fprintf(out,
		tr("Proven: the %" PRIu64 " entries of %s begin with the %" PRIu64
		   " of the earlier checkpoint.\n"),
		head.size, head.origin, old.size);
	return 0;
}

int proof_file_check(const char *path, const char *other, const struct note_key *key, FILE *out,
		     struct err *err)
{
	cleanup_free struct proof_text *proof = malloc(sizeof(*proof));
	cleanup_free char *bytes = malloc(PROOF_TEXT_MAX);
	size_t len = 0;
	int rc;

	if (!proof || !bytes)
		return err_set(err, -ENOMEM, "out of memory");
	rc = read_file(path, bytes, PROOF_TEXT_MAX, &len, err);
	if (rc == 0 && proof_text_parse(bytes, len, proof, err) < 0)
		rc = err_wrap(err, "%s", path);
	if (rc < 0)
		return rc;
	return proof->of_growth ? check_growth(proof, other, key, out, err)
				: check_entry(proof, other, key, out, err);
}
