/* SPDX-License-Identifier: Apache-2.0 */

#include "core/scfg.h"

#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const char *file;
	const char *pos;
	const char *end;
	const char *line_start;
	unsigned int line;
	unsigned int depth;
	struct diags *diags;
};

static bool at_end(const struct reader *r)
{
	return r->pos == r->end;
}

static char peek(const struct reader *r)
{
	return at_end(r) ? '\n' : *r->pos;
}

struct diag_place scfg_place(const char *file, const struct scfg_word *at)
{
	return (struct diag_place){ .file = file, .line = at->line, .column = at->column };
}

int scfg_fail(const char *file, const struct scfg_word *at, int code, struct diags *diags,
	      const char *fmt, ...)
{
	struct diag_place place = scfg_place(file, at);
	char what[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), tr(fmt), ap);
	va_end(ap);
	return diag_error(diags, &place, code, "%s", what);
}

static struct scfg_word here(const struct reader *r)
{
	return (struct scfg_word){ .line = r->line,
				   .column = (unsigned int)(r->pos - r->line_start) + 1 };
}

static int fail(struct reader *r, int code, const char *what)
{
	struct scfg_word at = here(r);

	return scfg_fail(r->file, &at, code, r->diags, "%s", tr(what));
}

static void skip_blanks(struct reader *r)
{
	while (!at_end(r) && (*r->pos == ' ' || *r->pos == '\t'))
		r->pos++;
}

