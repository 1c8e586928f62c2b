/* SPDX-License-Identifier: Apache-2.0 */

#include "core/err.h"
#include "core/parse.h"
#include "ledger/internal.h"
#include "policy/load_internal.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-"
#define ID_MAX 96 /* bytes with NUL: a terminal and a number */

const char *ledger_keep(struct ledger_reader *r, const char *text)
{
	size_t size = strlen(text) + 1;
	char *kept = r->texts + r->texts_used;

	memcpy(kept, text, size); /* each word takes less than what it was read from */
	r->texts_used += size;
	return kept;
}

const char *ledger_read_text(struct ledger_reader *r, const struct scfg_word *word)
{
	if (strlen(word->text) < POLICY_TEXT_MAX)
		return ledger_keep(r, word->text);
	LEDGER_FAIL(r, word, "the text is longer than %d bytes; remedy: shorten it",
		    POLICY_TEXT_MAX - 1);
	return "";
}

const char *ledger_read_name(struct ledger_reader *r, const struct scfg_word *word)
{
	if (load_is_word_of(word->text, NAME_CHARACTERS, POLICY_WORD_MAX))
		return ledger_keep(r, word->text);
	LEDGER_FAIL(r, word,
		    "'%s' is no name; remedy: up to %d letters without accents, digits and . _ / -",
		    word->text, POLICY_WORD_MAX - 1);
	return "";
}

const char *ledger_read_id(struct ledger_reader *r, const struct scfg_word *word)
{
	if (load_is_word_of(word->text, NAME_CHARACTERS, ID_MAX) &&
	    ledger_terminal_len(word->text) > 0)
		return ledger_keep(r, word->text);
	LEDGER_FAIL(r, word,
		    "'%s' is no entry of a log; remedy: terminal and number, as T-0042/381",
		    word->text);
	return "";
}

bool ledger_read_minute(struct ledger_reader *r, const struct scfg_word *word, policy_minute *ret)
{
	if (policy_minute_parse(word->text, 'T', ret))
		return true;
	LEDGER_FAIL(r, word, "'%s' is no date; remedy: 2027-03-31 or 2027-03-31T17:15", word->text);
	return false;
}

static bool takes(struct ledger_reader *r, const struct scfg_directive *d,
		  const struct ledger_line *line)
{
	if (d->has_block)
		LEDGER_FAIL(r, &d->name, "'%s' has no block; remedy: delete the braces",
			    d->name.text);
	else if (d->n_params < line->n_min)
		LEDGER_FAIL(r, &d->name, "'%s' needs %zu values; remedy: write them behind it",
			    d->name.text, line->n_min);
	else if (d->n_params > line->n_max)
		LEDGER_FAIL(r, &d->params[line->n_max],
			    "'%s' takes at most %zu values; remedy: put quotes around a text",
			    d->name.text, line->n_max);
	else
		return true;
	return false;
}

/* "number, kind or usb" is too long for a remedy: the manual has them. */
static void read_line(struct ledger_reader *r, const struct scfg_directive *d,
		      const struct ledger_line *lines, size_t n_lines, void *into, uint32_t *seen)
{
	for (size_t i = 0; i < n_lines; i++) {
		if (strcmp(lines[i].name, d->name.text) != 0)
			continue;
		if (*seen & 1u << i)
			LEDGER_FAIL(r, &d->name, "'%s' stands twice; remedy: delete one",
				    d->name.text);
		else if (takes(r, d, &lines[i]))
			lines[i].read(r, d, into);
		*seen |= 1u << i;
		return;
	}
	LEDGER_FAIL(r, &d->name, "unknown word '%s'; remedy: see sekisho-register(5)",
		    d->name.text);
}

