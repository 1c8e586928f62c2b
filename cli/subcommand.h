/* SPDX-License-Identifier: Apache-2.0 */

/* A command that is several: which one is meant, and what there is. */

#pragma once

#include <stddef.h>

struct err;

struct subcommand {
	const char *name;
	int (*run)(int argc, char *argv[], struct err *err);
	const char *usage;
	const char *summary; /* extracted with N_() */
};

struct subcommand_list {
	const char *command; /* "policy" */
	const struct subcommand *items;
	size_t n_items;
	int name_width; /* of their names and of their usages, columns */
	int usage_width;
	const char *see; /* said at the end, extracted with N_(), or NULL */
};

/* Run the one that argv[1] names.  Return: as in cli/commands.h. */
int subcommand_run(const struct subcommand_list *list, int argc, char *argv[], struct err *err);
