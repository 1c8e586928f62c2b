/* SPDX-License-Identifier: Apache-2.0 */

#include "core/diag.h"

#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void diag_done(struct diag *diag)
{
	free(diag->file);
	free(diag->text);
}

void diags_done(struct diags *diags)
{
	for (size_t i = 0; i < diags->n; i++)
		diag_done(&diags->list[i]);
	free(diags->list);
	*diags = (struct diags){ 0 };
}

/* Grown to twice its size whenever the number of items is a power of two. */
static bool make_room(struct diags *diags)
{
	struct diag *grown;

	if (diags->n == DIAG_MAX)
		return false;
	if (diags->n & (diags->n - 1))
		return true;
	grown = reallocarray(diags->list, diags->n ? diags->n * 2 : 1, sizeof(*grown));
	if (!grown)
		return false;
	diags->list = grown;
	return true;
}

static void add(struct diags *diags, const struct diag_place *at, struct diag diag, const char *fmt,
		va_list ap)
{
	char text[ERR_TEXT_MAX];

	(void)vsnprintf(text, sizeof(text), tr(fmt), ap);
	diag.file = strdup(at->file);
	diag.line = at->line;
	diag.column = at->column;
	diag.text = strdup(text);
	if (!diag.file || !diag.text || !make_room(diags)) {
		diag_done(&diag);
		diags->n_dropped++;
		return;
	}
	diags->list[diags->n++] = diag;
}

int diag_error(struct diags *diags, const struct diag_place *at, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(diags, at, (struct diag){ .severity = DIAG_ERROR, .code = code }, fmt, ap);
	va_end(ap);
	if (diags->n_errors++ == 0)
		diags->code = code;
	return code;
}

void diag_warn(struct diags *diags, const struct diag_place *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(diags, at, (struct diag){ .severity = DIAG_WARNING }, fmt, ap);
	va_end(ap);
}

static bool stands_before(const struct diag *a, const struct diag *b)
{
	if (a->line != b->line)
		return a->line < b->line;
	return a->column < b->column;
}

void diags_sort(struct diags *diags)
{
	for (size_t i = 1; i < diags->n; i++) {
		struct diag moving = diags->list[i];
		size_t to = i;

		for (; to > 0 && stands_before(&moving, &diags->list[to - 1]); to--)
			diags->list[to] = diags->list[to - 1];
		diags->list[to] = moving;
	}
}

int diags_to_err(const struct diags *diags, struct err *err)
{
	for (size_t i = 0; i < diags->n; i++) {
		const struct diag *diag = &diags->list[i];

		if (diag->severity == DIAG_ERROR)
			return err_set(err, diag->code, "%s:%u:%u: %s", diag->file, diag->line,
				       diag->column, diag->text);
	}
	if (diags->n_errors > 0)
		return err_set(err, diags->code, "out of memory");
	return 0;
}