void ledger_read_lines(struct ledger_reader *r, const struct scfg_directive *d,
		       const struct ledger_line *lines, size_t n_lines, void *into)
{
	uint32_t seen = 0;

	if (!d->has_block)
		LEDGER_FAIL(r, &d->name, "'%s' needs a block; remedy: open it with {",
			    d->name.text);
	for (size_t i = 0; i < d->children.n_directives; i++)
		read_line(r, &d->children.directives[i], lines, n_lines, into, &seen);
}

static void read_version(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	struct err ignored = { 0 };

	(void)into;
	if (parse_u64(d->params[0].text, UINT64_C(1) << 53, &r->ledger->version, &ignored) < 0 ||
	    r->ledger->version == 0)
		LEDGER_FAIL(r, &d->params[0],
			    "'%s' is no version; remedy: one above that of the last register",
			    d->params[0].text);
}

static void read_expires(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	(void)into;
	(void)ledger_read_minute(r, &d->params[0], &r->ledger->expires);
}

static const struct ledger_line head_lines[] = {
	{ "version", 1, 1, read_version },
	{ "expires", 1, 1, read_expires },
};

static void read_head(struct ledger_reader *r, const struct scfg_directive *d)
{
	if (r->base) {
		LEDGER_FAIL(r, &d->name, "a supplement has no head; remedy: delete it");
		return;
	}
	if (*r->ledger->name != '\0') {
		LEDGER_FAIL(r, &d->name, "'register' stands twice; remedy: delete one");
		return;
	}
	if (d->n_params != 1) {
		LEDGER_FAIL(r, &d->name, "the register needs a name; remedy: register NAME {");
		return;
	}
	r->ledger->name = ledger_read_name(r, &d->params[0]);
	if (d->has_block)
		ledger_read_lines(r, d, head_lines, N_ELEMENTS(head_lines), NULL);
}

static const struct {
	const char *name;
	void (*read)(struct ledger_reader *r, const struct scfg_directive *d);
} statements[] = {
	{ "register", read_head },
	{ "section", ledger_read_section },
	{ "medium", ledger_read_medium },
	{ "event", ledger_read_event },
};

static size_t count(const struct scfg_block *block, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < block->n_directives; i++)
		n += strcmp(block->directives[i].name.text, name) == 0;
	return n;
}

static void read_statement(struct ledger_reader *r, const struct scfg_directive *d)
{
	for (size_t i = 0; i < N_ELEMENTS(statements); i++) {
		if (strcmp(statements[i].name, d->name.text) == 0) {
			statements[i].read(r, d);
			return;
		}
	}
	LEDGER_FAIL(r, &d->name, "unknown word '%s'; remedy: register, section, medium or event",
		    d->name.text);
}

static int compare_media(const void *a, const void *b)
{
	return strcmp(((const struct ledger_medium *)a)->number,
		      ((const struct ledger_medium *)b)->number);
}

/* Media first, by number: events find theirs so. */
static void read_statements(struct ledger_reader *r, const struct scfg_block *block, bool events)
{
	for (size_t i = 0; i < block->n_directives; i++) {
		const struct scfg_directive *d = &block->directives[i];

		if ((strcmp(d->name.text, "event") == 0) == events)
			read_statement(r, d);
	}
	if (!events && r->ledger->n_media > 0)
		qsort(r->ledger->media, r->ledger->n_media, sizeof(*r->ledger->media),
		      compare_media);
}

static size_t size_of_ids(const struct ledger *base)
{
	size_t size = 0;

	for (size_t i = 0; base && i < base->n_events; i++)
		size += strlen(base->events[i].id) + 1;
	return size;
}

size_t ledger_terminal_len(const char *id)
{
	const char *slash = strrchr(id, '/');
	size_t digits = slash ? strspn(slash + 1, "0123456789") : 0;

	return digits > 0 && slash[1 + digits] == '\0' ? (size_t)(slash - id) : 0;
}

