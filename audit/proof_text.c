/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/proof_text.h"

#include "core/err.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define EXTRA "extra "
#define INDEX "index "

#define ENTRY_TEXT_MAX sodium_base64_ENCODED_LEN(RECORD_MAX, sodium_base64_VARIANT_ORIGINAL)

struct reader {
	const char *at;
	const char *end;
};

static bool literal(struct reader *reader, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, text, len) != 0)
		return false;
	reader->at += len;
	return true;
}

/* The rest of the line; the newline is stepped over. */
static bool rest(struct reader *reader, const char **ret, size_t *ret_len)
{
	const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));

	if (!newline)
		return false;
	*ret = reader->at;
	*ret_len = (size_t)(newline - reader->at);
	reader->at = newline + 1;
	return true;
}

/* Decimal, without leading zeros, to the end of the line. */
static bool number(struct reader *reader, uint64_t *ret)
{
	const char *text = NULL;
	uint64_t value = 0;
	size_t len = 0;

	if (!rest(reader, &text, &len) || len == 0 || (text[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
		if (value > (uint64_t)RECORD_NUMBER_MAX)
			return false;
	}
	*ret = value;
	return true;
}

/* Base64 of one length only decodes to one length. */
static bool entry(struct reader *reader, struct proof_text *text)
{
	const char *line = NULL;
	size_t len = 0;
	size_t size;

	if (!rest(reader, &line, &len) || len == 0 || len % 4 != 0)
		return false;
	size = len / 4 * 3 - (line[len - 1] == '=') - (line[len - 2] == '=');
	if (size > sizeof(text->entry) ||
	    !note_base64_decode(line, len, (uint8_t *)text->entry, size))
		return false;
	text->entry_len = size;
	return true;
}

static bool hashes(struct reader *reader, struct proof *proof)
{
	for (;;) {
		const char *line = NULL;
		size_t len = 0;

		if (!rest(reader, &line, &len))
			return false;
		if (len == 0)
			return true;
		if (proof->n == PROOF_HASHES_MAX ||
		    !note_base64_decode(line, len, proof->hashes[proof->n], TREE_HASH_SIZE))
			return false;
		proof->n++;
	}
}

int proof_text_parse(const char *bytes, size_t len, struct proof_text *ret, struct err *err)
{
	struct reader reader = { .at = bytes, .end = bytes + len };
	bool valid = len <= PROOF_TEXT_MAX;

	*ret = (struct proof_text){ .of_growth = literal(&reader, PROOF_TEXT_OF_GROWTH) };
	if (!ret->of_growth) {
		valid = valid && literal(&reader, PROOF_TEXT_OF_ENTRY);
		if (valid && literal(&reader, EXTRA))
			valid = entry(&reader, ret);
		valid = valid && literal(&reader, INDEX);
	}
	if (!valid || !number(&reader, &ret->number) || !hashes(&reader, &ret->proof))
		return err_set(
			err, -EINVAL,
			"this is not a proof; remedy: a file that sekisho log prove wrote, or "
			"any other C2SP tlog-proof");
	ret->note = reader.at;
	ret->note_len = (size_t)(reader.end - reader.at);
	return 0;
}

size_t proof_text_format(const struct proof_text *text, char *out)
{
	char base64[ENTRY_TEXT_MAX];
	size_t len = 0;

	if (!text->of_growth)
		len += (size_t)sprintf(out, PROOF_TEXT_OF_ENTRY);
	if (text->entry_len > 0) {
		(void)sodium_bin2base64(base64, sizeof(base64), (const uint8_t *)text->entry,
					text->entry_len, sodium_base64_VARIANT_ORIGINAL);
		len += (size_t)sprintf(out + len, EXTRA "%s\n", base64);
	}
	len += (size_t)sprintf(out + len, "%s%" PRIu64 "\n",
			       text->of_growth ? PROOF_TEXT_OF_GROWTH : INDEX, text->number);
	for (size_t i = 0; i < text->proof.n; i++) {
		(void)sodium_bin2base64(base64, sizeof(base64), text->proof.hashes[i],
					TREE_HASH_SIZE, sodium_base64_VARIANT_ORIGINAL);
		len += (size_t)sprintf(out + len, "%s\n", base64);
	}
	out[len++] = '\n';
	memcpy(out + len, text->note, text->note_len);
	return len + text->note_len;
}

/* The checkpoint, once it is known to be this key's. */
static int take_checkpoint(const struct proof_text *text, const struct note_key *key,
			   struct checkpoint *ret, struct err *err)
{
	struct note note;
	int rc = note_parse(text->note, text->note_len, &note, err);

	if (rc < 0)
		return err_wrap(err, "the checkpoint of the proof");
	if (checkpoint_parse(note.text, note.text_len, ret) < 0)
		return err_set(err, -EINVAL, "the proof holds no checkpoint");
	if (strcmp(ret->origin, key->name) != 0)
		return err_set(err, -EBADMSG,
			       "not proven: the proof is of another log than the "
			       "key; remedy: the key of that terminal");
	if (!note_is_signed_by(&note, key))
		return err_set(err, -EBADMSG,
			       "not proven: the checkpoint is not signed by this key; remedy: the "
			       "key as it was registered, or that of the time if it was changed");
	return 0;
}

int proof_text_check(const struct proof_text *text, const struct note_key *key, const char *entry,
		     size_t entry_len, struct checkpoint *ret, struct err *err)
{
	uint8_t hash[TREE_HASH_SIZE];
	struct checkpoint checkpoint;
	int rc;

	if (text->of_growth)
		return err_set(err, -EINVAL, "this proves that a log grew, and no entry");
	if (!entry && text->entry_len == 0)
		return err_set(err, -EINVAL,
			       "the proof does not hold the entry; remedy: give a file with its "
			       "line");
	rc = take_checkpoint(text, key, &checkpoint, err);
	if (rc < 0)
		return rc;
	if (entry)
		tree_leaf_hash(entry, entry_len, hash);
	else
		tree_leaf_hash(text->entry, text->entry_len, hash);
	if (!proof_shows_entry(&text->proof, text->number, checkpoint.size, hash, checkpoint.root))
		return err_set(err, -EBADMSG,
			       "not proven: this is not entry %" PRIu64 " of the log, or the proof "
			       "was altered",
			       text->number);
	*ret = checkpoint;
	return 0;
}

int proof_text_check_growth(const struct proof_text *text, const struct note_key *key,
			    const struct checkpoint *old, struct checkpoint *ret, struct err *err)
{
	struct checkpoint checkpoint;
	int rc;

	if (!text->of_growth)
		return err_set(err, -EINVAL, "this proves an entry, and not that a log grew");
	rc = take_checkpoint(text, key, &checkpoint, err);
	if (rc < 0)
		return rc;
	if (strcmp(old->origin, checkpoint.origin) != 0 || old->size != text->number ||
	    !proof_shows_growth(&text->proof, old->size, old->root, checkpoint.size,
				checkpoint.root))
		return err_set(err, -EBADMSG,
			       "not proven: the later log does not begin with the earlier one");
	*ret = checkpoint;
	return 0;
}
