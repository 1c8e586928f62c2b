/* SPDX-License-Identifier: Apache-2.0 */

#include "core/scfg.h"

#include "core/err.h"
#include "core/lang.h"
#include "core/scfg_read.h"

#include <errno.h>
#include <string.h>

/* What is handed out is its top-level block. */
struct document {
	struct scfg_block block;
	char *texts; /* of all its words */
};

struct diag_place scfg_place(const char *file, const struct scfg_word *at)
{
	return (struct diag_place){ .file = file, .line = at->line, .column = at->column };
}

int scfg_fail(const char *file, const struct scfg_word *at, int code, struct diags *diags,
	      const char *fmt, ...)
{
	struct diag_place place = scfg_place(file, at);
	va_list ap;

	va_start(ap, fmt);
	(void)diag_error_va(diags, &place, code, fmt, ap);
	va_end(ap);
	return code;
}

/* Grown to twice its size whenever the number of items is a power of two. */
static void *grow(struct scfg_reader *r, void *items, size_t n, size_t size)
{
	void *grown = items;

	if ((n & (n - 1)) == 0)
		grown = reallocarray(items, n ? n * 2 : 1, size);
	if (!grown)
		(void)scfg_fail_here(r, -ENOMEM, "out of memory");
	return grown;
}

static int append_param(struct scfg_reader *r, size_t *n)
{
	int rc;

	if (*n == r->params_room) {
		size_t room = *n ? *n * 2 : 16;
		struct scfg_word *grown = reallocarray(r->params, room, sizeof(*grown));

		if (!grown)
			return scfg_fail_here(r, -ENOMEM, "out of memory");
		r->params = grown;
		r->params_room = room;
	}
	rc = scfg_read_word(r, &r->params[*n]);
	*n += rc == 0;
	return rc;
}

static int keep_params(struct scfg_reader *r, struct scfg_directive *d, size_t n)
{
	if (n == 0)
		return 0;
	d->params = calloc(n, sizeof(*d->params));
	if (!d->params)
		return scfg_fail_here(r, -ENOMEM, "out of memory");
	memcpy(d->params, r->params, n * sizeof(*d->params));
	d->n_params = n;
	return 0;
}

static int read_block(struct scfg_reader *r, struct scfg_block *block);

static int read_children(struct scfg_reader *r, struct scfg_directive *d)
{
	struct scfg_word at = scfg_here(r);
	int rc;

	if (++r->depth > SCFG_DEPTH_MAX)
		return scfg_fail(r->file, &at, -E2BIG, r->diags,
				 "blocks stand in each other more than %d deep; "
				 "remedy: take one level out",
				 SCFG_DEPTH_MAX);
	d->has_block = true;
	scfg_step(r);
	scfg_skip_blanks(r);
	if (scfg_peek(r) != '\n')
		(void)scfg_fail_here(
			r, -EINVAL,
			N_("the line goes on behind '{'; remedy: begin a new line there"));
	scfg_skip_line(r);

	rc = read_block(r, &d->children);
	if (rc < 0)
		return rc;
	if (scfg_at_end(r) && d->name.text)
		return scfg_fail(r->file, &d->name, -EINVAL, r->diags,
				 "block '%s' is never closed; remedy: add '}' on its own line",
				 d->name.text);
	if (!scfg_at_end(r))
		scfg_step(r);
	r->depth--;
	return 0;
}

static int read_directive(struct scfg_reader *r, struct scfg_directive *d)
{
	size_t n = 0;
	int rc;

	rc = scfg_read_word(r, &d->name);
	if (rc < 0)
		return rc;

	for (scfg_skip_blanks(r); scfg_peek(r) != '\n'; scfg_skip_blanks(r)) {
		if (scfg_peek(r) == '}')
			return scfg_fail_here(r, -EINVAL,
					      N_("'}' does not stand on its own line; "
						 "remedy: begin a new line before it"));
		if (scfg_peek(r) == '{') {
			rc = keep_params(r, d, n);
			if (rc == 0)
				rc = read_children(r, d);
			scfg_skip_blanks(r);
			if (rc == 0 && scfg_peek(r) != '\n')
				rc = scfg_fail_here(r, -EINVAL,
						    N_("the line goes on behind '}'; remedy: begin "
						       "a new line there"));
			return rc;
		}
		rc = append_param(r, &n);
		if (rc < 0)
			return rc;
	}
	return keep_params(r, d, n);
}

