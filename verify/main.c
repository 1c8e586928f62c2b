/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sekisho-verify: proves a log on any machine.  One static program, both
 * languages compiled in, no configuration, nothing read but the log and the key.
 */

#include "audit/report.h"
#include "core/err.h"
#include "core/lang.h"

#include <getopt.h>
#include <sodium.h>
#include <string.h>

struct request {
	const char *path;
	const char *key;
	bool json;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho-verify [--key VKEY|FILE] [--json] [--lang ja|en] DIR|FILE\n\n"
		 "Proves an audit log.  Exit status: 0 proven, 1 tampered, 2 incomplete or no "
		 "key,\n"
		 "3 wrong usage or unreadable.\n"),
	      out);
}

static bool set_language(const char *name)
{
	if (strcmp(name, "ja") != 0 && strcmp(name, "en") != 0)
		return false;
	lang_set(lang_from_locale(name));
	return true;
}

/* Return: 1 when --help was asked for, -1 on wrong usage. */
static int parse_arguments(int argc, char *argv[], struct request *ret)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },  { "json", no_argument, NULL, 'j' },
		{ "lang", required_argument, NULL, 'l' }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },    { 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'h' || option == 'V') {
			if (option == 'V')
				puts("sekisho-verify " SEKISHO_VERSION);
			else
				print_usage(stdout);
			return 1;
		}
		if (option == 'k')
			ret->key = optarg;
		else if (option == 'j')
			ret->json = true;
		else if (option != 'l' || !set_language(optarg))
			return -1;
	}
	if (optind + 1 != argc)
		return -1;
	ret->path = argv[optind];
	return 0;
}

int main(int argc, char *argv[])
{
	struct request request = { 0 };
	struct verify_result result;
	struct note_key key;
	struct err err = { 0 };
	int rc;

	lang_set(lang_from_environment());
	rc = parse_arguments(argc, argv, &request);
	if (rc != 0) {
		if (rc < 0)
			print_usage(stderr);
		return rc < 0 ? REPORT_EXIT_FAILURE : EXIT_SUCCESS;
	}
	if (sodium_init() < 0)
		return REPORT_EXIT_FAILURE;
	rc = request.key ? note_key_load(request.key, &key, &err) : 0;
	if (rc == 0)
		rc = verify_log(request.path, request.key ? &key : NULL, &result, &err);
	if (rc < 0) {
		fprintf(stderr, "sekisho-verify: %s\n", err.text);
		return REPORT_EXIT_FAILURE;
	}
	if (request.json)
		report_print_json(&result, stdout);
	else
		report_print(&result, stdout);
	if (fflush(stdout) != 0)
		return REPORT_EXIT_FAILURE;
	return report_exit_status(&result);
}
