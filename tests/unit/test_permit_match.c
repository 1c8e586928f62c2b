/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>

#include "cli/permit_match.h"

#define APPROVED                                                                                   \
	"{'permit':'P-1','medium_number':'T-1','permit_user':'sato','user':'root','access':'"      \
	"write',"                                                                                  \
	"'uses':1,"                                                                                \
	"'from':'2026-11-02T14:30','until':'2026-11-02T16:30','approver':'yamada'}"
#define USED "{'permit':'P-1','medium_number':'T-1','user':'sato','access':'write'}"
#define MOUNTED "{'verdict':'allow','medium_number':'T-1','user':'sato'}"

static policy_minute at(const char *text)
{
	policy_minute minute;

	cr_assert(policy_minute_parse(text, 'T', &minute), "%s", text);
	return minute;
}

/* One entry after the other; a text with ' for ". */
static void take(struct match *match, const char *type, const char *text, const char *minute)
{
	static uint64_t seq = 100;
	char quoted[512];
	json_t *entry;

	(void)snprintf(quoted, sizeof(quoted), "%s", text);
	for (char *c = quoted; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	entry = json_loads(quoted, 0, NULL);
	cr_assert(entry, "%s", text);
	cr_assert_eq(match_take(match, type, entry, seq++, at(minute)), 0);
	json_decref(entry);
}

static const char *session(struct match *match, size_t i)
{
	match_judge(match, at("2026-12-01"));
	cr_assert_lt(i, match->n_sessions);
	return match_session_word(match->sessions[i].finding);
}

Test(permit_match, a_use_and_what_is_mounted_in_it_are_one)
{
	struct match match = { 0 };

	take(&match, "permit.request", APPROVED, "2026-11-02T13:00");
	take(&match, "permit.approve", "{'permit':'P-1','user':'root','approver':'yamada'}",
	     "2026-11-02T13:05");
	take(&match, "permit.use", USED, "2026-11-02T14:31");
	take(&match, "medium.mount", MOUNTED, "2026-11-02T14:31");
	take(&match, "medium.mount", MOUNTED, "2026-11-02T14:31");
	take(&match, "permit.end", USED, "2026-11-02T15:00");
	take(&match, "permit.close", USED, "2026-11-02T15:10");
	cr_expect_str_eq(session(&match, 0), "matched");
	cr_expect_eq(match.n_sessions, 1);
	cr_expect_eq(match.permits[0].used, 1);
	cr_expect_str_eq(match_permit_word(match.permits[0].finding), "returned");
	match_done(&match);
}

Test(permit_match, writing_without_one_is_seen)
{
	struct match match = { 0 };

	take(&match, "permit.approve", APPROVED, "2026-11-02T13:05");
	take(&match, "permit.use", USED, "2026-11-02T14:31");
	take(&match, "permit.end", USED, "2026-11-02T15:00");
	take(&match, "medium.mount", MOUNTED, "2026-11-02T15:20");
	take(&match, "medium.mount", "{'verdict':'read-only','serial':'AA11'}", "2026-11-02T15:21");
	take(&match, "medium.mount", "{'verdict':'allow','serial':'AA11'}", "2026-11-02T15:22");
	cr_assert_eq(match.n_sessions, 3);
	cr_expect_str_eq(session(&match, 0), "matched");
	cr_expect_str_eq(session(&match, 1), "no-permit");
	cr_expect_str_eq(session(&match, 2), "no-permit");
	cr_expect_str_eq(match.sessions[2].medium, "AA11");
	match_done(&match);
}

/* A use of which nobody wrote the end does not cover what comes after the agent began anew. */
Test(permit_match, a_use_does_not_outlive_the_agent)
{
	struct match match = { 0 };

	take(&match, "permit.approve", APPROVED, "2026-11-02T13:05");
	take(&match, "permit.use", USED, "2026-11-02T14:31");
	take(&match, "agent.start", "{}", "2026-11-02T14:40");
	take(&match, "medium.mount", MOUNTED, "2026-11-02T14:41");
	take(&match, "medium.mount", "{'verdict':'allow','permit':'P-1','user':'sato'}",
	     "2026-11-02T14:42");
	cr_assert_eq(match.n_sessions, 2);
	cr_expect_str_eq(session(&match, 1), "no-permit");
	match_done(&match);
}

Test(permit_match, what_a_use_can_lack)
{
	static const struct {
		const char *use;
		const char *minute;
		const char *word;
	} uses[] = {
		{ "{'permit':'P-2','medium_number':'T-1','user':'sato','access':'write'}",
		  "2026-11-02T14:31", "unknown-permit" },
		{ "{'permit':'P-1','medium_number':'T-2','user':'sato','access':'write'}",
		  "2026-11-02T14:31", "other-medium" },
		{ "{'permit':'P-1','medium_number':'T-1','user':'ito','access':'write'}",
		  "2026-11-02T14:31", "other-user" },
		{ USED, "2026-11-02T14:29", "not-then" },
		{ USED, "2026-11-02T16:30", "not-then" },
		{ USED, "2026-11-02T16:29", "matched" },
	};

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		struct match match = { 0 };

		take(&match, "permit.approve", APPROVED, "2026-11-02T13:05");
		take(&match, "permit.use", uses[i].use, uses[i].minute);
		cr_expect_str_eq(session(&match, 0), uses[i].word, "%zu", i);
		match_done(&match);
	}
}

