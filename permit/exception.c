/* SPDX-License-Identifier: Apache-2.0 */

#include "permit/exception.h"

#include "permit/internal.h"
#include "policy/load_internal.h"

#include <string.h>

static const struct permit_line lines[] = {
	{ "reason", NULL, PERMIT_TEXT_VALUE, PERMIT_FIELD(exception, reason) },
	{ "ticket", NULL, PERMIT_TEXT_VALUE, PERMIT_FIELD(exception, ticket) },
	{ "by", NULL, PERMIT_NAME_VALUE, PERMIT_FIELD(exception, issuer) },
	{ "approver", NULL, PERMIT_NAME_VALUE, PERMIT_FIELD(exception, approver) },
	{ "span", NULL, PERMIT_NUMBER_VALUE, PERMIT_FIELD(exception, span_s) },
	PERMIT_ELAPSED(exception, since),
};
static const struct permit_block block = { lines, N_ELEMENTS(lines) };

bool exception_is_name(const char *name)
{
	return load_is_word_of(name, LOAD_ID_CHARACTERS, POLICY_WORD_MAX);
}

static void read_one(struct permit_reader *r, const struct scfg_directive *d, struct exception *ret)
{
	if (strcmp(d->name.text, "exception") != 0 || d->n_params != 1 || !d->has_block ||
	    !exception_is_name(d->params[0].text)) {
		PERMIT_FAIL(r, &d->name,
			    "this is no exception; remedy: restore the file from a backup");
		return;
	}
	strcpy(ret->name, d->params[0].text);
	permit_read_block(r, d, &block, ret);
	if (ret->span_s <= 0 || ret->span_s > EXCEPTION_HOURS_MAX * 3600)
		PERMIT_FAIL(r, &d->name,
			    "it would never end; remedy: restore the file from a backup");
	if (!*ret->reason || !*ret->issuer || !*ret->approver ||
	    strcmp(ret->issuer, ret->approver) == 0)
		PERMIT_FAIL(r, &d->name,
			    "two people declare it, for a reason; remedy: restore the file from a "
			    "backup");
}

/* One that is ended must be gone, and not there once more. */
static bool is_repeated(const struct exception *list, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (strcmp(list[i].name, list[j].name) == 0)
			return true;
	}
	return false;
}

int exception_load_all(const char *file, const char *text, size_t len, struct exception *ret,
		       size_t max, size_t *ret_n, struct diags *diags)
{
	cleanup_scfg struct scfg_block *document = NULL;
	struct permit_reader r = { .file = file, .diags = diags };
	struct loader checked = { .file = file, .diags = diags };
	size_t n_before = diags->n_errors;
	size_t n = 0;

	if (load_check_text(&checked, text, len) &&
	    scfg_parse(file, text, len, &document, diags) == 0)
		n = document->n_directives;
	if (n > max)
		PERMIT_FAIL(&r, &document->directives[max].name,
			    "there are more than %zu; remedy: restore the file from a backup", max);
	for (size_t i = 0; i < n && i < max; i++) {
		ret[i] = (struct exception){ 0 };
		read_one(&r, &document->directives[i], &ret[i]);
		if (is_repeated(ret, i))
			PERMIT_FAIL(&r, &document->directives[i].name,
				    "it is declared twice; remedy: restore the file from a backup");
	}
	if (diags->n_errors > n_before)
		return diags->code;
	*ret_n = n;
	return 0;
}

void exception_print(const struct exception *exception, FILE *out)
{
	char head[POLICY_WORD_MAX + 16];

	(void)snprintf(head, sizeof(head), "exception %s", exception->name);
	permit_print_block(out, head, &block, exception);
}

int64_t exception_left_s(const struct exception *exception)
{
	int64_t left_s = exception->span_s - elapsed_s(&exception->since);

	return left_s > 0 ? left_s : 0;
}
