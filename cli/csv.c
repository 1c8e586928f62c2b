/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/csv.h"

#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#define MARK '\''

bool csv_is_formula(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t c = 0;
		size_t n = text_next(text + i, len - i, &c);
		char half = text_half_width(c);

		if (n == 0)
			return true;
		if (half)
			c = (unsigned char)half;
		if (c != ' ')
			return c < ' ' || strchr("=+-@|%", (int)c) != NULL;
		i += n;
	}
	return false;
}

/* A text that begins as a marked one does gets a mark more, or it would lose its own. */
static bool needs_mark(const char *text)
{
	return csv_is_formula(text + strspn(text, (char[]){ MARK, '\0' }));
}

const char *csv_unmarked(const char *cell)
{
	return *cell == MARK && needs_mark(cell) ? cell + 1 : cell;
}

void csv_put(const char *text, FILE *out)
{
	(void)fputs(needs_mark(text) ? "\"'" : "\"", out);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

/* Shift_JIS as Windows has it.  Return: 0, -EILSEQ or -ENOMEM. */
static int from_shift_jis(const char *bytes, size_t len, char **ret, size_t *ret_len)
{
	iconv_t converter = iconv_open("UTF-8", "CP932");
	size_t room = len * 3 + 1; /* half-width kana: one byte becomes three */
	cleanup_free char *out = malloc(room);
	char *in_pos = (char *)(uintptr_t)bytes;
	char *out_pos = out;
	size_t n;

	if (converter == (iconv_t)-1 || !out) {
		if (converter != (iconv_t)-1)
			(void)iconv_close(converter);
		return -ENOMEM;
	}
	n = iconv(converter, &in_pos, &len, &out_pos, &room);
	(void)iconv_close(converter);
	if (n == (size_t)-1 || len > 0)
		return -EILSEQ;
	*ret_len = (size_t)(out_pos - out);
	*ret = take_ptr(&out);
	return 0;
}

/* @ret is text that may be written on, without a byte order mark. */
static int decode(const char *file, const char *bytes, size_t len, char **ret, size_t *ret_len,
		  struct err *err)
{
	size_t mark = strlen(TEXT_BYTE_ORDER_MARK);

	if (len >= mark && memcmp(bytes, TEXT_BYTE_ORDER_MARK, mark) == 0) {
		bytes += mark;
		len -= mark;
	}
	if (memchr(bytes, '\0', len) ||
	    (!text_is_utf8(bytes, len) && from_shift_jis(bytes, len, ret, ret_len) == -EILSEQ))
		return err_set(err, -EILSEQ,
			       "%s is neither UTF-8 nor Shift_JIS; remedy: save it as CSV UTF-8",
			       file);
	if (!*ret && text_is_utf8(bytes, len)) {
		*ret = malloc(len + 1);
		*ret_len = len;
		if (*ret)
			memcpy(*ret, bytes, len);
	}
	return *ret ? 0 : err_set(err, -ENOMEM, "out of memory");
}

struct reader {
	const char *file;
	const char *pos;
	const char *end;
	char *out; /* cells, over the text itself: none is longer than what it was read from */
	struct csv *csv;
	size_t n_cells;
	struct err *err;
};

static int fail(struct reader *r, const char *what)
{
	return err_set(r->err, -EINVAL, "%s:%zu:%zu: %s", r->file, r->csv->n_rows + 1,
		       r->csv->rows[r->csv->n_rows].n + 1, what);
}

static bool at_line_end(const struct reader *r)
{
	return r->pos == r->end || *r->pos == '\r' || *r->pos == '\n';
}

static void put(struct reader *r, char c)
{
	*r->out++ = c == '\r' || c == '\n' ? ' ' : c;
}

static int read_quoted(struct reader *r)
{
	r->pos++;
	for (;; r->pos++) {
		if (r->pos == r->end)
			return fail(r, tr("the quote is never closed; remedy: close it with \""));
		if (*r->pos == '"') {
			if (r->pos + 1 == r->end || r->pos[1] != '"')
				break;
			r->pos++;
		}
		if (*r->pos != '\r' || r->pos + 1 == r->end || r->pos[1] != '\n')
			put(r, *r->pos);
	}
	r->pos++;
	if (!at_line_end(r) && *r->pos != ',')
		return fail(r, tr("text behind the closing quote; remedy: double a quote within"));
	return 0;
}

static int read_cell(struct reader *r)
{
	struct csv_row *row = &r->csv->rows[r->csv->n_rows];

	if (row->n == CSV_COLUMNS_MAX)
		return fail(r, tr("too many columns; remedy: delete those that are not needed"));
	r->csv->cells[r->n_cells++] = r->out;
	if (r->pos < r->end && *r->pos == '"') {
		int rc = read_quoted(r);

		if (rc < 0)
			return rc;
	} else {
		while (!at_line_end(r) && *r->pos != ',')
			put(r, *r->pos++);
	}
	row->n++;
	return 0;
}

static int read_row(struct reader *r)
{
	struct csv_row *row = &r->csv->rows[r->csv->n_rows];

	row->cells = &r->csv->cells[r->n_cells];
	for (;;) {
		bool more;
		int rc = read_cell(r);

		if (rc < 0)
			return rc;
		more = r->pos < r->end && *r->pos == ',';
		r->pos += !at_line_end(r);
		/* Only now is the place of the separator free for the end of the cell. */
		if (!more && r->pos < r->end)
			r->pos +=
				*r->pos == '\r' && r->pos + 1 < r->end && r->pos[1] == '\n' ? 2 : 1;
		*r->out++ = '\0';
		if (!more)
			break;
	}
	r->csv->n_rows++;
	return 0;
}

static size_t count(const char *text, size_t len, const char *characters)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] != '\0' && strchr(characters, text[i]) != NULL;
	return n;
}

int csv_parse(const char *file, const char *bytes, size_t len, struct csv *ret, struct err *err)
{
	struct reader r = { .file = file, .csv = ret, .err = err };
	size_t n_lines;
	int rc;

	*ret = (struct csv){ 0 };
	rc = decode(file, bytes, len, &ret->text, &len, err);
	if (rc < 0)
		return rc;
	n_lines = count(ret->text, len, "\r\n") + 1;
	ret->rows = calloc(n_lines + 1, sizeof(*ret->rows));
	ret->cells = calloc(count(ret->text, len, ",\r\n") + 2, sizeof(*ret->cells));
	if (!ret->rows || !ret->cells)
		return err_set(err, -ENOMEM, "out of memory");
	r.pos = r.out = ret->text;
	r.end = ret->text + len;
	while (r.pos < r.end && rc == 0) {
		if (ret->n_rows == CSV_ROWS_MAX)
			return err_set(err, -E2BIG,
				       "%s has more than %d rows; remedy: make two of it", file,
				       CSV_ROWS_MAX);
		rc = read_row(&r);
	}
	return rc;
}

void csv_done(struct csv *csv)
{
	free(csv->rows);
	free(csv->cells);
	free(csv->text);
}
