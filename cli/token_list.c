/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/options.h"
#include "cli/token_ask.h"
#include "cli/token_commands.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"
#include "core/text.h"
#include "ipc/client.h"
#include "ipc/tokens.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S (24 * 60 * 60)
#define DAYS_MAX 36500

struct listing {
	time_t unused_before; /* 0: all are wanted */
	json_t *json;         /* NULL: printed */
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token list [--unused DAYS] [--json]\n\n"
		 "--unused: only tokens whose last code was accepted longer ago, or never.\n"),
	      out);
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
	case IPC_OTP_TOKEN_SPARE:
		return N_("unassigned");
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

static void print_shape(const struct ipc_otp_token *token)
{
	char shape[32];

	(void)snprintf(shape, sizeof(shape), "%s/%u/%us", token_algorithm(token->shape.algorithm),
		       token->shape.digits, token->shape.period_sec);
	print_column(shape, 12);
}

static void print_lock(const struct ipc_otp_token *token)
{
	if (token->wait_sec == UINT32_MAX)
		puts(tr("locked until an administrator unlocks"));
	else if (token->wait_sec > 0)
		printf(tr("locked for %u s\n"), token->wait_sec);
	else
		printf(tr("failures: %u\n"), token->failures);
}

static void print_token(const struct ipc_otp_token *token)
{
	char user[4 * IPC_USER_MAX];
	char drift[16];
	char last[32];

	format_time(token->last_used_s, last);
	(void)snprintf(drift, sizeof(drift), "%+d s", token->drift_sec);
	print_column(text_escape(user, sizeof(user), token->user,
				 strnlen(token->user, sizeof(token->user))),
		     16);
	print_column(token->token, 14);
	print_column(tr(state_text(token->state)), 14);
	print_shape(token);
	print_column(last, 17);
	print_column(drift, 7);
	if (*token->label)
		print_column(token->label, 12);
	print_lock(token);
}

static json_t *to_json(const struct ipc_otp_token *token)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:I, s:I, s:i, s:i, s:I}", "user",
			 token->user, "token", token->token, "label", token->label, "state",
			 state_text(token->state), "algorithm",
			 token_algorithm(token->shape.algorithm), "digits",
			 (int)token->shape.digits, "period", (int)token->shape.period_sec,
			 "last_used", (json_int_t)token->last_used_s, "last_success",
			 (json_int_t)token->last_success_s, "drift_sec", (int)token->drift_sec,
			 "failures", (int)token->failures, "wait_sec", (json_int_t)token->wait_sec);
}

static void take(const void *reply, void *ctx)
{
	const struct ipc_otp_token *token = reply;
	struct listing *listing = ctx;

	if (listing->unused_before > 0 && token->last_used_s >= listing->unused_before)
		return;
	if (listing->json)
		json_array_append_new(listing->json, to_json(token));
	else
		print_token(token);
}

static int list(struct listing *listing, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_OTP_LIST);
	int rc = ipc_call_list(IPC_SOCKET_OTP, &request, sizeof(request), IPC_OTP_TOKEN,
			       sizeof(struct ipc_otp_token), take, listing, err);

	if (rc < 0)
		return rc;
	if (listing->json) {
		(void)json_dumpf(listing->json, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	return EXIT_SUCCESS;
}

int token_list(int argc, char *argv[], struct err *err)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "unused", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	json_auto_t *tokens = NULL;
	struct listing listing = { 0 };
	uint64_t days;
	int option;

	optind = 1;
	while ((option = option_next(argc, argv, "", known)) >= 0) {
		if (option == 'j' && !tokens)
			tokens = json_array();
		else if (option == 'u' && parse_u64(optarg, DAYS_MAX, &days, err) == 0)
			listing.unused_before = time(NULL) - (time_t)days * DAY_S;
		else if (option != 'j')
			return option == 'u'
				       ? err->code
				       : options_usage(option == 'h' ? 1 : -EINVAL, print_usage);
	}
	if (argc != optind)
		return options_usage(-EINVAL, print_usage);
	listing.json = tokens;
	return list(&listing, err);
}
