/* SPDX-License-Identifier: Apache-2.0 */

#include "permit/internal.h"
#include "policy/load_internal.h"

#include <string.h>

struct load {
	struct permit_reader reader;
	struct permit permit;
	struct permit_record record;
};

static void read_document(struct load *r, const struct scfg_block *block, bool with_record)
{
	static const struct scfg_word start = { .line = 1, .column = 1 };
	const struct scfg_directive *d = block->directives;
	size_t n = block->n_directives;

	if (n == 0 || strcmp(d->name.text, "permit") != 0 || d->n_params != 1 || !d->has_block) {
		PERMIT_FAIL(&r->reader, n > 0 ? &d->name : &start,
			    "this is no permit; remedy: permit NUMBER { ... }");
		return;
	}
	permit_read_name(&r->reader, &d->params[0], r->permit.number, sizeof(r->permit.number));
	if (strchr(r->permit.number, '/') || *r->permit.number == '.')
		PERMIT_FAIL(&r->reader, &d->params[0],
			    "'%s' is no number of a permit; remedy: R8-T-0042-7",
			    r->permit.number); /* it names a file */
	permit_read_block(&r->reader, d, &permit_block, &r->permit);
	if (with_record && (n != 2 || strcmp(d[1].name.text, "record") != 0))
		PERMIT_FAIL(&r->reader, &d->name,
			    "the permit has no record; remedy: restore the file from a backup");
	else if (with_record)
		permit_read_block(&r->reader, &d[1], &permit_record_block, &r->record);
	else if (n > 1)
		PERMIT_FAIL(&r->reader, &d[1].name,
			    "a file holds one permit; remedy: delete what comes behind it");
}

static void check_whole(struct load *r, const struct scfg_block *block)
{
	struct permit *permit = &r->permit;
	const struct scfg_word *at = &block->directives[0].name;

	/* What is in no register is called as its permit is. */
	if (permit_is_vendor(permit) && *permit->medium == '\0')
		strcpy(permit->medium, permit->number);
	if (*permit->medium == '\0' || *permit->terminal == '\0' || *permit->user == '\0')
		PERMIT_FAIL(&r->reader, at,
			    "a permit is for one medium, one terminal and one user; remedy: lines "
			    "medium, terminal and user");
	if (permit->access == PERMIT_NOTHING || permit->uses == 0)
		PERMIT_FAIL(&r->reader, at,
			    "it permits nothing; remedy: lines access read and uses 1");
	if (permit->from == 0 || permit->until == 0)
		PERMIT_FAIL(&r->reader, at,
			    "it has no beginning or no end; remedy: lines from and until");
}

int permit_load(const char *file, const char *text, size_t len, struct permit *ret,
		struct permit_record *ret_record, struct diags *diags)
{
	cleanup_scfg struct scfg_block *block = NULL;
	struct load r = { .reader = { file, diags } };
	struct loader checked = { .file = file, .diags = diags };
	size_t n_before = diags->n_errors;

	if (load_check_text(&checked, text, len) && scfg_parse(file, text, len, &block, diags) == 0)
		read_document(&r, block, ret_record != NULL);
	if (diags->n_errors == n_before)
		check_whole(&r, block);
	if (diags->n_errors > n_before)
		return diags->code;
	*ret = r.permit;
	if (ret_record)
		*ret_record = r.record;
	return 0;
}
