/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/medium_notice.h"

#include "cli/desk_number.h"
#include "core/lang.h"

#include <stdio.h>
#include <string.h>

static const char *reason_text(const char *reason)
{
	static const struct {
		const char *word;
		const char *text;
	} reasons[] = {
		{ "not_granted", N_("it is not permitted any more") },
		{ "granted_anew", N_("what is permitted has changed") },
		{ "seat_changed", N_("somebody else works at this terminal") },
		{ "ejected", N_("you wanted to take it out") },
		{ "removed", N_("it was pulled out") },
		{ "revoked", N_("the administrator took it away") },
		{ "expired", N_("the time of its permit is over") },
		{ "unwatched", N_("nobody watched any more what was written to it") },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i].word, reason) == 0)
			return tr(reasons[i].text);
	}
	return reason;
}

/* What the register has against it, and where to take it. */
static void put_barred(const struct ipc_agent_notice *notice, char *out, size_t size)
{
	static const struct {
		const char *word;
		const char *text;
	} reasons[] = {
		{ "lost_media", N_("This medium (%s) is reported lost.") },
		{ "disposed", N_("This medium (%s) is disposed of and must not be used.") },
		{ "mismatch", N_("This medium does not fit what is registered of %s.") },
		{ "missing", N_("This medium (%s) is missing since stock was taken.") },
		{ "not_expected", N_("What the company announced is not on its medium (%s), which "
				     "stays closed.") },
		{ "zone_mismatch", N_("This medium (%s) may not be used in this zone.") },
	};
	const char *text = N_("This medium (%s) cannot be used: the register cannot be read.");
	const char *number = *notice->detail ? notice->detail : "-";
	char desk[DESK_NUMBER_MAX];
	size_t used;

	if (strcmp(notice->reason, "not_witnessed") == 0) {
		(void)snprintf(out, size,
			       tr("The company's medium is closed until its witness gives a code: "
				  "sekisho permit witness %s"),
			       number);
		return;
	}
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (strcmp(reasons[i].word, notice->reason) == 0)
			text = reasons[i].text;
	}
	used = (size_t)snprintf(out, size, tr(text), number);
	if (used >= size)
		return;
	if (desk_number(desk))
		(void)snprintf(out + used, size - used,
			       tr(" Please take it to the information policy division "
				  "(extension %s)."),
			       desk);
	else
		(void)snprintf(out + used, size - used,
			       tr(" Please take it to the information policy division."));
}

void medium_notice(const struct ipc_agent_notice *notice, char *out, size_t size)
{
	const char *what = *notice->path ? notice->path : notice->node;
	const char *reason = reason_text(notice->reason);

	switch ((enum ipc_notice)notice->notice) {
	case NOTICE_MOUNTED:
		(void)snprintf(out, size, tr("The medium is ready: %s"), what);
		if (*notice->detail) /* what it lacks */
			(void)snprintf(out + strlen(out), size - strlen(out), " (%s)",
				       notice->detail);
		return;
	case NOTICE_NOT_MOUNTED:
		(void)snprintf(out, size, tr("The medium %s cannot be used: %s"), what,
			       notice->detail);
		return;
	case NOTICE_ENDS:
		(void)snprintf(out, size,
			       tr("%s will be closed in %u seconds (%s): save your work and close "
				  "its files now"),
			       what, notice->seconds, reason);
		return;
	case NOTICE_BUSY:
		(void)snprintf(out, size, tr("%s stays open: %s"), what, notice->detail);
		return;
	case NOTICE_ENDED:
		(void)snprintf(out, size, tr("%s is closed, everything is written out (%s)"), what,
			       reason);
		return;
	case NOTICE_CUT:
		(void)snprintf(out, size,
			       tr("%s was taken away (%s): what was not saved is lost; look at the "
				  "files on it"),
			       what, reason);
		return;
	case NOTICE_LOCKED:
		(void)snprintf(out, size,
			       tr("The medium %s is encrypted: sekisho medium unlock opens it"),
			       what);
		return;
	case NOTICE_RUNS_OUT:
		(void)snprintf(out, size,
			       tr("%u minutes are left for %s: save your work, and take the medium "
				  "out"),
			       (notice->seconds + 59) / 60, what);
		return;
	case NOTICE_BARRED:
		put_barred(notice, out, size);
		return;
	case NOTICE_COMPARED:
		(void)snprintf(out, size, tr("On the company's medium %s: %s"), what,
			       notice->detail);
		return;
	case NOTICE_GIVEN_BACK:
		(void)snprintf(out, size, tr("You can take the medium %s out now."), what);
		return;
	}
	(void)snprintf(out, size, "%s", what);
}
