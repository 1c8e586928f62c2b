/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/media_changes.h"

#include "cli/media_columns.h"
#include "core/lang.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct changes {
	size_t n_added;
	size_t n_changed;
	size_t n_removed;
};

static void print_change(const struct ledger *old, const struct ledger *new,
			 const struct ledger_medium *before, const struct ledger_medium *after,
			 struct changes *changes)
{
	bool is_changed = false;
	char a[MEDIA_CELL_MAX];
	char b[MEDIA_CELL_MAX];

	for (enum media_column column = 0; column < MEDIA_FIELDS; column++) {
		(void)media_column_get(old, before, column, a);
		(void)media_column_get(new, after, column, b);
		if (strcmp(a, b) == 0)
			continue;
		printf("~ %s %s: %s -> %s\n", after->number, media_column_name(column),
		       *a ? a : "-", *b ? b : "-");
		is_changed = true;
	}
	changes->n_changed += is_changed;
}

void media_changes_print(const struct ledger *old, const struct ledger *new)
{
	struct changes changes = { 0 };

	for (size_t i = 0; i < new->n_media; i++) {
		const struct ledger_medium *medium = &new->media[i];
		const struct ledger_medium *before =
			old ? ledger_medium(old, medium->number) : NULL;

		if (before) {
			print_change(old, new, before, medium, &changes);
			continue;
		}
		printf("+ %s\n", medium->number);
		changes.n_added++;
	}
	for (size_t i = 0; old && i < old->n_media; i++) {
		if (ledger_medium(new, old->media[i].number))
			continue;
		printf("- %s\n", old->media[i].number);
		changes.n_removed++;
	}
	printf(tr("%zu added, %zu changed, %zu removed\n"), changes.n_added, changes.n_changed,
	       changes.n_removed);
}
