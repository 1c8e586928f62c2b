/* SPDX-License-Identifier: Apache-2.0 */

/* What happens to tokens that are somebody's. */

#include "cli/options.h"
#include "cli/prompt.h"
#include "cli/token_ask.h"
#include "cli/token_commands.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/tokens.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_revoke_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token revoke USER [--token ID|SERIAL]\n"
		 "       sekisho token revoke --token SERIAL\n\n"
		 "Without --token every token of the user ends; without USER it is one that is\n"
		 "not assigned.\n"),
	      out);
}

static void print_unlock_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token unlock USER\n"), out);
}

static void print_resync_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token resync USER [--token ID|SERIAL]\n\n"
		 "Finds the clock of a token again, up to 20 steps off, by two codes that it "
		 "shows\n"
		 "one after the other.  Both are used then.\n"),
	      out);
}

static void print_assign_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token assign SERIAL USER\n\n"
		 "Gives an imported token to somebody; active after one code from it.\n"),
	      out);
}

/* Reads --token; the words begin at argv[optind].  Return: as options_none(). */
static int parse_token(int argc, char *argv[], const char **ret_token)
{
	static const struct option known[] = {
		{ "token", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	*ret_token = "";
	optind = 1;
	while ((option = option_next(argc, argv, "", known)) >= 0) {
		if (option != 't')
			return option == 'h' ? 1 : -EINVAL;
		*ret_token = optarg;
	}
	return argc - optind <= 1 ? 0 : -EINVAL;
}

int token_revoke(int argc, char *argv[], struct err *err)
{
	struct ipc_otp_named request = { .header = ipc_header(IPC_OTP_REVOKE) };
	const char *token;
	const char *user;
	int rc = parse_token(argc, argv, &token);

	if (rc != 0 || (optind == argc && !*token))
		return options_usage(rc != 0 ? rc : -EINVAL, print_revoke_usage);
	user = optind < argc ? argv[optind] : "";
	rc = token_set_name(request.user, sizeof(request.user), user, err);
	if (rc == 0)
		rc = token_set_name(request.token, sizeof(request.token), token, err);
	if (rc == 0)
		rc = token_ask(&request, sizeof(request), *user ? user : token, err);
	if (rc < 0)
		return rc;
	if (*token)
		printf(tr("Token %s is revoked.\n"), token);
	else
		printf(tr("The tokens of %s are revoked.\n"), user);
	return EXIT_SUCCESS;
}

int token_unlock(int argc, char *argv[], struct err *err)
{
	struct ipc_otp_user request = { .header = ipc_header(IPC_OTP_UNLOCK) };
	int rc = options_none(argc, argv, 1);

	if (rc != 0)
		return options_usage(rc, print_unlock_usage);
	rc = token_set_name(request.user, sizeof(request.user), argv[optind], err);
	if (rc == 0)
		rc = token_ask(&request, sizeof(request), argv[optind], err);
	if (rc < 0)
		return rc;
	printf(tr("%s may try again.\n"), request.user);
	return EXIT_SUCCESS;
}

int token_resync(int argc, char *argv[], struct err *err)
{
	struct ipc_otp_resync request = { .header = ipc_header(IPC_OTP_RESYNC) };
	const char *token;
	int rc = parse_token(argc, argv, &token);

	if (rc != 0 || optind == argc)
		return options_usage(rc != 0 ? rc : -EINVAL, print_resync_usage);
	rc = token_set_name(request.user, sizeof(request.user), argv[optind], err);
	if (rc == 0)
		rc = token_set_name(request.token, sizeof(request.token), token, err);
	if (rc == 0)
		rc = prompt_line(tr("Code shown by the token: "), request.codes[0],
				 sizeof(request.codes[0]), err);
	if (rc == 0)
		rc = prompt_line(tr("The next code that it shows: "), request.codes[1],
				 sizeof(request.codes[1]), err);
	if (rc == 0)
		rc = token_ask(&request, sizeof(request), argv[optind], err);
	explicit_bzero(request.codes, sizeof(request.codes));
	if (rc < 0)
		return rc;
	printf(tr("The clock of the token of %s is found; both codes are used.\n"), request.user);
	return EXIT_SUCCESS;
}

int token_assign(int argc, char *argv[], struct err *err)
{
	struct ipc_otp_named request = { .header = ipc_header(IPC_OTP_ASSIGN) };
	int rc = options_none(argc, argv, 2);

	if (rc != 0)
		return options_usage(rc, print_assign_usage);
	rc = token_set_name(request.token, sizeof(request.token), argv[optind], err);
	if (rc == 0)
		rc = token_set_name(request.user, sizeof(request.user), argv[optind + 1], err);
	if (rc == 0)
		rc = token_ask(&request, sizeof(request), argv[optind + 1], err);
	if (rc == 0)
		rc = token_confirm(request.user, err);
	if (rc < 0)
		return rc;
	printf(tr("The token of %s is active.\n"), request.user);
	return EXIT_SUCCESS;
}