static int append_directive(struct scfg_reader *r, struct scfg_block *block)
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
static bool skip_to_block(struct scfg_reader *r)
{
	static const char wide_brace[] = "\xef\xbd\x9b";
	const char *last;

	scfg_skip_line(r);
	for (last = r->pos; last > r->line_start && (last[-1] == ' ' || last[-1] == '\t');)
		last--;
	if (last - r->line_start >= 3 && memcmp(last - 3, wide_brace, 3) == 0)
		r->pos = last - 3;
	else if (last > r->line_start && last[-1] == '{')
		r->pos = last - 1;
	else
		return false;
	return true;
}

/* A wrong line is left out with its block, and reading goes on behind it. */
static int read_line(struct scfg_reader *r, struct scfg_block *block)
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
		scfg_skip_line(r);
		return 0;
	}
	rc = read_children(r, &left_out);
	directive_done(&left_out);
	scfg_skip_line(r);
	return rc == -EINVAL ? 0 : rc;
}

/* "{" on a line of its own: what stands in it is still the line's above. */
static int read_stray_block(struct scfg_reader *r, struct scfg_block *block)
{
	struct scfg_directive left_out = { 0 };
	struct scfg_directive *above =
		block->n_directives > 0 ? &block->directives[block->n_directives - 1] : &left_out;
	unsigned int depth = r->depth;
	int rc;

	(void)scfg_fail_here(r, -EINVAL,
			     N_("a block needs a name; "
				"remedy: put '{' at the end of the line that names it"));
	rc = read_children(r, above->has_block ? &left_out : above);
	directive_done(&left_out);
	r->depth = depth;
	scfg_skip_line(r);
	return rc == -EINVAL ? 0 : rc;
}

/* Stops, without consuming it, at the '}' that closes this block. */
static int read_block(struct scfg_reader *r, struct scfg_block *block)
{
	int rc = 0;

	while (rc == 0) {
		scfg_skip_blanks(r);
		if (scfg_at_end(r) || scfg_peek(r) == '}')
			return 0;
		if (*r->pos == '\n') {
			r->line++;
			r->pos++;
			r->line_start = r->pos;
		} else if (scfg_peek(r) == '#') {
			scfg_step(r);
			scfg_skip_line(r);
		} else if (scfg_peek(r) == '{') {
			rc = read_stray_block(r, block);
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
	free(d->params);
	block_done(&d->children);
}

void scfg_free(struct scfg_block *block)
{
	struct document *document = (struct document *)block;

	if (!block)
		return;
	block_done(block);
	free(document->texts);
	free(document);
}

int scfg_parse(const char *file, const char *text, size_t len, struct scfg_block **ret,
	       struct diags *diags)
{
	cleanup_scfg struct scfg_block *block = NULL;
	struct document *document;
	size_t n_before = diags->n_errors;
	struct scfg_reader r = {
		.file = file,
		.pos = text,
		.end = text + len,
		.line_start = text,
		.line = 1,
		.diags = diags,
	};
	int rc = 0;

	if (len > SCFG_FILE_MAX)
		return scfg_fail_here(&r, -E2BIG,
				      N_("the file is larger than 64 MiB; "
					 "remedy: split the terminals into groups"));
	document = calloc(1, sizeof(*document));
	if (!document)
		return scfg_fail_here(&r, -ENOMEM, "out of memory");
	block = &document->block;
	document->texts = r.texts = malloc(len + 1);
	if (!document->texts)
		return scfg_fail_here(&r, -ENOMEM, "out of memory");

	while (rc == 0 && !scfg_at_end(&r)) {
		rc = read_block(&r, block);
		if (rc == 0 && !scfg_at_end(&r)) {
			(void)scfg_fail_here(&r, -EINVAL,
					     N_("'}' without a '{' above it; "
						"remedy: delete it, or add the '{'"));
			scfg_skip_line(&r);
		}
	}
	free(r.params);
	if (rc < 0)
		return rc;
	*ret = take_ptr(&block);
	return diags->n_errors > n_before ? diags->code : 0;
}

/* A full-width character would be refused outside of quotes. */
static bool is_ascii(const char *word)
{
	while (*word && (unsigned char)*word < 0x80)
		word++;
	return *word == '\0';
}

void scfg_print_word(FILE *out, const char *word)
{
	bool is_bare = *word && *word != '#' && is_ascii(word) && !strpbrk(word, " \t\n{}\"'\\");

	if (is_bare) {
		(void)fputs(word, out);
		return;
	}
	(void)fputc('"', out);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			(void)fputc('\\', out);
		(void)fputc(*word, out);
	}
	(void)fputc('"', out);
}
