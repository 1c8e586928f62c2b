/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho permit request: ask for the use of a medium; who approves is another. */

#include "cli/act.h"
#include "cli/act_options.h"
#include "cli/moment.h"
#include "cli/permit_commands.h"
#include "cli/permit_rows.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	N_("Usage: sekisho permit request --purpose PURPOSE --classification 3A --medium NUMBER\n"
	   "           --from TIME --until TIME [--write] [--uses N] [--carrier TEXT]\n"
	   "           [--destination TEXT] [--note TEXT] [--company TEXT --contract TEXT\n"
	   "           --worker TEXT --subcontract TEXT]\n\n"
	   "Asks for the use of a medium by you at this terminal. TIME is 14:30 of today or\n"
	   "2026-12-25T16:30. PURPOSE is data-exchange, tax, bank, maintenance, interzone,\n"
	   "disaster or other. Without --write it is to read only; without --uses once.\n");

static const struct act_option options[] = {
	{ .name = "purpose", .key = "purpose", .value = ACT_WORD, .required = true },
	{ .name = "classification", .key = "classification", .value = ACT_WORD, .required = true },
	{ .name = "medium", .key = "medium_number", .value = ACT_WORD, .required = true },
	{ .name = "from", .key = "from", .value = ACT_FROM, .required = true },
	{ .name = "until", .key = "until", .value = ACT_UNTIL, .required = true },
	{ .name = "write", .key = "access", .value = ACT_FLAG, .flag = "write" },
	{ .name = "uses", .key = "uses", .value = ACT_NUMBER },
	{ .name = "carrier", .key = "carrier" },
	{ .name = "destination", .key = "destination" },
	{ .name = "note", .key = "note" },
	{ .name = "company", .key = "company" },
	{ .name = "contract", .key = "contract" },
	{ .name = "worker", .key = "worker" },
	{ .name = "subcontract", .key = "subcontract" },
	{ 0 },
};

static const char vendor_usage[] =
	N_("Usage: sekisho permit vendor --section SECTION --until TIME --company TEXT\n"
	   "           --contract TEXT --worker TEXT --classification 2\n"
	   "           [--subcontract TEXT] [--from TIME] [--expect FILE|SHA-256]...\n"
	   "           [--scan TEXT] [--uses N] [--note TEXT]\n\n"
	   "Asks that what a company brings in may be read here today, while you stand beside\n"
	   "it: plug its medium in first. It is the one that no register knows. --expect: what\n"
	   "was announced, the SHA-256 of a file or of a list of files (sha256sum), or a file to\n"
	   "compute it of. --scan: the number of the scan station's record.\n");

static const struct act_option vendor_options[] = {
	{ .name = "section", .key = "section", .value = ACT_WORD, .required = true },
	{ .name = "until", .key = "until", .value = ACT_UNTIL, .required = true },
	{ .name = "company", .key = "company", .required = true },
	{ .name = "contract", .key = "contract", .required = true },
	{ .name = "worker", .key = "worker", .required = true },
	{ .name = "subcontract", .key = "subcontract" },
	{ .name = "from", .key = "from", .value = ACT_FROM },
	{ .name = "expect", .key = "expected", .value = ACT_HASHES },
	{ .name = "scan", .key = "scan" },
	{ .name = "classification", .key = "classification", .value = ACT_WORD, .required = true },
	{ .name = "purpose", .key = "purpose", .value = ACT_WORD },
	{ .name = "uses", .key = "uses", .value = ACT_NUMBER },
	{ .name = "note", .key = "note" },
	{ 0 },
};

static void add_missing(struct ipc_agent_act *act, const char *key, const char *value)
{
	if (!*act_options_get(act, key))
		pairs_add(act->fields, sizeof(act->fields), &act->fields_len, key, value);
}

/* Where it is not said when it begins. */
static void add_now(struct ipc_agent_act *act)
{
	char text[24];

	policy_minute_stamp(moment_now(), text);
	add_missing(act, "from", text);
}

/* Who may approve it stands in the row, where the agent says it. */
static void print_next(const char *number)
{
	const struct agent_row *row = NULL;
	struct agent_rows rows = { 0 };
	struct err ignored = { 0 };

	printf(tr("Permit %s is asked for.\n"), number);
	if (permit_row_fetch(number, &rows, &row, &ignored) == 0 &&
	    *agent_row_get(row, "approvers"))
		printf(tr("Who can approve it: %s\n"), agent_row_get(row, "approvers"));
	printf(tr("Next, here at this terminal: sekisho permit approve %s --approver NAME\n"
		  "That asks for a code of the approver: somebody of the medium's section who may\n"
		  "approve, and not you.\n"),
	       number);
	puts(tr("Is none of them here, the same with --by-phone, and the help desk is called."));
	agent_rows_done(&rows);
}

/* What is not said is meant so. */
struct request {
	const char *usage; /* extracted with N_() */
	const struct act_option *options;
	const char *defaults[8]; /* key and value in turn, NULL ends them */
};

static int ask(const struct request *request, int argc, char *argv[], struct err *err)
{
	struct ipc_agent_acted acted = { 0 };
	struct ipc_agent_act act = { 0 };
	int rc = act_options_read(argc, argv, "permit.request", request->options, NULL, &act, err);

	if (rc == 1 || rc == -EINVAL) {
		fputs(tr(request->usage), rc == 1 ? stdout : stderr);
		return rc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (rc < 0)
		return rc;
	for (size_t i = 0; request->defaults[i]; i += 2)
		add_missing(&act, request->defaults[i], request->defaults[i + 1]);
	add_now(&act);
	rc = act_send(&act, false, &acted, err);
	if (rc < 0)
		return rc;
	print_next(acted.number);
	return EXIT_SUCCESS;
}

int permit_request(int argc, char *argv[], struct err *err)
{
	static const struct request request = { usage, options, { "access", "read", "uses", "1" } };

	return ask(&request, argc, argv, err);
}

int permit_vendor(int argc, char *argv[], struct err *err)
{
	static const struct request request = { vendor_usage,
						vendor_options,
						{ "access", "vendor", "uses", "1", "purpose",
						  "maintenance" } };

	return ask(&request, argc, argv, err);
}
