/* SPDX-License-Identifier: Apache-2.0 */

/* A new token for a phone: the secret passes through here once. */

#include "cli/options.h"
#include "cli/qr.h"
#include "cli/token_ask.h"
#include "cli/token_commands.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/tokens.h"
#include "mfa/enrol.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct options {
	const char *user;
	const char *label;
	struct ipc_otp_shape shape;
	bool ascii;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token enroll USER [--algorithm SHA1|SHA256|SHA512] [--digits "
		 "6|8]\n"
		 "                            [--period 30|60] [--label TEXT] [--ascii]\n\n"
		 "Every phone reads SHA1, 6 digits and 30 seconds; of the others many do not, and\n"
		 "show wrong codes.\n"),
	      out);
}

static int show_secret(const struct options *options, const struct ipc_otp_secret *secret,
		       struct err *err)
{
	const struct totp shape = { .algorithm = secret->shape.algorithm,
				    .digits = secret->shape.digits,
				    .period = secret->shape.period_sec };
	char uri[ENROL_URI_SIZE];
	char issuer[IPC_WORD_MAX + 16];
	int rc;

	(void)snprintf(issuer, sizeof(issuer), "sekisho %s", secret->host);
	rc = enrol_uri(issuer, options->user, secret->secret, &shape, uri, err);
	if (rc == 0)
		rc = qr_print(stdout, uri, options->ascii || !qr_fits_terminal(), err);
	if (rc == 0)
		puts(uri);
	explicit_bzero(uri, sizeof(uri));
	return rc;
}

static int enroll(const struct options *options, struct err *err)
{
	struct ipc_otp_enroll request = { .header = ipc_header(IPC_OTP_ENROLL),
					  .shape = options->shape };
	struct ipc_otp_secret secret = { 0 };
	int rc = token_set_name(request.user, sizeof(request.user), options->user, err);

	if (rc == 0 && options->label)
		rc = token_set_name(request.label, sizeof(request.label), options->label, err);
	if (rc == 0)
		rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_SECRET, &secret,
			      sizeof(secret), err);
	if (rc == 0 && !*secret.secret)
		rc = err_set(err, -EIO, "the log could not take the entry; nothing was enrolled");
	if (rc == 0)
		rc = show_secret(options, &secret, err);
	explicit_bzero(&secret, sizeof(secret));
	if (rc == 0)
		rc = token_confirm(options->user, err);
	if (rc < 0)
		return rc;
	printf(tr("The token of %s is active.\n"), options->user);
	return EXIT_SUCCESS;
}

static bool set_algorithm(struct ipc_otp_shape *shape, const char *name)
{
	for (uint8_t i = TOTP_SHA1; i <= TOTP_SHA512; i++) {
		if (strcasecmp(name, token_algorithm(i)) == 0)
			shape->algorithm = i;
	}
	return shape->algorithm != 0;
}

static bool set_one_of(uint8_t *field, const char *text, uint8_t one, uint8_t other)
{
	char words[2][4];

	(void)snprintf(words[0], sizeof(words[0]), "%u", one);
	(void)snprintf(words[1], sizeof(words[1]), "%u", other);
	if (strcmp(text, words[0]) == 0)
		*field = one;
	else if (strcmp(text, words[1]) == 0)
		*field = other;
	return *field != 0;
}

/* Return: as options_none(). */
static int parse(int argc, char *argv[], struct options *ret)
{
	static const struct option known[] = {
		{ "algorithm", required_argument, NULL, 'a' },
		{ "digits", required_argument, NULL, 'd' },
		{ "period", required_argument, NULL, 'p' },
		{ "label", required_argument, NULL, 'l' },
		{ "ascii", no_argument, NULL, 'A' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool good = true;
	int option;

	optind = 1;
	while (good && (option = option_next(argc, argv, "", known)) >= 0) {
		if (option == 'a')
			good = set_algorithm(&ret->shape, optarg);
		else if (option == 'd')
			good = set_one_of(&ret->shape.digits, optarg, 6, 8);
		else if (option == 'p')
			good = set_one_of(&ret->shape.period_sec, optarg, 30, 60);
		else if (option == 'l')
			ret->label = optarg;
		else if (option == 'A')
			ret->ascii = true;
		else
			return option == 'h' ? 1 : -EINVAL;
	}
	if (!good || argc - optind != 1)
		return -EINVAL;
	ret->user = argv[optind];
	return 0;
}

int token_enroll(int argc, char *argv[], struct err *err)
{
	struct options options = { 0 };
	int rc = parse(argc, argv, &options);

	return rc != 0 ? options_usage(rc, print_usage) : enroll(&options, err);
}
