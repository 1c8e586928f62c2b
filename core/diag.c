/* SPDX-License-Identifier: Apache-2.0 */

#include "core/diag.h"

#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
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

	if (diags->n & (diags->n - 1))
		return true;
	grown = reallocarray(diags->list, diags->n ? diags->n * 2 : 1, sizeof(*grown));
	if (!grown)
		return false;
	diags->list = grown;
	return true;
}

/* Mostly that of the one before. */
static unsigned int source_of(const struct diags *diags, const char *file)
{
	unsigned int most = 0;

	for (size_t i = diags->n; i > 0; i--) {
		if (strcmp(diags->list[i - 1].file, file) == 0)
			return diags->list[i - 1].source;
		if (diags->list[i - 1].source > most)
			most = diags->list[i - 1].source;
	}
	return most + 1;
}

static void add(struct diags *diags, const struct diag_place *at, struct diag diag, const char *fmt,
		va_list ap)
{
	char text[ERR_TEXT_MAX];

	/* A file of 64 MiB can have as many errors: those that are not kept cost nothing. */
	if (diags->n == DIAG_MAX) {
		diags->n_dropped++;
		return;
	}
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
	diag.source = source_of(diags, at->file);
	diags->list[diags->n++] = diag;
}

int diag_error_va(struct diags *diags, const struct diag_place *at, int code, const char *fmt,
		  va_list ap)
{
	add(diags, at, (struct diag){ .severity = DIAG_ERROR, .code = code }, fmt, ap);
	if (diags->n_errors++ == 0)
		diags->code = code;
	return code;
}

int diag_error(struct diags *diags, const struct diag_place *at, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)diag_error_va(diags, at, code, fmt, ap);
	va_end(ap);
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
	if (a->source != b->source)
		return a->source < b->source;
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
