/* SPDX-License-Identifier: Apache-2.0 */

#include "core/err.h"
#include "core/parse.h"
#include "core/scfg.h"
#include "permit/permit.h"
#include "policy/load_internal.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-"

struct reader {
	const char *file;
	struct diags *diags;
	struct permit permit;
	struct permit_record record;
};

#define FAIL(r, word, ...) ((void)scfg_fail((r)->file, word, -EINVAL, (r)->diags, __VA_ARGS__))

/* What a statement's value is, and where it goes. */
enum value {
	VALUE_NAME,
	VALUE_TEXT,
	VALUE_MINUTE,
	VALUE_COUNT,
	VALUE_NUMBER, /* signed, of 64 bits */
	VALUE_ACCESS,
	VALUE_STAGE,
	VALUE_BOOT,
};

struct line {
	const char *name;
	enum value value;
	size_t at; /* in struct permit or struct permit_record */
	size_t size;
};

#define FIELD(type, field) offsetof(struct type, field), sizeof(((struct type *)NULL)->field)

static const struct line permit_lines[] = {
	{ "purpose", VALUE_NAME, FIELD(permit, purpose) },
	{ "classification", VALUE_NAME, FIELD(permit, classification) },
	{ "medium", VALUE_NAME, FIELD(permit, medium) },
	{ "terminal", VALUE_NAME, FIELD(permit, terminal) },
	{ "user", VALUE_NAME, FIELD(permit, user) },
	{ "section", VALUE_NAME, FIELD(permit, section) },
	{ "access", VALUE_ACCESS, FIELD(permit, access) },
	{ "from", VALUE_MINUTE, FIELD(permit, from) },
	{ "until", VALUE_MINUTE, FIELD(permit, until) },
	{ "uses", VALUE_COUNT, FIELD(permit, uses) },
	{ "carrier", VALUE_TEXT, FIELD(permit, carrier) },
	{ "destination", VALUE_TEXT, FIELD(permit, destination) },
	{ "note", VALUE_TEXT, FIELD(permit, note) },
	{ "requester", VALUE_NAME, FIELD(permit, requester) },
	{ "approver", VALUE_NAME, FIELD(permit, approver) },
};

static const struct line record_lines[] = {
	{ "stage", VALUE_STAGE, FIELD(permit_record, stage) },
	{ "used", VALUE_COUNT, FIELD(permit_record, used) },
	{ "approved", VALUE_NUMBER, FIELD(permit_record, since_approval.wall_s) },
	{ "latest", VALUE_NUMBER, FIELD(permit_record, since_approval.latest_s) },
	{ "elapsed", VALUE_NUMBER, FIELD(permit_record, since_approval.elapsed_us) },
	{ "since", VALUE_NUMBER, FIELD(permit_record, since_approval.since_us) },
	{ "boot", VALUE_BOOT, FIELD(permit_record, since_approval.boot) },
	{ "span", VALUE_NUMBER, FIELD(permit_record, span_s) },
	{ "use-diskseq", VALUE_NUMBER, FIELD(permit_record, use_diskseq) },
	{ "use-boot", VALUE_BOOT, FIELD(permit_record, use_boot) },
	{ "bytes", VALUE_NUMBER, FIELD(permit_record, bytes_written) },
	{ "files", VALUE_NUMBER, FIELD(permit_record, files_written) },
	{ "returned", VALUE_MINUTE, FIELD(permit_record, returned) },
	{ "erased-by", VALUE_NAME, FIELD(permit_record, erased_by) },
};
_Static_assert(sizeof(uint64_t) == sizeof(int64_t), "VALUE_NUMBER is both");

static void read_text(struct reader *r, const struct scfg_word *word, char *out, size_t size)
{
	if (strlen(word->text) >= size)
		FAIL(r, word, "the text is longer than %zu bytes; remedy: shorten it", size - 1);
	else
		strcpy(out, word->text);
}

static void read_name(struct reader *r, const struct scfg_word *word, char *out, size_t size)
{
	if (load_is_word_of(word->text, NAME_CHARACTERS, size))
		strcpy(out, word->text);
	else
		FAIL(r, word,
		     "'%s' cannot stand here; remedy: up to %zu letters without accents, digits "
		     "and . _ / -",
		     word->text, size - 1);
}

static void read_minute(struct reader *r, const struct scfg_word *word, policy_minute *out)
{
	if (!policy_minute_parse(word->text, 'T', out))
		FAIL(r, word, "'%s' is no date; remedy: 2027-03-31T17:15", word->text);
}

static void read_count(struct reader *r, const struct scfg_word *word, unsigned int *out)
{
	struct err ignored = { 0 };
	uint64_t count;

	if (parse_u64(word->text, PERMIT_USES_MAX, &count, &ignored) < 0)
		FAIL(r, word, "'%s' is no number of uses; remedy: 1 to %d", word->text,
		     PERMIT_USES_MAX);
	else
		*out = (unsigned int)count;
}

static void read_number(struct reader *r, const struct scfg_word *word, int64_t *out)
{
	struct err ignored = { 0 };
	uint64_t number;

	if (parse_u64(word->text, INT64_MAX, &number, &ignored) < 0)
		FAIL(r, word, "'%s' is no number; remedy: restore the file from a backup",
		     word->text);
	else
		*out = (int64_t)number;
}

static void read_access(struct reader *r, const struct scfg_word *word, enum permit_access *out)
{
	if (strcmp(word->text, "read") == 0)
		*out = PERMIT_READ;
	else if (strcmp(word->text, "write") == 0)
		*out = (enum permit_access)(PERMIT_READ | PERMIT_WRITE);
	else
		FAIL(r, word, "'%s' is no access; remedy: read or write", word->text);
}

