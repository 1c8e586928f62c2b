/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sekisho permit grant, at the help desk: what the caller reads out of a permit is
 * typed in and compared with the number that his terminal shows for it; issuer and
 * approver prove a code to this machine's sekisho-otpd; digits are read back.
 */

#include "cli/log_time.h"
#include "cli/lost.h"
#include "cli/options.h"
#include "cli/otp_text.h"
#include "cli/people.h"
#include "cli/permit_commands.h"
#include "cli/permit_terms.h"
#include "cli/prompt.h"
#include "cli/sheet.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/phone.h"
#include "mfa/approval.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wish {
	const char *permit;
	const char *approver;
	const char *issuer;
	const char *escrow;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho permit grant NUMBER --approver NAME --escrow FILE|DIR\n"
		 "                            [--issuer NAME]\n\n"
		 "Who asked for the permit has called and reads out what sekisho permit approve\n"
		 "--by-phone shows. You and NAME, who approves it, each give a code of your own;\n"
		 "then digits are printed, to be read back.\n"),
	      out);
}

/* "R8-T-0042-7" is of T-0042.  Return: its file, or NULL: the terminal must be asked for. */
static char *file_of(const char *folder, const char *permit)
{
	const char *begin = strchr(permit, '-');
	const char *end = strrchr(permit, '-');
	char *file = NULL;

	if (!begin || end <= begin + 1 || begin[1] == '.' || strchr(permit, '/') ||
	    asprintf(&file, "%s/%.*s.escrow", folder, (int)(end - begin - 1), begin + 1) < 0)
		return NULL;
	if (access(file, F_OK) == 0)
		return file;
	free(file);
	return NULL;
}

static int take_people(const struct wish *wish, struct ipc_otp_grant *request, struct err *err)
{
	int rc = people_take_issuer(request->issuer, wish->issuer, err);

	if (rc == 0)
		rc = people_take_name(request->terms.approver, wish->approver, err);
	if (rc == 0 && strcmp(request->issuer, request->terms.approver) == 0)
		rc = err_set(err, -EINVAL,
			     "issuer and approver must be two people; remedy: ask a colleague");
	return rc;
}

/* Until it is what the terminal shows. */
static int ask_permit(struct ipc_otp_grant *request, struct err *err)
{
	struct ipc_permit_terms *terms = &request->terms;
	uint8_t digest[APPROVAL_DIGEST_LEN];
	bool fits = false;
	int rc = lost_ask_challenge(request->challenge, err);

	strcpy(terms->access, "read");
	strcpy(terms->uses, "1");
	while (rc == 0 && !fits) {
		rc = permit_terms_ask(terms, err);
		approval_digest(terms, sizeof(*terms), digest);
		fits = approval_fits(request->challenge, digest);
		if (rc == 0 && !fits)
			puts(tr("That is not what the terminal shows for this permit, approver and "
				"number.\nHave it read out again; what is right stays with an "
				"empty line."));
	}
	return rc;
}

static int ask_codes(struct ipc_otp_grant *request, struct err *err)
{
	char question[IPC_USER_MAX + 64];
	int rc;

	putchar('\n');
	sheet_line(tr("permit"), request->terms.permit);
	permit_terms_print(&request->terms);
	putchar('\n');
	rc = people_ask_code(request->issuer, request->issuer_code, err);
	(void)snprintf(question, sizeof(question), tr("Code of the approver %s: "),
		       request->terms.approver);
	return rc < 0 ? rc
		      : prompt_line(question, request->approver_code,
				    sizeof(request->approver_code), err);
}

static int grant(struct ipc_otp_grant *request, struct err *err)
{
	struct ipc_otp_issued reply = { .result = IPC_OTP_UNAVAILABLE };
	int rc = ipc_call(IPC_SOCKET_OTP, request, sizeof(*request), IPC_OTP_ISSUED, &reply,
			  sizeof(reply), err);

	if (rc == 0 && reply.result != IPC_OTP_ACCEPTED)
		rc = err_set(err, -EACCES, "%s: %s",
			     reply.approver ? request->terms.approver : request->issuer,
			     tr(otp_result_text(reply.result)));
	if (rc == 0)
		printf(tr("\n    %s\n\nPermit %s, terminal %s, number %s: good once, within an "
			  "hour of the number.\n"),
		       reply.digits, request->terms.permit, reply.terminal, reply.challenge);
	explicit_bzero(&reply, sizeof(reply));
	return rc;
}

static int run(const struct wish *wish, struct err *err)
{
	struct ipc_otp_grant request = { .header = ipc_header(IPC_OTP_GRANT) };
	cleanup_free char *file = NULL;
	char terminal[IPC_WORD_MAX];
	int rc;

	if (strlen(wish->permit) >= sizeof(request.terms.permit))
		return err_set(err, -EINVAL, "'%s' is no number of a medium or permit",
			       wish->permit);
	(void)log_time_half_width(wish->permit, request.terms.permit);
	file = file_of(wish->escrow, request.terms.permit);
	rc = take_people(wish, &request, err);
	if (rc == 0)
		rc = lost_take_escrow(file ? file : wish->escrow, terminal, request.sealed, err);
	if (rc == 0) {
		printf(tr("Terminal %s. Call the user back at the number you know.\n"), terminal);
		rc = ask_permit(&request, err);
	}
	if (rc == 0)
		rc = ask_codes(&request, err);
	if (rc == 0)
		rc = grant(&request, err);
	explicit_bzero(&request, sizeof(request));
	return rc < 0 ? rc : EXIT_SUCCESS;
}

int permit_desk_grant(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "approver", required_argument, NULL, 'a' },
		{ "issuer", required_argument, NULL, 'i' },
		{ "escrow", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct wish wish = { 0 };
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'a')
			wish.approver = optarg;
		else if (option == 'i')
			wish.issuer = optarg;
		else if (option == 'e')
			wish.escrow = optarg;
		else
			return options_usage(option == 'h', print_usage);
	}
	if (optind + 1 != argc || !wish.approver || !wish.escrow)
		return options_usage(-EINVAL, print_usage);
	wish.permit = argv[optind];
	return run(&wish, err);
}