Test(permit_match, too_often_or_after_its_end_or_to_read)
{
	struct match match = { 0 };

	take(&match, "permit.approve", APPROVED, "2026-11-02T13:05");
	take(&match, "permit.use", USED, "2026-11-02T14:31");
	take(&match, "permit.end", USED, "2026-11-02T14:35");
	take(&match, "permit.use", USED, "2026-11-02T14:36");
	take(&match, "permit.end", USED, "2026-11-02T14:37");
	take(&match, "permit.revoke", USED, "2026-11-02T14:40");
	take(&match, "permit.use", USED, "2026-11-02T14:41");
	cr_expect_str_eq(session(&match, 1), "too-often");
	match_done(&match);

	take(&match, "permit.approve", APPROVED, "2026-11-02T13:05");
	take(&match, "permit.revoke", USED, "2026-11-02T14:40");
	take(&match, "permit.use", USED, "2026-11-02T14:41");
	cr_expect_str_eq(session(&match, 0), "not-then");
	match_done(&match);

	take(&match, "permit.approve",
	     "{'permit':'P-1','medium_number':'T-1','permit_user':'sato','access':'read','uses':1,"
	     "'from':'2026-11-02T14:30','until':'2026-11-02T16:30'}",
	     "2026-11-02T13:05");
	take(&match, "permit.use",
	     "{'permit':'P-1','medium_number':'T-1','user':'sato','access':'read'}",
	     "2026-11-02T14:41");
	cr_expect_str_eq(session(&match, 0), "matched");
	take(&match, "medium.mount", MOUNTED, "2026-11-02T14:42");
	cr_expect_str_eq(session(&match, 0), "read-only-permit");
	match_done(&match);
}

Test(permit_match, what_becomes_of_a_permit)
{
	struct match match = { 0 };

	take(&match, "permit.approve", APPROVED, "2026-11-02T13:05");
	match_judge(&match, at("2026-11-02T16:29"));
	cr_expect_eq(match.permits[0].finding, MATCH_OPEN);
	match_judge(&match, at("2026-11-02T16:30"));
	cr_expect_eq(match.permits[0].finding, MATCH_UNUSED);
	take(&match, "permit.use", USED, "2026-11-02T14:31");
	match_judge(&match, at("2026-11-02T16:30"));
	cr_expect_eq(match.permits[0].finding, MATCH_NOT_RETURNED);
	take(&match, "permit.close", USED, "2026-11-02T16:35");
	match_judge(&match, at("2026-11-02T16:36"));
	cr_expect_eq(match.permits[0].finding, MATCH_RETURNED);

	cr_expect(match_permit_is_of(&match.permits[0], at("2026-11-01T00:00"),
				     at("2026-12-01T00:00")));
	cr_expect(!match_permit_is_of(&match.permits[0], at("2026-12-01T00:00"),
				      at("2027-01-01T00:00")));
	match_done(&match);
}
