/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sekisho-verify: proves a log on any machine.  One static program, both
 * languages compiled in, no configuration, nothing read but the log and the key.
 */

#include "audit/proof_file.h"
#include "audit/report.h"
#include "audit/verify_front.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <getopt.h>
#include <sodium.h>
#include <string.h>

struct request {
	struct verify_front front;
	const char *other; /* with a proof: the entry, or the earlier checkpoint */
	bool json;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho-verify [--key VKEY|FILE] [--witness FILE] [--deep|--no-deep]\n"
		 "                      [--json] [--lang ja|en] DIR|FILE\n"
		 "       sekisho-verify --key VKEY|FILE PROOF [ENTRY|CHECKPOINT]\n\n"
		 "Proves an audit log.  --witness compares it with a checkpoint that was kept\n"
		 "elsewhere; --deep looks at every byte, as it does anyway below 100000 entries.\n"
		 "Exit status: 0 proven, 1 tampered, 2 incomplete or no key, 3 wrong usage or\n"
		 "unreadable.\n"),
	      out);
}

static bool set_language(const char *name)
{
	if (strcmp(name, "ja") != 0 && strcmp(name, "en") != 0)
		return false;
	lang_set(lang_from_locale(name));
	return true;
}

static bool take_option(struct request *request, int option, const char *value)
{
	switch (option) {
	case 'k':
		request->front.key = value;
		return true;
	case 'w':
		request->front.witness = value;
		return true;
	case 'd':
		request->front.depth = VERIFY_DEPTH_DEEP;
		return true;
	case 'p':
		request->front.depth = VERIFY_DEPTH_PROOF;
		return true;
	case 'j':
		request->json = true;
		return true;
	case 'l':
		return set_language(value);
	}
	return false;
}

/* Return: 1 when --help was asked for, -1 on wrong usage. */
static int parse_arguments(int argc, char *argv[], struct request *ret)
{
	static const struct option options[] = {
		{ "key", required_argument, NULL, 'k' },
		{ "witness", required_argument, NULL, 'w' },
		{ "deep", no_argument, NULL, 'd' },
		{ "no-deep", no_argument, NULL, 'p' },
		{ "json", no_argument, NULL, 'j' },
		{ "lang", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'V')
			puts("sekisho-verify " SEKISHO_VERSION);
		else if (option == 'h')
			print_usage(stdout);
		else if (take_option(ret, option, optarg))
			continue;
		else
			return -1;
		return 1;
	}
	if (optind + 1 != argc && optind + 2 != argc)
		return -1;
	ret->front.path = argv[optind];
	ret->other = argv[optind + 1];
	return 0;
}

/* One entry, or growth, where the file is a proof and no log. */
static int check_proof(const struct request *request)
{
	struct note_key key;
	struct err err = { 0 };
	int rc;

	if (request->front.key)
		rc = note_key_load(request->front.key, &key, &err);
	else
		rc = err_set(&err, -EINVAL,
			     "without the key nothing is proven; remedy: --key with the line that "
			     "was registered at enrolment");
	if (rc == 0)
		rc = proof_file_check(request->front.path, request->other, &key, stdout, &err);
	if (rc < 0)
		fprintf(stderr, "sekisho-verify: %s\n", err.text);
	return fflush(stdout) == 0 ? proof_exit_status(rc) : REPORT_EXIT_FAILURE;
}

int main(int argc, char *argv[])
{
	struct request request = { 0 };
	struct verify_result result;
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
	if (proof_file_is(request.front.path))
		return check_proof(&request);
	if (request.other) {
		print_usage(stderr);
		return REPORT_EXIT_FAILURE;
	}
	if (verify_front_run(&request.front, &result, &err) < 0) {
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
