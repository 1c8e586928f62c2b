/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/terminal.h"

#include "core/err.h"
#include "core/scfg.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int read_id(const char *file, const struct scfg_word *word, struct terminal *terminal,
		   struct diags *diags)
{
	size_t len = strlen(word->text);

	if (len == 0 || len >= sizeof(terminal->id) ||
	    strspn(word->text,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != len)
		return scfg_fail(file, word, -EINVAL, diags,
				 "a terminal's id is 1 to 63 letters, digits, '.' or '-'; "
				 "remedy: restore the file");
	memcpy(terminal->id, word->text, len + 1);
	return 0;
}

static int read_line(const char *file, const struct scfg_directive *d, struct terminal *terminal,
		     bool *zone_seen, struct diags *diags)
{
	bool is_zone = strcmp(d->name.text, "zone") == 0;

	if ((!is_zone && strcmp(d->name.text, "id") != 0) || d->n_params != 1 ||
	    d->children.n_directives != 0)
		return scfg_fail(file, &d->name, -EINVAL, diags,
				 "expected 'id NAME' or 'zone ZONE'; remedy: restore the file");
	if (is_zone ? *zone_seen : terminal->id[0] != '\0')
		return scfg_fail(file, &d->name, -EINVAL, diags,
				 "'%s' stands there twice; remedy: restore the file", d->name.text);
	if (!is_zone)
		return read_id(file, &d->params[0], terminal, diags);
	*zone_seen = true;
	if (!zone_from_name(d->params[0].text, &terminal->zone))
		return scfg_fail(file, &d->params[0], -EINVAL, diags,
				 "no such zone; remedy: mynumber, lgwan, internet or unassigned");
	return 0;
}

int terminal_parse(const char *file, const char *text, size_t len, struct terminal *ret,
		   struct err *err)
{
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_diags struct diags diags = { 0 };
	struct terminal terminal = { .zone = ZONE_UNASSIGNED };
	bool zone_seen = false;
	int rc;

	rc = scfg_parse(file, text, len, &block, &diags);
	for (size_t i = 0; rc == 0 && i < block->n_directives; i++)
		rc = read_line(file, &block->directives[i], &terminal, &zone_seen, &diags);
	if (rc < 0)
		return diags_to_err(&diags, err);
	*ret = terminal;
	return 0;
}

size_t terminal_print(const struct terminal *terminal, char *out, size_t size)
{
	int len = snprintf(out, size, "%s%s%szone %s\n", terminal->id[0] ? "id " : "", terminal->id,
			   terminal->id[0] ? "\n" : "", zone_name(terminal->zone));

	return len > 0 && (size_t)len < size ? (size_t)len : 0;
}