static bool has_room(struct ledger_reader *r, const struct scfg_block *block, size_t len)
{
	struct ledger *ledger = r->ledger;
	size_t n_media = count(block, "medium"), n_sections = count(block, "section");
	size_t n_events = count(block, "event");

	if (n_media > LEDGER_MEDIA_MAX || n_sections > LEDGER_SECTIONS_MAX) {
		const struct scfg_word start = { .line = 1, .column = 1 };

		(void)scfg_fail(r->file, &start, -E2BIG, r->diags,
				"more than %d media or %d sections; remedy: make two registers",
				LEDGER_MEDIA_MAX, LEDGER_SECTIONS_MAX);
		return false;
	}
	/* One more each: an array of nothing would look like a failure. */
	ledger->media = calloc(n_media + 1, sizeof(*ledger->media));
	ledger->sections = calloc(n_sections + 1, sizeof(*ledger->sections));
	ledger->events = calloc(n_events + 1, sizeof(*ledger->events));
	r->before = calloc(n_events + 1, sizeof(*r->before));
	r->trails = calloc(n_media + (r->base ? r->base->n_media : 0) + 1, sizeof(*r->trails));
	/* Words, answers to losses of this file, and to those of the register. */
	ledger->texts = r->texts = malloc(3 * len + 2 + size_of_ids(r->base));
	r->keys = malloc(2 * len + 64 * n_media + 1); /* "usb " and the like before each word */
	for (size_t i = 0; r->trails && i < n_media + (r->base ? r->base->n_media : 0); i++)
		r->trails[i].state = LEDGER_REGISTERED;
	return ledger->media && ledger->sections && ledger->events && ledger->texts && r->keys &&
	       r->before && r->trails;
}

static void nothing(void *key)
{
	(void)key; /* all keys lie in one place */
}

static void reader_done(struct ledger_reader *r)
{
	tdestroy(r->known, nothing);
	tdestroy(r->ids, nothing);
	free(r->keys);
	free(r->before);
	free(r->trails);
}

static int read_document(struct ledger_reader *r, const char *text, size_t len)
{
	cleanup_scfg struct scfg_block *block = NULL;
	struct loader checked = { .file = r->file, .diags = r->diags };
	const struct diag_place whole = { .file = r->file };

	if (!load_check_text(&checked, text, len) ||
	    scfg_parse(r->file, text, len, &block, r->diags) < 0)
		return r->diags->code;
	if (!has_room(r, block, len))
		return r->diags->code ? r->diags->code
				      : diag_error(r->diags, &whole, -ENOMEM, "out of memory");
	read_statements(r, block, false);
	read_statements(r, block, true);
	return 0;
}

int ledger_read(const char *file, const char *text, size_t len, const struct ledger *base,
		bool is_lenient, struct ledger **ret, struct diags *diags)
{
	cleanup_ledger struct ledger *ledger = calloc(1, sizeof(*ledger));
	struct ledger_reader r = { .file = file,
				   .diags = diags,
				   .ledger = ledger,
				   .base = base,
				   .is_lenient = is_lenient };
	const struct diag_place whole = { .file = file };
	size_t n_before = diags->n_errors;

	if (!ledger)
		return diag_error(diags, &whole, -ENOMEM, "out of memory");
	ledger->name = "";
	if (len > LEDGER_BYTES_MAX)
		return diag_error(diags, &whole, -E2BIG,
				  "the register is larger than %d MiB; remedy: make two of it",
				  LEDGER_BYTES_MAX >> 20);
	(void)read_document(&r, text, len);
	reader_done(&r);
	if (diags->n_errors > n_before)
		return diags->code;
	if (!ledger_replay(ledger) || !ledger_index_build(ledger))
		return diag_error(diags, &whole, -ENOMEM, "out of memory");
	*ret = take_ptr(&ledger);
	return 0;
}

int ledger_load(const char *file, const char *text, size_t len, const struct ledger *base,
		struct ledger **ret, struct diags *diags)
{
	return ledger_read(file, text, len, base, false, ret, diags);
}
