/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/permit_phone.h"

#include "cli/act.h"
#include "cli/act_options.h"
#include "cli/desk_number.h"
#include "cli/otp_text.h"
#include "cli/permit_rows.h"
#include "cli/permit_terms.h"
#include "cli/prompt.h"
#include "cli/sheet.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/pairs.h"
#include "mfa/approval.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int refused(const struct ipc_agent_acted *acted, struct err *err)
{
	switch ((enum ipc_otp_result)acted->result) {
	case IPC_OTP_USED:
		return err_set(err, -EACCES,
			       "these digits were used already; remedy: call this again, for "
			       "another number");
	case IPC_OTP_OVER:
		return err_set(err, -EACCES,
			       "the hour since the number was shown is over; remedy: call this "
			       "again, for another number");
	case IPC_OTP_LOCKED:
		if (acted->wait_sec != UINT32_MAX)
			return err_set(err, -EACCES,
				       "too many wrong digits; remedy: try again in %u s",
				       acted->wait_sec);
		return err_set(err, -EACCES,
			       "too many wrong digits; remedy: have an administrator call sekisho "
			       "token unlock");
	case IPC_OTP_UNAVAILABLE:
	case IPC_OTP_ACCEPTED:
	case IPC_OTP_WRONG:
	case IPC_OTP_NOT_ENROLLED:
	case IPC_OTP_CLOCK:
	case IPC_OTP_NOT_REQUIRED:
	case IPC_OTP_MISTYPED:
		break;
	}
	return err_set(err, -EACCES, "%s", tr(otp_result_text(acted->result)));
}

/* The number that the terminal shows for it. */
static int call(const struct ipc_agent_act *about, struct ipc_agent_acted *ret, struct err *err)
{
	struct ipc_agent_act act = { .act = "code.challenge", .approver = about->approver };
	int rc;

	pairs_add(act.fields, sizeof(act.fields), &act.fields_len, "permit",
		  act_options_get(about, "permit"));
	rc = act_deliver(&act, ret, err);
	return rc == 0 && ret->result != IPC_OTP_ACCEPTED ? refused(ret, err) : rc;
}

static int print_read_out(const struct ipc_agent_act *act, const char *challenge, struct err *err)
{
	const char *number = act_options_get(act, "permit");
	const struct agent_row *row = NULL;
	struct agent_rows rows = { 0 };
	char desk[DESK_NUMBER_MAX];
	int rc = permit_row_fetch(number, &rows, &row, err);

	if (rc == 0) {
		printf(desk_number(desk) ? tr("Call the help desk (ext. %s), and read out:\n\n")
					 : tr("Call the help desk, and read out:\n\n"),
		       desk);
		sheet_line(tr("permit"), number);
		sheet_line(tr("approver"), act->approver.name);
		sheet_line(tr("number"), challenge);
		permit_terms_print_row(row);
		putchar('\n');
	}
	agent_rows_done(&rows);
	return rc;
}

/* What was misheard is told before anything counts. */
static int ask_digits(char out[static IPC_WORD_MAX], struct err *err)
{
	const char *question = tr("Digits that are read back: ");
	char data[APPROVAL_DATA_SIZE];
	unsigned int group;
	int rc = prompt_line(question, out, IPC_WORD_MAX, err);

	while (rc == 0 && approval_read_digits(out, data, &group) != TEMPORARY_WHOLE) {
		if (group > 0)
			printf(tr("Group %u is wrong. This did not count: have it read out "
				  "again.\n"),
			       group);
		else
			puts(tr("These are not twelve digits. This did not count."));
		rc = prompt_line(question, out, IPC_WORD_MAX, err);
	}
	explicit_bzero(data, sizeof(data));
	return rc;
}

int permit_phone_send(struct ipc_agent_act *act, struct err *err)
{
	struct ipc_agent_acted acted = { 0 };
	int rc = call(act, &acted, err);

	if (rc == 0)
		rc = print_read_out(act, acted.number, err);
	if (rc == 0)
		rc = ask_digits(act->approver.code, err);
	if (rc == 0)
		rc = act_deliver(act, &acted, err);
	while (rc == 0 && acted.result == IPC_OTP_WRONG) {
		puts(tr("These digits do not approve it. Compare what was typed there with the "
			"above."));
		rc = ask_digits(act->approver.code, err);
		if (rc == 0)
			rc = act_deliver(act, &acted, err);
	}
	explicit_bzero(act->approver.code, sizeof(act->approver.code));
	return rc == 0 && acted.result != IPC_OTP_ACCEPTED ? refused(&acted, err) : rc;
}
