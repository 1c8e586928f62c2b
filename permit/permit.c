/* SPDX-License-Identifier: Apache-2.0 */

#include "core/err.h"
#include "permit/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static const char *const purposes[] = { "data-exchange", "tax",      "bank", "maintenance",
					"interzone",     "disaster", "other" };
static const char *const classifications[] = { "1", "2", "3C", "3B", "3A" };

static const char *const stages[] = {
	[PERMIT_REVOKED] = "revoked",     [PERMIT_DENIED] = "denied",
	[PERMIT_CLOSED] = "closed",       [PERMIT_EXPIRED] = "expired",
	[PERMIT_REQUESTED] = "requested", [PERMIT_APPROVED] = "approved",
};

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

policy_minute permit_year_end(policy_minute from)
{
	char text[24];
	int year, month;

	policy_minute_print(from, text);
	text[7] = '\0';
	year = atoi(text);
	month = atoi(text + 5);
	return policy_minute_of(month < 4 ? year : year + 1, 4, 1, 0, 0);
}

int permit_check(const struct permit *permit, policy_minute now, struct err *err)
{
	if (!is_one_of(permit->purpose, purposes, N_ELEMENTS(purposes)))
		return err_set(err, -EINVAL,
			       "'%s' is no purpose; remedy: data-exchange, tax, bank, maintenance, "
			       "interzone, disaster or other",
			       permit->purpose);
	if (!is_one_of(permit->classification, classifications, N_ELEMENTS(classifications)))
		return err_set(err, -EINVAL,
			       "'%s' is no degree of confidentiality; remedy: 1, 2, 3C, 3B or 3A",
			       permit->classification);
	if (permit->uses == 0 || permit->uses > PERMIT_USES_MAX)
		return err_set(err, -ERANGE, "a permit is for 1 to %d uses; remedy: say how many",
			       PERMIT_USES_MAX);
	if (permit->until <= permit->from)
		return err_set(err, -ERANGE,
			       "it ends before it begins; remedy: look at from and until");
	if (permit->until <= now)
		return err_set(err, -ERANGE, "its end is past; remedy: a later until");
	if (permit->until > permit_year_end(permit->from))
		return err_set(err, -ERANGE,
			       "it goes beyond the fiscal year, the end of March; remedy: an "
			       "earlier until, and another permit after that");
	return permit_check_vendor(permit, err);
}

enum permitted permit_is_for(const struct permit *permit)
{
	if (permit_is_vendor(permit))
		return PERMITS_VENDOR;
	return permit->access & PERMIT_WRITE ? PERMITS_WRITING : PERMITS_READING;
}

int permit_check_approver(const struct permit *permit, const char *approver, struct err *err)
{
	if (strcmp(approver, permit->requester) == 0)
		return err_set(
			err, -EPERM,
			"nobody approves what he asked for himself; remedy: another approver "
			"of the section");
	if (strcmp(approver, permit->user) == 0)
		return err_set(err, -EPERM,
			       "nobody approves what is for himself; remedy: another approver of "
			       "the section");
	return 0;
}

void permit_approve(const struct permit *permit, struct permit_record *record, policy_minute now,
		    const struct elapsed_now *clock)
{
	record->stage = PERMIT_APPROVED;
	record->span_s = (permit->until - now) * 60;
	elapsed_begin(&record->since_approval, clock);
}

int64_t permit_left_s(const struct permit *permit, const struct permit_record *record,
		      policy_minute latest)
{
	int64_t by_wall_s = (permit->until - latest) * 60;
	int64_t by_span_s = record->span_s - elapsed_s(&record->since_approval);
	int64_t left_s = by_wall_s < by_span_s ? by_wall_s : by_span_s;

	return left_s > 0 ? left_s : 0;
}

enum permit_answer permit_ask(const struct permit *permit, const struct permit_record *record,
			      const struct permit_moment *moment)
{
	if (record->stage != PERMIT_APPROVED || *moment->medium == '\0' ||
	    strcmp(permit->medium, moment->medium) != 0)
		return PERMIT_NO_PERMIT;
	if (strcmp(permit->terminal, moment->terminal) != 0)
		return PERMIT_OTHER_TERMINAL;
	if (*moment->user == '\0' || strcmp(permit->user, moment->user) != 0)
		return PERMIT_OTHER_USER;
	if (permit_left_s(permit, record, moment->latest) == 0)
		return PERMIT_OVER;
	if (moment->now < permit->from)
		return PERMIT_NOT_YET;
	if (record->used >= permit->uses && !moment->is_same_use)
		return PERMIT_USED_UP;
	return PERMIT_HOLDS;
}

const char *permit_answer_reason(enum permit_answer answer)
{
	switch (answer) {
	case PERMIT_NO_PERMIT:
	case PERMIT_NOT_YET:
		return "no_permit";
	case PERMIT_OVER:
		return "expired";
	case PERMIT_USED_UP:
		return "count_over";
	case PERMIT_OTHER_USER:
		return "user_mismatch";
	case PERMIT_OTHER_TERMINAL:
		return "terminal_mismatch";
	case PERMIT_HOLDS:
		return NULL;
	}
	abort();
}

const char *permit_stage_name(enum permit_stage stage)
{
	return stages[stage];
}

const char *permit_access_name(enum permit_access access)
{
	if (access == PERMIT_VENDOR)
		return "vendor";
	return access & PERMIT_WRITE ? "write" : access & PERMIT_READ ? "read" : "";
}
