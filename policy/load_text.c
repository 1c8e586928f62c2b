/* SPDX-License-Identifier: Apache-2.0 */

/* Characters that may not stand in a policy, before a word of it is read. */

#include "core/text.h"
#include "policy/load_internal.h"

#include <errno.h>
#include <string.h>

/* The bytes at @pos that Windows editors add to a text, 0: none. */
static size_t windows_bytes(const char *text, size_t len, size_t pos)
{
	if (text[pos] == '\r' && pos + 1 < len && text[pos + 1] == '\n')
		return 1;
	if (pos == 0 && len >= 3 && memcmp(text, TEXT_BYTE_ORDER_MARK, 3) == 0)
		return 3;
	return 0;
}

static bool is_refused(uint32_t c)
{
	return c != '\n' && c != '\t' && text_is_unsafe(c);
}

/* @windows: the bytes that Windows added there, 0: none. */
static void report(struct loader *l, const struct scfg_word *at, uint32_t c, size_t windows)
{
	if (windows == 1)
		(void)scfg_fail(l->file, at, -EILSEQ, l->diags,
				"the file has Windows line ends (CR LF); remedy: save it with LF");
	else if (windows > 0)
		(void)scfg_fail(l->file, at, -EILSEQ, l->diags,
				"the file begins with a byte order mark; "
				"remedy: save it as UTF-8 without BOM");
	else
		(void)scfg_fail(l->file, at, -EILSEQ, l->diags,
				"invisible character U+%04X; remedy: delete it", c);
}

/* Nearly every character of a policy. */
static bool is_plain(char c)
{
	return c >= ' ' && c <= '~';
}

bool load_check_text(struct loader *l, const char *text, size_t len)
{
	struct scfg_word at = { .line = 1, .column = 1 };
	size_t n_before = l->diags->n_errors;
	bool has_cr = false;
	uint32_t before = '\n';

	for (size_t pos = 0; pos < len;) {
		uint32_t c = 0;
		size_t n, windows;

		if (is_plain(text[pos])) {
			pos++;
			at.column++;
			continue;
		}
		n = text_next(text + pos, len - pos, &c);
		windows = windows_bytes(text, len, pos);
		if (n == 0) {
			(void)scfg_fail(l->file, &at, -EILSEQ, l->diags,
					"not UTF-8; remedy: save the file as UTF-8");
			return false;
		}
		/* Once each: every line ends so, and holes in a file are megabytes of NUL. */
		if (is_refused(c) && !(windows == 1 && has_cr) && (windows > 0 || c != before))
			report(l, &at, c, windows);
		has_cr |= windows == 1;
		before = c;
		pos += n;
		/* Editors do not count a byte order mark. */
		at.column = c == '\n' ? 1 : at.column + (windows != 3);
		at.line += c == '\n';
	}
	return l->diags->n_errors == n_before;
}

char *load_clean_text(struct loader *l, const char *text, size_t *len)
{
	cleanup_free char *clean = malloc(*len + 1);
	size_t used = 0;

	if (!clean) {
		load_out_of_memory(l);
		return NULL;
	}
	for (size_t pos = 0; pos < *len;) {
		uint32_t c = 0;
		size_t n = text_next(text + pos, *len - pos, &c);
		bool is_added = windows_bytes(text, *len, pos) > 0;

		if (n == 0 || (is_refused(c) && !is_added))
			return NULL;
		if (!is_added)
			memcpy(clean + used, text + pos, n);
		used += is_added ? 0 : n;
		pos += n;
	}
	*len = used;
	return take_ptr(&clean);
}
