/* SPDX-License-Identifier: Apache-2.0 */

#include "core/err.h"
#include "core/parse.h"
#include "permit/internal.h"
#include "policy/load_internal.h"

#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-"

static void read_text(struct permit_reader *r, const struct scfg_word *word, char *out, size_t size)
{
	if (strlen(word->text) >= size)
		PERMIT_FAIL(r, word, "the text is longer than %zu bytes; remedy: shorten it",
			    size - 1);
	else
		strcpy(out, word->text);
}

void permit_read_name(struct permit_reader *r, const struct scfg_word *word, char *out, size_t size)
{
	if (load_is_word_of(word->text, NAME_CHARACTERS, size))
		strcpy(out, word->text);
	else
		PERMIT_FAIL(
			r, word,
			"'%s' cannot stand here; remedy: up to %zu letters without accents, digits "
			"and . _ / -",
			word->text, size - 1);
}

static void read_minute(struct permit_reader *r, const struct scfg_word *word, policy_minute *out)
{
	if (!policy_minute_parse(word->text, 'T', out))
		PERMIT_FAIL(r, word, "'%s' is no date; remedy: 2027-03-31T17:15", word->text);
}

static void read_count(struct permit_reader *r, const struct scfg_word *word, unsigned int *out)
{
	struct err ignored = { 0 };
	uint64_t count;

	if (parse_u64(word->text, PERMIT_USES_MAX, &count, &ignored) < 0)
		PERMIT_FAIL(r, word, "'%s' is no number of uses; remedy: 1 to %d", word->text,
			    PERMIT_USES_MAX);
	else
		*out = (unsigned int)count;
}

/* No time, count or size comes near it, and sums of such do not overflow. */
#define NUMBER_MAX (INT64_C(1) << 53)

static void read_number(struct permit_reader *r, const struct scfg_word *word, int64_t *out)
{
	struct err ignored = { 0 };
	uint64_t number;

	if (parse_u64(word->text, NUMBER_MAX, &number, &ignored) < 0)
		PERMIT_FAIL(r, word, "'%s' is no number; remedy: restore the file from a backup",
			    word->text);
	else
		*out = (int64_t)number;
}

static void read_access(struct permit_reader *r, const struct scfg_word *word,
			enum permit_access *out)
{
	if (strcmp(word->text, "read") == 0)
		*out = PERMIT_READ;
	else if (strcmp(word->text, "write") == 0)
		*out = (enum permit_access)(PERMIT_READ | PERMIT_WRITE);
	else if (strcmp(word->text, "vendor") == 0)
		*out = PERMIT_VENDOR;
	else
		PERMIT_FAIL(r, word, "'%s' is no access; remedy: read, write or vendor",
			    word->text);
}

static void read_stage(struct permit_reader *r, const struct scfg_word *word,
		       enum permit_stage *out)
{
	for (unsigned int stage = 0; stage <= PERMIT_APPROVED; stage++) {
		if (strcmp(word->text, permit_stage_name((enum permit_stage)stage)) == 0) {
			*out = (enum permit_stage)stage;
			return;
		}
	}
	PERMIT_FAIL(r, word, "'%s' is no stage; remedy: restore the file from a backup",
		    word->text);
}

static void read_boot(struct permit_reader *r, const struct scfg_word *word,
		      uint8_t out[static ELAPSED_BOOT_LEN])
{
	bool is_hex = strlen(word->text) == 2 * ELAPSED_BOOT_LEN &&
		      strspn(word->text, "0123456789abcdef") == 2 * ELAPSED_BOOT_LEN;

	for (size_t i = 0; is_hex && i < ELAPSED_BOOT_LEN; i++) {
		const char byte[] = { word->text[2 * i], word->text[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	if (!is_hex)
		PERMIT_FAIL(r, word, "'%s' is no boot; remedy: restore the file from a backup",
			    word->text);
}

static void read_value(struct permit_reader *r, const struct permit_line *line,
		       const struct scfg_word *word, void *into)
{
	void *out = (char *)into + line->at;

	switch (line->value) {
	case PERMIT_NAME_VALUE:
		permit_read_name(r, word, out, line->size);
		return;
	case PERMIT_TEXT_VALUE:
		read_text(r, word, out, line->size);
		return;
	case PERMIT_MINUTE_VALUE:
		read_minute(r, word, out);
		return;
	case PERMIT_COUNT_VALUE:
		read_count(r, word, out);
		return;
	case PERMIT_NUMBER_VALUE:
		read_number(r, word, out);
		return;
	case PERMIT_ACCESS_VALUE:
		read_access(r, word, out);
		return;
	case PERMIT_STAGE_VALUE:
		read_stage(r, word, out);
		return;
	case PERMIT_BOOT_VALUE:
		read_boot(r, word, out);
		return;
	}
}

static void read_line(struct permit_reader *r, const struct scfg_directive *d,
		      const struct permit_block *block, void *into, uint32_t *seen)
{
	size_t i = 0;

	while (i < block->n && strcmp(block->lines[i].name, d->name.text) != 0)
		i++;
	if (i == block->n)
		PERMIT_FAIL(r, &d->name,
			    "unknown word '%s' in a permit; remedy: see sekisho-permit(5)",
			    d->name.text);
	else if (*seen & 1u << i)
		PERMIT_FAIL(r, &d->name, "'%s' stands twice; remedy: delete one", d->name.text);
	else if (d->n_params != 1 || d->has_block)
		PERMIT_FAIL(r, &d->name, "'%s' takes one value; remedy: put quotes around a text",
			    d->name.text);
	else
		read_value(r, &block->lines[i], &d->params[0], into);
	*seen |= i < block->n ? 1u << i : 0;
}

void permit_read_block(struct permit_reader *r, const struct scfg_directive *d,
		       const struct permit_block *block, void *into)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < d->children.n_directives; i++)
		read_line(r, &d->children.directives[i], block, into, &seen);
}
