/* SPDX-License-Identifier: Apache-2.0 */

/* A new token for a phone: the secret passes through here once. */

#include "cli/options.h"
#include "cli/qr.h"
#include "cli/token_ask.h"
#include "cli/token_commands.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "mfa/enrol.h"

#include <errno.h>
#include <langinfo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token enroll USER [--ascii]\n"), out);
}

static bool is_utf8_terminal(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static int show_secret(const char *user, bool ascii, const struct ipc_otp_secret *secret,
		       struct err *err)
{
	char uri[ENROL_URI_SIZE];
	char issuer[IPC_WORD_MAX + 16];
	int rc;

	(void)snprintf(issuer, sizeof(issuer), "sekisho %s", secret->host);
	rc = enrol_uri(issuer, user, secret->secret, secret->digits, secret->period_sec, uri, err);
	if (rc == 0)
		rc = qr_print(stdout, uri, ascii || !is_utf8_terminal(), err);
	if (rc == 0)
		puts(uri);
	explicit_bzero(uri, sizeof(uri));
	return rc;
}

static int enroll(const char *user, bool ascii, struct err *err)
{
	struct ipc_otp_user request = { .header = ipc_header(IPC_OTP_ENROLL) };
	struct ipc_otp_secret secret = { 0 };
	int rc = token_set_name(request.user, sizeof(request.user), user, err);

	if (rc == 0)
		rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_SECRET, &secret,
			      sizeof(secret), err);
	if (rc == 0 && !*secret.secret)
		rc = err_set(err, -EIO, "the log could not take the entry; nothing was enrolled");
	if (rc == 0)
		rc = show_secret(user, ascii, &secret, err);
	explicit_bzero(&secret, sizeof(secret));
	if (rc == 0)
		rc = token_confirm(user, err);
	if (rc < 0)
		return rc;
	printf(tr("The token of %s is active.\n"), user);
	return EXIT_SUCCESS;
}

int token_enroll(int argc, char *argv[], struct err *err)
{
	static const struct option known[] = {
		{ "ascii", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool ascii = false;
	int option;

	optind = 1;
	while ((option = option_next(argc, argv, "", known)) >= 0) {
		if (option != 'a')
			return options_usage(option == 'h' ? 1 : -EINVAL, print_usage);
		ascii = true;
	}
	if (argc - optind != 1)
		return options_usage(-EINVAL, print_usage);
	return enroll(argv[optind], ascii, err);
}
