/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/subcommand.h"

#include "cli/cell.h"
#include "core/lang.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_usage(const struct subcommand_list *list, FILE *out)
{
	for (size_t i = 0; i < list->n_items; i++) {
		const struct subcommand *item = &list->items[i];

		cell_print(i == 0 ? tr("Usage:") : "", text_width(tr("Usage:")), out);
		fprintf(out, " sekisho %s %-*s %-*s %s\n", list->command, list->name_width,
			item->name, list->usage_width, item->usage, tr(item->summary));
	}
	if (list->see)
		fprintf(out, "\n%s\n", tr(list->see));
}

int subcommand_run(const struct subcommand_list *list, int argc, char *argv[], struct err *err)
{
	for (size_t i = 0; argc > 1 && i < list->n_items; i++) {
		if (strcmp(argv[1], list->items[i].name) == 0)
			return list->items[i].run(argc - 1, argv + 1, err);
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print_usage(list, stdout);
		return EXIT_SUCCESS;
	}
	if (argc > 1)
		fprintf(stderr, tr("unknown command '%s'\n"), argv[1]);
	print_usage(list, stderr);
	return EXIT_FAILURE;
}
