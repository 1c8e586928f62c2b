/* SPDX-License-Identifier: Apache-2.0 */

/* Tokens: everything is done by sekisho-otpd; the secret passes through here once. */

#include "cli/commands.h"
#include "cli/lost.h"
#include "cli/options.h"
#include "cli/otp_text.h"
#include "cli/prompt.h"
#include "cli/qr.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"
#include "ipc/client.h"
#include "mfa/enrol.h"

#include <errno.h>
#include <jansson.h>
#include <langinfo.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIES 3

struct options {
	bool ascii;
	bool json;
	const char *user;
};

static int set_user(char out[IPC_USER_MAX], const char *user, struct err *err)
{
	if (strlen(user) >= IPC_USER_MAX)
		return err_set(err, -EINVAL, "'%s' is too long for a user name", user);
	strcpy(out, user);
	return 0;
}

static bool is_utf8_terminal(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

static int show_secret(const struct options *options, const struct ipc_otp_secret *secret,
		       struct err *err)
{
	char uri[ENROL_URI_SIZE];
	char issuer[IPC_WORD_MAX + 16];
	int rc;

	(void)snprintf(issuer, sizeof(issuer), "sekisho %s", secret->host);
	rc = enrol_uri(issuer, options->user, secret->secret, secret->digits, secret->period_sec,
		       uri, err);
	if (rc == 0)
		rc = qr_print(stdout, uri, options->ascii || !is_utf8_terminal(), err);
	if (rc == 0)
		puts(uri);
	explicit_bzero(uri, sizeof(uri));
	return rc;
}

static int confirm(const struct options *options, struct err *err)
{
	struct ipc_otp_code request = { .header = ipc_header(IPC_OTP_CONFIRM) };
	struct ipc_otp_answer answer = { .result = IPC_OTP_UNAVAILABLE };
	int rc = set_user(request.user, options->user, err);

	for (int i = 0; rc == 0 && i < TRIES && answer.result != IPC_OTP_ACCEPTED; i++) {
		rc = prompt_line(tr("Code shown by the token: "), request.code,
				 sizeof(request.code), err);
		if (rc == 0)
			rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_ANSWER,
				      &answer, sizeof(answer), err);
		if (rc == 0 && answer.result != IPC_OTP_ACCEPTED)
			printf("%s\n", tr(otp_result_text(answer.result)));
	}
	if (rc == 0 && answer.result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EACCES,
			     "not confirmed, so the token is not active; remedy: check the clocks "
			     "of phone and terminal, then enrol again");
	return rc;
}

static int enroll(const struct options *options, struct err *err)
{
	struct ipc_otp_user request = { .header = ipc_header(IPC_OTP_ENROLL) };
	struct ipc_otp_secret secret = { 0 };
	int rc = set_user(request.user, options->user, err);

	if (rc == 0)
		rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_SECRET, &secret,
			      sizeof(secret), err);
	if (rc == 0 && !*secret.secret)
		rc = err_set(err, -EIO, "the log could not take the entry; nothing was enrolled");
	if (rc == 0)
		rc = show_secret(options, &secret, err);
	explicit_bzero(&secret, sizeof(secret));
	if (rc == 0)
		rc = confirm(options, err);
	if (rc < 0)
		return rc;
	printf(tr("The token of %s is active.\n"), options->user);
	return EXIT_SUCCESS;
}

static int ask_about_user(const struct options *options, enum ipc_kind kind, const char *done,
			  struct err *err)
{
	struct ipc_otp_user request = { .header = ipc_header(kind) };
	struct ipc_otp_answer answer = { .result = IPC_OTP_UNAVAILABLE };
	int rc = set_user(request.user, options->user, err);

	if (rc == 0)
		rc = ipc_call(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_ANSWER, &answer,
			      sizeof(answer), err);
	if (rc == 0 && answer.result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EIO, "%s: %s", options->user,
			     tr(otp_result_text(answer.result)));
	if (rc < 0)
		return rc;
	printf(tr(done), options->user);
	return EXIT_SUCCESS;
}

static int revoke(const struct options *options, struct err *err)
{
	return ask_about_user(options, IPC_OTP_REVOKE, N_("The tokens of %s are revoked.\n"), err);
}

static int unlock(const struct options *options, struct err *err)
{
	return ask_about_user(options, IPC_OTP_UNLOCK, N_("%s may try again.\n"), err);
}

