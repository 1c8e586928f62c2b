/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A temporary code, at the help desk.  What the caller reads out comes in, what
 * is read back goes out; two people prove a code to this machine's sekisho-otpd,
 * which alone can open the terminal's key.
 */

#include "cli/lost.h"
#include "cli/options.h"
#include "cli/otp_text.h"
#include "cli/people.h"
#include "cli/prompt.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"
#include "ipc/client.h"
#include "ipc/lost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SECONDS_PER_DAY (INT64_C(24) * 60 * 60)

struct wish {
	const char *user;
	const char *until;
	const char *uses;
	const char *escrow;
	const char *issuer;
	const char *approver;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho token temporary USER --until HH:MM --escrow FILE|DIR\n"
		 "                               [--uses N] [--issuer NAME] [--approver NAME]\n\n"
		 "USER has called and reads out what ? showed at the code prompt.  You and a "
		 "second\n"
		 "person each give a code of your own; then digits are printed, to be read to "
		 "USER.\n"
		 "They work with the password, on that terminal, N times (1), until HH:MM.\n"),
	      out);
}

/* The end in quarters of an hour from now, rounded up. */
static int take_until(const char *text, uint8_t *ret, struct err *err)
{
	time_t now = time(NULL);
	struct tm tm;
	char *end;
	int64_t left_s;

	if (!localtime_r(&now, &tm))
		return err_set(err, -EINVAL, "the clock of this machine cannot be right");
	end = strptime(text, "%H:%M", &tm);
	if (!end || *end != '\0')
		return err_set(err, -EINVAL,
			       "'%s' is no end for a temporary code; remedy: a time of today such "
			       "as --until 17:15",
			       text);
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	left_s = (int64_t)mktime(&tm) - now;
	if (left_s <= 0 || left_s > SECONDS_PER_DAY)
		return err_set(err, -EINVAL,
			       "%s is over; remedy: a later time of today, and for tomorrow a code "
			       "of tomorrow",
			       text);
	*ret = (uint8_t)((left_s + TEMPORARY_QUARTER_S - 1) / TEMPORARY_QUARTER_S);
	return 0;
}

static int take_uses(const char *text, uint8_t *ret, struct err *err)
{
	uint64_t uses = 1;

	if (text && (parse_u64(text, TEMPORARY_USES_MAX, &uses, err) < 0 || uses == 0))
		return err_set(err, -EINVAL, "a temporary code is good for 1 to %d logins",
			       TEMPORARY_USES_MAX);
	*ret = (uint8_t)uses;
	return 0;
}

int lost_take_escrow(const char *path, char terminal[IPC_WORD_MAX], uint8_t sealed[IPC_ESCROW_LEN],
		     struct err *err)
{
	cleanup_free char *file = NULL;
	char asked[IPC_WORD_MAX];
	struct stat st;
	int rc;