static void skip_line(struct reader *r)
{
	while (!at_end(r) && *r->pos != '\n')
		r->pos++;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static bool ends_bare_word(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '{' || c == '}';
}

/* At least the bytes the word takes: the rest of a file would be a megabyte for each word. */
static size_t word_room(const struct reader *r, char quote)
{
	const char *pos = r->pos;

	while (pos < r->end && *pos != '\n' && (quote ? *pos != quote : !ends_bare_word(*pos)))
		pos += *pos == '\\' && quote != '\'' ? 2 : 1;
	return (size_t)(pos - r->pos);
}

/* A quoted word ends at its quote, a bare word before the next separator. */
static int read_word(struct reader *r, struct scfg_word *ret)
{
	struct scfg_word at = here(r);
	char quote = (peek(r) == '"' || peek(r) == '\'') ? *r->pos++ : '\0';
	cleanup_free char *word = malloc(word_room(r, quote) + 1);
	size_t n = 0;

	if (!word)
		return fail(r, -ENOMEM, "out of memory");

	for (;; r->pos++) {
		char c = peek(r);

		if (quote ? c == quote : ends_bare_word(c))
			break;
		if (c == '\\' && quote != '\'') {
			r->pos++;
			c = peek(r);
		}
		if (is_control(c))
			return fail(r, -EINVAL,
				    quote ? N_("quoted word does not end on its line; "
					       "remedy: close the quote")
					  : N_("control character; remedy: delete it"));
		word[n++] = c;
	}
	if (quote)
		r->pos++;

	word[n++] = '\0';
	at.text = realloc(word, n);
	if (!at.text)
		return fail(r, -ENOMEM, "out of memory");
	(void)take_ptr(&word);
	*ret = at;
	return 0;
}

/* Grown to twice its size whenever the number of items is a power of two. */
static void *grow(struct reader *r, void *items, size_t n, size_t size)
{
	void *grown = items;

	if ((n & (n - 1)) == 0)
		grown = reallocarray(items, n ? n * 2 : 1, size);
	if (!grown)
		(void)fail(r, -ENOMEM, "out of memory");
	return grown;
}

static int append_param(struct reader *r, struct scfg_directive *d)
{
	struct scfg_word *grown = grow(r, d->params, d->n_params, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	d->params = grown;

	int rc = read_word(r, &d->params[d->n_params]);
	if (rc == 0)
		d->n_params++;
	return rc;
}

static int read_block(struct reader *r, struct scfg_block *block);

static int read_children(struct reader *r, struct scfg_directive *d)
{
	int rc;

	if (++r->depth > SCFG_DEPTH_MAX)
		return fail(r, -E2BIG, N_("blocks nested too deeply"));
	d->has_block = true;
	r->pos++;
	skip_blanks(r);
	if (peek(r) != '\n')
		(void)fail(r, -EINVAL, N_("expected end of line after '{'"));
	skip_line(r);

	rc = read_block(r, &d->children);
	if (rc < 0)
		return rc;
	if (at_end(r) && d->name.text)
		return scfg_fail(r->file, &d->name, -EINVAL, r->diags,
				 "block '%s' is never closed; remedy: add '}' on its own line",
				 d->name.text);
	if (!at_end(r))
		r->pos++;
	r->depth--;
	return 0;
}

static int read_directive(struct reader *r, struct scfg_directive *d)
{
	int rc;

	rc = read_word(r, &d->name);
	if (rc < 0)
		return rc;

	for (skip_blanks(r); peek(r) != '\n'; skip_blanks(r)) {
		if (peek(r) == '}')
			return fail(r, -EINVAL, N_("'}' must stand on its own line"));
		if (peek(r) == '{') {
			rc = read_children(r, d);
			skip_blanks(r);
			if (rc == 0 && peek(r) != '\n')
				rc = fail(r, -EINVAL, N_("expected end of line after '}'"));
			return rc;
		}
		rc = append_param(r, d);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int append_directive(struct reader *r, struct scfg_block *block)
{
	struct scfg_directive *grown =
		grow(r, block->directives, block->n_directives, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	block->directives = grown;
	block->directives[block->n_directives] = (struct scfg_directive){ 0 };

	/* Counted before it is read, so that scfg_free() sees it on failure. */
	return read_directive(r, &block->directives[block->n_directives++]);
}

static void directive_done(struct scfg_directive *d);

/* To the end of the line, or to the brace that stands there.  Return: true at a brace. */
static bool skip_to_block(struct reader *r)
{
	const char *last;

	skip_line(r);
	for (last = r->pos; last > r->line_start && (last[-1] == ' ' || last[-1] == '\t');)
		last--;
	if (last == r->line_start || last[-1] != '{')
		return false;
	r->pos = last - 1;
	return true;
}

/* A wrong line is left out with its block, and reading goes on behind it. */
static int read_line(struct reader *r, struct scfg_block *block)
{
	struct scfg_directive left_out = { 0 };
	unsigned int depth = r->depth;
	unsigned int line = r->line;
	int rc = append_directive(r, block);

	if (rc != -EINVAL)
		return rc;
	directive_done(&block->directives[--block->n_directives]);
	r->depth = depth;
	if (r->line != line || !skip_to_block(r)) {
		skip_line(r);
		return 0;
	}
	rc = read_children(r, &left_out);
	directive_done(&left_out);
	skip_line(r);
	return rc == -EINVAL ? 0 : rc;
}

/* Stops, without consuming it, at the '}' that closes this block. */
static int read_block(struct reader *r, struct scfg_block *block)
{
	int rc = 0;

	while (rc == 0) {
		skip_blanks(r);
		if (at_end(r) || *r->pos == '}')
			return 0;
		if (*r->pos == '\n') {
			r->line++;
			r->pos++;
			r->line_start = r->pos;
		} else if (*r->pos == '#') {
			skip_line(r);
		} else if (*r->pos == '{') {
			(void)fail(r, -EINVAL, N_("a block needs a name"));
			skip_line(r);
		} else {
			rc = read_line(r, block);
		}
	}
	return rc;
}

static void block_done(struct scfg_block *block)
{
	for (size_t i = 0; i < block->n_directives; i++)
		directive_done(&block->directives[i]);
	free(block->directives);
}

static void directive_done(struct scfg_directive *d)
{
	for (size_t p = 0; p < d->n_params; p++)
		free(d->params[p].text);
	free(d->params);
	free(d->name.text);
	block_done(&d->children);
}

void scfg_free(struct scfg_block *block)
{
	if (!block)
		return;
	block_done(block);
	free(block);
}

int scfg_parse(const char *file, const char *text, size_t len, struct scfg_block **ret,
	       struct diags *diags)
{
	cleanup_scfg struct scfg_block *block = NULL;
	size_t n_before = diags->n_errors;
	struct reader r = {
		.file = file,
		.pos = text,
		.end = text + len,
		.line_start = text,
		.line = 1,
		.diags = diags,
	};
	int rc = 0;

	if (len > SCFG_FILE_MAX)
		return fail(&r, -E2BIG, N_("the file is larger than 64 MiB"));
	block = calloc(1, sizeof(*block));
	if (!block)
		return fail(&r, -ENOMEM, "out of memory");

	while (rc == 0 && !at_end(&r)) {
		rc = read_block(&r, block);
		if (rc == 0 && !at_end(&r)) {
			(void)fail(&r, -EINVAL, N_("'}' without a matching '{'"));
			skip_line(&r);
		}
	}
	if (rc < 0)
		return rc;
	*ret = take_ptr(&block);
	return diags->n_errors > n_before ? diags->code : 0;
}
