/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/bundle.h"

#include "core/err.h"
#include "policy/load_internal.h"

#include <errno.h>
#include <string.h>

#define BLANKS "    " /* for a tab */

struct bundler {
	const struct policy_source *source;
	FILE *out;
	struct diags *diags;
	unsigned int depth; /* of includes */
	size_t bytes;       /* written */
	char last;          /* character written */
};

/* A text and how far it has been copied. */
struct copied {
	const char *file;
	const char *pos;
	const char *end;
	unsigned int line;
};

static int bundle_text(struct bundler *b, const char *file, const char *text, size_t len);

static void put(struct bundler *b, const char *text, size_t len)
{
	b->bytes += len;
	if (len > 0)
		b->last = text[len - 1];
	if (b->bytes <= POLICY_BYTES_MAX)
		(void)fwrite(text, 1, len, b->out);
}

static void put_blanks_for_tabs(struct bundler *b, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		const char *tab = memchr(text, '\t', (size_t)(end - text));
		const char *until = tab ? tab : end;

		put(b, text, (size_t)(until - text));
		if (tab)
			put(b, BLANKS, strlen(BLANKS));
		text = until + (tab ? 1 : 0);
	}
}

/* The rest of the line that is due, its newline included. */
static size_t line_length(const struct copied *c)
{
	const char *newline = memchr(c->pos, '\n', (size_t)(c->end - c->pos));

	return newline ? (size_t)(newline - c->pos) + 1 : (size_t)(c->end - c->pos);
}

static void skip_line(struct copied *c)
{
	c->pos += line_length(c);
	c->line++;
}

static void copy_until(struct bundler *b, struct copied *c, unsigned int line)
{
	while (c->line < line && c->pos < c->end) {
		put_blanks_for_tabs(b, c->pos, line_length(c));
		skip_line(c);
	}
}

/* Behind the braces that the including file closes again. */
static int write_included(struct bundler *b, struct copied *c, const struct scfg_directive *d)
{
	const char *name = d->params[0].text;
	cleanup_free char *text = NULL;
	struct err err = { 0 };
	size_t len = 0;
	int rc;

	if (!b->source->include)
		return scfg_fail(c->file, &d->name, -EINVAL, b->diags,
				 "'%s' is not covered by the signature; "
				 "remedy: sekisho policy sign writes it in",
				 name);
	rc = b->source->include(b->source->ctx, name, &text, &len, &err);
	if (rc < 0)
		return scfg_fail(c->file, &d->params[0], rc, b->diags, "%s", err.text);
	put(b, "include ", strlen("include "));
	put(b, name, strlen(name));
	put(b, " {\n", strlen(" {\n"));
	rc = bundle_text(b, name, text, len);
	put(b, "}\n", strlen("}\n"));
	return rc;
}

static int bundle_block(struct bundler *b, struct copied *c, const struct scfg_block *block);

static int bundle_include(struct bundler *b, struct copied *c, const struct scfg_directive *d)
{
	int rc;

	if (d->n_params != 1 ||
	    !load_is_word_of(d->params[0].text, LOAD_SERVICE_CHARACTERS, POLICY_ID_MAX) ||
	    d->params[0].text[0] == '.')
		return scfg_fail(c->file, &d->name, -EINVAL, b->diags,
				 "include needs the name of a file in the same folder; "
				 "remedy: include NAME, without a path");
	if (b->depth == POLICY_NESTING_MAX)
		return scfg_fail(c->file, &d->name, -E2BIG, b->diags,
				 "files include each other more than %zu deep; "
				 "remedy: take one level out",
				 (size_t)POLICY_NESTING_MAX);
	b->depth++;
	if (d->has_block) {
		rc = bundle_block(b, c, &d->children);
	} else {
		copy_until(b, c, d->name.line);
		rc = write_included(b, c, d);
		skip_line(c);
	}
	b->depth--;
	return rc;
}

static int check_word(struct bundler *b, const char *file, const struct scfg_word *word)
{
	if (!strchr(word->text, '\t'))
		return 0;
	return scfg_fail(file, word, -EINVAL, b->diags,
			 "a tab within a word cannot be signed; remedy: write blanks");
}

static int check_words(struct bundler *b, const char *file, const struct scfg_directive *d)
{
	int rc = check_word(b, file, &d->name);

	for (size_t i = 0; rc == 0 && i < d->n_params; i++)
		rc = check_word(b, file, &d->params[i]);
	for (size_t i = 0; rc == 0 && i < d->children.n_directives; i++)
		rc = check_words(b, file, &d->children.directives[i]);
	return rc;
}

/* Each directive has its line for itself: a block opens and closes with its own. */
static int bundle_block(struct bundler *b, struct copied *c, const struct scfg_block *block)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < block->n_directives; i++) {
		if (strcmp(block->directives[i].name.text, "include") == 0)
			rc = bundle_include(b, c, &block->directives[i]);
		else
			rc = check_words(b, c->file, &block->directives[i]);
	}
	return rc;
}

static int bundle_text(struct bundler *b, const char *file, const char *text, size_t len)
{
	cleanup_scfg struct scfg_block *block = NULL;
	const struct scfg_word start = { .line = 1, .column = 1 };
	struct copied c = { file, text, text + len, 1 };
	int rc = scfg_parse(file, text, len, &block, b->diags);

	if (rc == 0)
		rc = bundle_block(b, &c, block);
	if (rc < 0)
		return rc;
	copy_until(b, &c, UINT32_MAX);
	if (b->last != '\n')
		put(b, "\n", 1);
	if (b->bytes > POLICY_BYTES_MAX)
		return scfg_fail(file, &start, -E2BIG, b->diags,
				 "more than %zu bytes; remedy: split the terminals into groups",
				 (size_t)POLICY_BYTES_MAX);
	return 0;
}

int policy_bundle(const struct policy_source *source, FILE *out, struct diags *diags)
{
	struct bundler b = { .source = source, .out = out, .diags = diags, .last = '\n' };
	int rc = bundle_text(&b, source->file, source->text, source->len);
	const struct diag_place at = { source->file, 1, 1 };

	if (rc == 0 && b.bytes == 0)
		put(&b, "\n", 1);
	if (rc == 0 && ferror(out))
		rc = diag_error(diags, &at, -EIO, "writing the policy failed; remedy: make room");
	return rc;
}