static const char *state_text(uint8_t state)
{
	switch ((enum ipc_otp_token_state)state) {
	case IPC_OTP_TOKEN_NONE:
		return N_("none");
	case IPC_OTP_TOKEN_PENDING:
		return N_("not confirmed");
	case IPC_OTP_TOKEN_ACTIVE:
		return N_("active");
	case IPC_OTP_TOKEN_REVOKED:
		return N_("revoked");
	case IPC_OTP_TOKEN_DAMAGED:
		return N_("DAMAGED");
	}
	return N_("none");
}

static void format_time(int64_t seconds, char out[static 32])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	strcpy(out, "-");
	if (seconds > 0 && localtime_r(&when, &tm))
		(void)strftime(out, 32, "%Y-%m-%d %H:%M", &tm);
}

static void print_column(const char *text, size_t width)
{
	printf("%s%*s", text, (int)(width - (text_width(text) < width ? text_width(text) : width)),
	       "");
	putchar(' ');
}

static void print_token(const void *reply, void *ctx)
{
	const struct ipc_otp_token *token = reply;
	char user[4 * IPC_USER_MAX];
	char last[32];

	(void)ctx;
	format_time(token->last_success_s, last);
	print_column(text_escape(user, sizeof(user), token->user,
				 strnlen(token->user, sizeof(token->user))),
		     16);
	print_column(token->token, 10);
	print_column(tr(state_text(token->state)), 14);
	print_column(last, 17);
	if (token->wait_sec == UINT32_MAX)
		puts(tr("locked until an administrator unlocks"));
	else if (token->wait_sec > 0)
		printf(tr("locked for %u s\n"), token->wait_sec);
	else
		printf(tr("failures: %u\n"), token->failures);
}

static void collect_token(const void *reply, void *ctx)
{
	const struct ipc_otp_token *token = reply;

	json_array_append_new(ctx,
			      json_pack("{s:s, s:s, s:s, s:I, s:i, s:I}", "user", token->user,
					"token", token->token, "state", state_text(token->state),
					"last_success", (json_int_t)token->last_success_s,
					"failures", (int)token->failures, "wait_sec",
					(json_int_t)token->wait_sec));
}

static int list(const struct options *options, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_OTP_LIST);
	json_auto_t *tokens = json_array();
	int rc = ipc_call_list(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_TOKEN,
			       sizeof(struct ipc_otp_token),
			       options->json ? collect_token : print_token, tokens, err);

	if (rc < 0)
		return rc;
	if (options->json) {
		(void)json_dumpf(tokens, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	return EXIT_SUCCESS;
}

static const struct verb {
	const char *name;
	bool wants_user;
	int (*run)(const struct options *options, struct err *err);
} verbs[] = {
	{ "enroll", true, enroll },
	{ "list", false, list },
	{ "revoke", true, revoke },
	{ "unlock", true, unlock },
};

static int usage(FILE *out)
{
	fputs(tr("Usage: sekisho token enroll USER [--ascii]\n"
		 "       sekisho token list [--json]\n"
		 "       sekisho token revoke USER\n"
		 "       sekisho token unlock USER\n"),
	      out);
	lost_usage(out);
	return out == stdout ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int parse(int argc, char *argv[], struct options *options)
{
	static const struct option known[] = {
		{ "ascii", no_argument, NULL, 'a' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = option_next(argc, argv, "", known)) >= 0) {
		if (option == 'a')
			options->ascii = true;
		else if (option == 'j')
			options->json = true;
		else
			return option;
	}
	return 0;
}

int cmd_token(int argc, char *argv[], struct err *err)
{
	const struct subcommand *lost = lost_find(argc > 1 ? argv[1] : "");
	struct options options = { 0 };
	int odd;

	if (lost)
		return lost->run(argc - 1, argv + 1, err);
	odd = parse(argc, argv, &options);
	if (odd)
		return usage(odd == 'h' ? stdout : stderr);
	for (size_t i = 0; optind < argc && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[optind], verbs[i].name) != 0)
			continue;
		if (argc - optind != (verbs[i].wants_user ? 2 : 1))
			return usage(stderr);
		options.user = argv[argc - 1];
		return verbs[i].run(&options, err);
	}
	return usage(stderr);
}
