/* SPDX-License-Identifier: Apache-2.0 */

/* Codes that are printed: recovery codes, and those for sealed envelopes. */

#include "cli/lost.h"
#include "cli/options.h"
#include "cli/otp_text.h"
#include "cli/prompt.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"
#include "ipc/client.h"
#include "ipc/lost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENVELOPES_DEFAULT 5

static void print_envelope_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token envelope [--count N] [--admin NAME]\n\n"
		 "Prints N (5) codes, each to be cut out and sealed in an envelope for the safe.  "
		 "Each\n"
		 "logs one person in once, with the password, at this terminal's own console, "
		 "also\n"
		 "without the key of the codes or with a full log.  Those printed before are "
		 "void.\n"
		 "For root; NAME is an administrator who gives a code of the token.\n"),
	      out);
}

static int ask_paper(void *request, size_t size, const char *who, struct ipc_otp_paper *reply,
		     struct err *err)
{
	const struct ipc_question question = { .path = IPC_SOCKET_OTP,
					       .request = request,
					       .request_size = size,
					       .passed_fd = -1,
					       .reply_kind = IPC_OTP_PAPER,
					       .reply_size = sizeof(*reply),
					       .timeout_us = INT64_C(1000) * IPC_PAPER_TIMEOUT_MS };
	int rc = ipc_call_question(&question, reply, err);

	if (rc == 0 && reply->result == IPC_OTP_UNAVAILABLE)
		rc = err_set(err, -EIO,
			     "the log could not take the entry, and no such code is valid now; "
			     "remedy: sekisho status, then again");
	else if (rc == 0 && reply->result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EACCES, "%s: %s", who, tr(otp_result_text(reply->result)));
	return rc;
}

static void print_envelopes(const struct ipc_otp_paper *paper)
{
	static const enum lang langs[] = { LANG_JA, LANG_EN };
	time_t now = time(NULL);
	struct tm tm;
	char date[16] = "";

	if (localtime_r(&now, &tm))
		(void)strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	for (unsigned int i = 0; i < paper->count && i < IPC_PAPER_MAX; i++) {
		puts("- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -");
		for (size_t l = 0; l < sizeof(langs) / sizeof(langs[0]); l++)
			printf(lang_text(
				       langs[l],
				       N_("Emergency code %u of %u for terminal %s, made on %s\n")),
			       i + 1, paper->count, paper->terminal, date);
		printf("\n        %s\n\n", paper->codes[i]);
		for (size_t l = 0; l < sizeof(langs) / sizeof(langs[0]); l++)
			fputs(lang_text(langs[l],
					N_("Once, at its own console, with your password, in the "
					   "place of the code.  Tell IT.\n")),
			      stdout);
	}
}

int lost_envelope(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'n' },
		{ "admin", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct ipc_otp_seal request = { .header = ipc_header(IPC_OTP_SEAL) };
	struct ipc_otp_paper reply = { .result = IPC_OTP_UNAVAILABLE };
	const char *admin = getenv("SUDO_USER");
	char question[IPC_USER_MAX + 64];
	uint64_t count = ENVELOPES_DEFAULT;
	int option;
	int rc = 0;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'a')
			admin = optarg;
		else if (option == 'n')
			rc = parse_u64(optarg, IPC_PAPER_MAX, &count, err);
		else
			return options_usage(option == 'h', print_envelope_usage);
	}
	if (optind != argc || !admin)
		return options_usage(-EINVAL, print_envelope_usage);
	if (rc < 0 || count == 0 || strlen(admin) >= sizeof(request.admin))
		return err_set(err, -EINVAL, "--count takes 1 to %d", IPC_PAPER_MAX);
	strcpy(request.admin, admin);
	request.count = (uint8_t)count;
	(void)snprintf(question, sizeof(question), tr("Code of %s: "), admin);
	rc = prompt_secret(question, request.code, sizeof(request.code), err);
	if (rc == 0)
		rc = ask_paper(&request, sizeof(request), admin, &reply, err);
	explicit_bzero(&request, sizeof(request));
	if (rc == 0)
		print_envelopes(&reply);
	explicit_bzero(&reply, sizeof(reply));
	return rc < 0 ? rc : EXIT_SUCCESS;
}

static void print_recovery_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token recovery USER [--left]\n\n"
		 "Prints eight codes for USER, each good once in the place of a token's code.  "
		 "Those\n"
		 "printed before are void.  --left says how many are left instead.\n"),
	      out);
}

static void print_recovery(const char *user, const struct ipc_otp_paper *paper)
{
	printf(tr("Recovery codes of %s for terminal %s, each good once:\n"), user,
	       paper->terminal);
	for (unsigned int i = 0; i < paper->count && i < IPC_PAPER_MAX; i++)
		printf("%5u  %s\n", i + 1, paper->codes[i]);
}

int lost_recovery(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "left", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct ipc_otp_recovery request = { .header = ipc_header(IPC_OTP_RECOVERY) };
	struct ipc_otp_paper reply = { .result = IPC_OTP_UNAVAILABLE };
	int option;
	int rc;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'l')
			return options_usage(option == 'h', print_recovery_usage);
		request.count_only = 1;
	}
	if (optind + 1 != argc)
		return options_usage(-EINVAL, print_recovery_usage);
	if (strlen(argv[optind]) >= sizeof(request.user))
		return err_set(err, -EINVAL, "'%s' is too long for a user name", argv[optind]);
	strcpy(request.user, argv[optind]);
	rc = ask_paper(&request, sizeof(request), request.user, &reply, err);
	if (rc == 0 && request.count_only)
		printf(tr("%s has %u recovery codes left.\n"), request.user, reply.count);
	else if (rc == 0)
		print_recovery(request.user, &reply);
	explicit_bzero(&reply, sizeof(reply));
	return rc < 0 ? rc : EXIT_SUCCESS;
}
