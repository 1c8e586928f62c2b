/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/options.h"
#include "cli/token_commands.h"
#include "core/cleanup.h"
#include "core/lang.h"
#include "core/text.h"
#include "ipc/client.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token list [--json]\n"), out);
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

static int list(bool json, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_OTP_LIST);
	json_auto_t *tokens = json_array();
	int rc = ipc_call_list(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_TOKEN,
			       sizeof(struct ipc_otp_token), json ? collect_token : print_token,
			       tokens, err);

	if (rc < 0)
		return rc;
	if (json) {
		(void)json_dumpf(tokens, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	return EXIT_SUCCESS;
}

int token_list(int argc, char *argv[], struct err *err)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool json = false;
	int option;

	optind = 1;
	while ((option = option_next(argc, argv, "", known)) >= 0) {
		if (option != 'j')
			return options_usage(option == 'h' ? 1 : -EINVAL, print_usage);
		json = true;
	}
	if (argc != optind)
		return options_usage(-EINVAL, print_usage);
	return list(json, err);
}
