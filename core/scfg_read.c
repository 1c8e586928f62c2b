/* SPDX-License-Identifier: Apache-2.0 */

#include "core/scfg_read.h"

#include "core/lang.h"
#include "core/text.h"

#include <errno.h>
#include <stdint.h>

bool scfg_at_end(const struct scfg_reader *r)
{
	return r->pos == r->end;
}

/* No byte of a full-width character, and not the end. */
static bool is_ascii_here(const struct scfg_reader *r)
{
	return !scfg_at_end(r) && (unsigned char)*r->pos < 0x80;
}

/* The byte that stands here: quoted text is taken as it is. */
static char peek_raw(const struct scfg_reader *r)
{
	return scfg_at_end(r) ? '\n' : *r->pos;
}

/* The full-width character that stands here, as it was meant, or 0. */
static char peek_wide(const struct scfg_reader *r, size_t *ret_len)
{
	uint32_t c = 0;

	if (scfg_at_end(r) || is_ascii_here(r))
		return '\0';
	*ret_len = text_next(r->pos, (size_t)(r->end - r->pos), &c);
	return *ret_len > 0 ? text_half_width(c) : '\0';
}

char scfg_peek(const struct scfg_reader *r)
{
	size_t len;
	char meant;

	if (is_ascii_here(r))
		return *r->pos;
	meant = peek_wide(r, &len);
	return meant ? meant : peek_raw(r);
}

struct scfg_word scfg_here(struct scfg_reader *r)
{
	if (r->counted < r->line_start || r->counted > r->pos) {
		r->counted = r->line_start;
		r->n_counted = 0;
	}
	for (; r->counted < r->pos; r->counted++)
		r->n_counted += !text_is_continuation(*r->counted);
	return (struct scfg_word){ .line = r->line, .column = r->n_counted + 1 };
}

int scfg_fail_here(struct scfg_reader *r, int code, const char *what)
{
	struct scfg_word at = scfg_here(r);

	return scfg_fail(r->file, &at, code, r->diags, "%s", tr(what));
}

/*
 * A clerk's input method leaves full-width blanks, braces and quotes behind, and
 * each would break a line in its own odd way.  They are an error, once for a
 * line, and read as what was meant, so that what follows is told apart.
 */
static void report_wide(struct scfg_reader *r, char meant, size_t len)
{
	struct scfg_word at = scfg_here(r);

	if (r->wide_line == r->line)
		return;
	r->wide_line = r->line;
	if (meant == ' ')
		(void)scfg_fail_here(r, -EINVAL,
				     N_("full-width blank; remedy: type it half-width"));
	else if (meant == '"' || meant == '\'')
		(void)scfg_fail(r->file, &at, -EINVAL, r->diags,
				"'%.*s' is no straight quote; remedy: type it half-width, as \"",
				(int)len, r->pos);
	else
		(void)scfg_fail(r->file, &at, -EINVAL, r->diags,
				"full-width character '%.*s'; remedy: type it half-width, "
				"or put quotes around a text",
				(int)len, r->pos);
}

void scfg_step(struct scfg_reader *r)
{
	size_t len = 1;
	char meant = peek_wide(r, &len);

	if (meant)
		report_wide(r, meant, len);
	r->pos += meant ? len : 1;
}

void scfg_skip_blanks(struct scfg_reader *r)
{
	while (scfg_peek(r) == ' ' || scfg_peek(r) == '\t')
		scfg_step(r);
}

void scfg_skip_line(struct scfg_reader *r)
{
	while (!scfg_at_end(r) && *r->pos != '\n')
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

struct quote {
	char mark; /* 0: a bare word */
	bool is_wide;
};

static struct quote read_quote(struct scfg_reader *r)
{
	struct quote quote = { .mark = scfg_peek(r), .is_wide = scfg_peek(r) != peek_raw(r) };

	if (quote.mark != '"' && quote.mark != '\'')
		return (struct quote){ 0 };
	scfg_step(r);
	return quote;
}

int scfg_read_word(struct scfg_reader *r, struct scfg_word *ret)
{
	struct scfg_word at = scfg_here(r);
	struct quote quote = read_quote(r);
	char *word = r->texts + r->texts_used;
	size_t n = 0;

	if (r->n_words++ == SCFG_WORDS_MAX)
		return scfg_fail(r->file, &at, -E2BIG, r->diags,
				 "more than %d words; remedy: split the terminals into groups",
				 SCFG_WORDS_MAX);
	for (;;) {
		char c = quote.mark && !quote.is_wide ? peek_raw(r) : scfg_peek(r);
		bool is_bare = !quote.mark && peek_raw(r) != '\\';

		if (quote.mark ? c == quote.mark : ends_bare_word(c))
			break;
		if (peek_raw(r) == '\\' && quote.mark != '\'')
			r->pos++;
		if (!is_bare)
			c = peek_raw(r);
		if (is_control(c))
			return scfg_fail_here(r, -EINVAL,
					      quote.mark
						      ? N_("quoted word does not end on its line; "
							   "remedy: close the quote")
						      : N_("control character; remedy: delete it"));
		word[n++] = c;
		if (is_bare)
			scfg_step(r);
		else
			r->pos++;
	}
	if (quote.mark)
		scfg_step(r);

	word[n++] = '\0';
	r->texts_used += n;
	at.text = word;
	*ret = at;
	return 0;
}