static void read_stage(struct reader *r, const struct scfg_word *word, enum permit_stage *out)
{
	for (unsigned int stage = 0; stage <= PERMIT_APPROVED; stage++) {
		if (strcmp(word->text, permit_stage_name((enum permit_stage)stage)) == 0) {
			*out = (enum permit_stage)stage;
			return;
		}
	}
	FAIL(r, word, "'%s' is no stage; remedy: restore the file from a backup", word->text);
}

static void read_boot(struct reader *r, const struct scfg_word *word,
		      uint8_t out[static ELAPSED_BOOT_LEN])
{
	bool is_hex = strlen(word->text) == 2 * ELAPSED_BOOT_LEN &&
		      strspn(word->text, "0123456789abcdef") == 2 * ELAPSED_BOOT_LEN;

	for (size_t i = 0; is_hex && i < ELAPSED_BOOT_LEN; i++) {
		const char byte[] = { word->text[2 * i], word->text[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	if (!is_hex)
		FAIL(r, word, "'%s' is no boot; remedy: restore the file from a backup",
		     word->text);
}

static void read_value(struct reader *r, const struct line *line, const struct scfg_word *word,
		       void *into)
{
	void *out = (char *)into + line->at;

	switch (line->value) {
	case VALUE_NAME:
		read_name(r, word, out, line->size);
		return;
	case VALUE_TEXT:
		read_text(r, word, out, line->size);
		return;
	case VALUE_MINUTE:
		read_minute(r, word, out);
		return;
	case VALUE_COUNT:
		read_count(r, word, out);
		return;
	case VALUE_NUMBER:
		read_number(r, word, out);
		return;
	case VALUE_ACCESS:
		read_access(r, word, out);
		return;
	case VALUE_STAGE:
		read_stage(r, word, out);
		return;
	case VALUE_BOOT:
		read_boot(r, word, out);
		return;
	}
}

static void read_line(struct reader *r, const struct scfg_directive *d, const struct line *lines,
		      size_t n, void *into, uint32_t *seen)
{
	size_t i = 0;

	while (i < n && strcmp(lines[i].name, d->name.text) != 0)
		i++;
	if (i == n)
		FAIL(r, &d->name, "unknown word '%s' in a permit; remedy: see sekisho-permit(5)",
		     d->name.text);
	else if (*seen & 1u << i)
		FAIL(r, &d->name, "'%s' stands twice; remedy: delete one", d->name.text);
	else if (d->n_params != 1 || d->has_block)
		FAIL(r, &d->name, "'%s' takes one value; remedy: put quotes around a text",
		     d->name.text);
	else
		read_value(r, &lines[i], &d->params[0], into);
	*seen |= i < n ? 1u << i : 0;
}

static void read_block(struct reader *r, const struct scfg_directive *d, const struct line *lines,
		       size_t n, void *into)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < d->children.n_directives; i++)
		read_line(r, &d->children.directives[i], lines, n, into, &seen);
}

static void read_document(struct reader *r, const struct scfg_block *block, bool with_record)
{
	static const struct scfg_word start = { .line = 1, .column = 1 };
	const struct scfg_directive *d = block->directives;
	size_t n = block->n_directives;

	if (n == 0 || strcmp(d->name.text, "permit") != 0 || d->n_params != 1 || !d->has_block) {
		FAIL(r, n > 0 ? &d->name : &start,
		     "this is no permit; remedy: permit NUMBER { ... }");
		return;
	}
	read_name(r, &d->params[0], r->permit.number, sizeof(r->permit.number));
	if (strchr(r->permit.number, '/') || *r->permit.number == '.')
		FAIL(r, &d->params[0], "'%s' is no number of a permit; remedy: R8-T-0042-7",
		     r->permit.number); /* it names a file */
	read_block(r, d, permit_lines, N_ELEMENTS(permit_lines), &r->permit);
	if (with_record && (n != 2 || strcmp(d[1].name.text, "record") != 0))
		FAIL(r, &d->name, "the permit has no record; remedy: restore the file from a backup");
	else if (with_record)
		read_block(r, &d[1], record_lines, N_ELEMENTS(record_lines), &r->record);
	else if (n > 1)
		FAIL(r, &d[1].name, "a file holds one permit; remedy: delete what comes behind it");
}

static void check_whole(struct reader *r, const struct scfg_block *block)
{
	const struct permit *permit = &r->permit;
	const struct scfg_word *at = &block->directives[0].name;

	if (*permit->medium == '\0' || *permit->terminal == '\0' || *permit->user == '\0')
		FAIL(r, at, "a permit is for one medium, one terminal and one user; remedy: lines "
			    "medium, terminal and user");
	if (permit->access == PERMIT_NOTHING || permit->uses == 0)
		FAIL(r, at, "it permits nothing; remedy: lines access read and uses 1");
	if (permit->from == 0 || permit->until == 0)
		FAIL(r, at, "it has no beginning or no end; remedy: lines from and until");
}

int permit_load(const char *file, const char *text, size_t len, struct permit *ret,
		struct permit_record *ret_record, struct diags *diags)
{
	cleanup_scfg struct scfg_block *block = NULL;
	struct reader r = { .file = file, .diags = diags };
	struct loader checked = { .file = file, .diags = diags };
	size_t n_before = diags->n_errors;

	if (load_check_text(&checked, text, len) &&
	    scfg_parse(file, text, len, &block, diags) == 0)
		read_document(&r, block, ret_record != NULL);
	if (diags->n_errors == n_before)
		check_whole(&r, block);
	if (diags->n_errors > n_before)
		return diags->code;
	*ret = r.permit;
	if (ret_record)
		*ret_record = r.record;
	return 0;
}