	if (stat(path, &st) < 0)
		return err_set(err, -errno, "%s: %m", path);
	if (!S_ISDIR(st.st_mode))
		return lost_read_escrow(path, terminal, sealed, err);
	rc = prompt_line(tr("Terminal: "), asked, sizeof(asked), err);
	if (rc < 0)
		return rc;
	if (*asked == '\0' || *asked == '.' || strchr(asked, '/'))
		return err_set(err, -EINVAL, "'%s' is no terminal", asked);
	if (asprintf(&file, "%s/%s.escrow", path, asked) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	rc = lost_read_escrow(file, terminal, sealed, err);
	if (rc == 0 && strcmp(terminal, asked) != 0)
		rc = err_set(err, -EINVAL, "%s is of terminal %s", file, terminal);
	return rc;
}

int lost_ask_challenge(char out[static TEMPORARY_CHALLENGE_SIZE], struct err *err)
{
	char typed[IPC_WORD_MAX];
	int rc = prompt_line(tr("Number shown there: "), typed, sizeof(typed), err);

	while (rc == 0 && !temporary_read_challenge(typed, out)) {
		puts(tr("That was misheard: have it read out again."));
		rc = prompt_line(tr("Number shown there: "), typed, sizeof(typed), err);
	}
	return rc;
}

static int ask_people(const struct wish *wish, struct ipc_otp_issue *request, struct err *err)
{
	int rc = 0;

	if (!wish->approver)
		rc = prompt_line(tr("Second person: "), request->approver,
				 sizeof(request->approver), err);
	if (rc == 0 && (strcmp(request->approver, request->issuer) == 0 ||
			strcmp(request->approver, request->user) == 0))
		rc = err_set(err, -EINVAL,
			     "the user, the issuer and the approver must be three people; remedy: "
			     "ask a colleague");
	if (rc == 0)
		rc = people_ask_code(request->issuer, request->issuer_code, err);
	if (rc == 0)
		rc = people_ask_code(request->approver, request->approver_code, err);
	return rc;
}

static int issue(struct ipc_otp_issue *request, struct err *err)
{
	const time_t end = time(NULL) + (time_t)request->quarters * TEMPORARY_QUARTER_S;
	struct ipc_otp_issued reply = { .result = IPC_OTP_UNAVAILABLE };
	struct tm tm;
	char until[16] = "";
	int rc = ipc_call(IPC_SOCKET_OTP, request, sizeof(*request), IPC_OTP_ISSUED, &reply,
			  sizeof(reply), err);

	if (rc == 0 && reply.result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EACCES, "%s: %s",
			     reply.approver ? request->approver : request->issuer,
			     tr(otp_result_text(reply.result)));
	if (rc == 0 && localtime_r(&end, &tm))
		(void)strftime(until, sizeof(until), "%H:%M", &tm);
	if (rc == 0)
		printf(tr("\n    %s\n\n%s, terminal %s, number %s: logins %u, over at %s at the "
			  "latest.\n"),
		       reply.digits, request->user, reply.terminal, reply.challenge, request->uses,
		       until);
	explicit_bzero(&reply, sizeof(reply));
	return rc;
}

static int run(const struct wish *wish, struct err *err)
{
	struct ipc_otp_issue request = { .header = ipc_header(IPC_OTP_ISSUE) };
	char terminal[IPC_WORD_MAX];
	int rc = people_take_name(request.user, wish->user, err);

	if (rc == 0)
		rc = take_until(wish->until, &request.quarters, err);
	if (rc == 0)
		rc = take_uses(wish->uses, &request.uses, err);
	if (rc == 0)
		rc = people_take_issuer(request.issuer, wish->issuer, err);
	if (rc == 0 && strcmp(request.issuer, request.user) == 0)
		rc = err_set(err, -EINVAL,
			     "nobody issues a code to himself; remedy: ask a "
			     "colleague");
	if (rc == 0 && wish->approver)
		rc = people_take_name(request.approver, wish->approver, err);
	if (rc == 0)
		rc = lost_take_escrow(wish->escrow, terminal, request.sealed, err);
	if (rc == 0) {
		printf(tr("Terminal %s. Call the user back at the number you know.\n"), terminal);
		rc = lost_ask_challenge(request.challenge, err);
	}
	if (rc == 0)
		rc = ask_people(wish, &request, err);
	if (rc == 0)
		rc = issue(&request, err);
	explicit_bzero(&request, sizeof(request));
	return rc < 0 ? rc : EXIT_SUCCESS;
}

int lost_temporary(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "until", required_argument, NULL, 'u' },
		{ "uses", required_argument, NULL, 'n' },
		{ "escrow", required_argument, NULL, 'e' },
		{ "issuer", required_argument, NULL, 'i' },
		{ "approver", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct wish wish = { 0 };
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'u')
			wish.until = optarg;
		else if (option == 'n')
			wish.uses = optarg;
		else if (option == 'e')
			wish.escrow = optarg;
		else if (option == 'i')
			wish.issuer = optarg;
		else if (option == 'a')
			wish.approver = optarg;
		else
			return options_usage(option == 'h', print_usage);
	}
	if (optind + 1 != argc || !wish.until || !wish.escrow)
		return options_usage(-EINVAL, print_usage);
	wish.user = argv[optind];
	return run(&wish, err);
}
