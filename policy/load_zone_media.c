/* SPDX-License-Identifier: Apache-2.0 */

/* What a zone says of what is on media. */

#include "core/err.h"
#include "note/note.h"
#include "policy/load_internal.h"

#include <errno.h>
#include <string.h>

void load_record_files(struct loader *l, struct policy_zone *zone, const struct scfg_directive *d)
{
	char text[NOTE_VKEY_MAX];
	struct err ignored = { 0 };
	struct note_key key;

	if (!load_takes(l, d, 1))
		return;
	if (note_key_parse(d->params[0].text, strlen(d->params[0].text), &key, &ignored) < 0) {
		load_fail(l, &d->params[0],
			  "this is no verification key; remedy: the auditor's, as "
			  "`sekisho key generate` prints it, in quotes");
		return;
	}
	note_key_format(&key, text);
	zone->record_files = load_text(l, text);
	zone->record_files_at = load_place(l, &d->name);
}

void load_scan_record(struct loader *l, struct policy_zone *zone, const struct scfg_directive *d)
{
	if (!load_takes(l, d, 1))
		return;
	zone->scan_record = strcmp(d->params[0].text, "required") == 0;
	if (!zone->scan_record)
		load_fail(l, &d->params[0], "'%s' is unknown here; remedy: required",
			  d->params[0].text);
}
