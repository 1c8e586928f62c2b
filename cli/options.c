/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/options.h"

#include "core/lang.h"

#include <errno.h>
#include <stdlib.h>

#define LETTERS_MAX 32

static bool is_value_of(const struct option *options, int value)
{
	for (; options->name; options++) {
		if (options->val == value)
			return true;
	}
	return false;
}

int option_next(int argc, char *argv[], const char *letters, const struct option *options)
{
	char quiet[LETTERS_MAX];
	int option;

	(void)snprintf(quiet, sizeof(quiet), ":%s", letters);
	option = getopt_long(argc, argv, quiet, options, NULL);
	if (option == ':') {
		fprintf(stderr, tr("option '%s' needs a value\n"), argv[optind - 1]);
		return '?';
	}
	if (option == '?' && optopt != 0 && !is_value_of(options, optopt))
		fprintf(stderr, tr("unknown option '-%c'\n"), optopt);
	else if (option == '?')
		fprintf(stderr, tr("unknown option '%s'\n"), argv[optind - 1]);
	return option;
}

int options_none(int argc, char *argv[], int n_words)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { 0 } };
	int option;

	optind = 1;
	option = option_next(argc, argv, "", options);
	if (option >= 0)
		return option == 'h' ? 1 : -EINVAL;
	return argc - optind == n_words ? 0 : -EINVAL;
}

int options_json(int argc, char *argv[], int n_words, bool *ret_json)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*ret_json = false;
	optind = 1;
	while ((option = option_next(argc, argv, "", options)) == 'j')
		*ret_json = true;
	if (option >= 0)
		return option == 'h' ? 1 : -EINVAL;
	return argc - optind == n_words ? 0 : -EINVAL;
}

int options_usage(int rc, void (*print)(FILE *out))
{
	print(rc > 0 ? stdout : stderr);
	return rc > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
