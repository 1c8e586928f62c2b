/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/permit_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

static void take_text(char *out, size_t size, const json_t *entry, const char *key)
{
	const char *text = text_of(entry, key);

	if (*text)
		(void)snprintf(out, size, "%s", text);
}

static bool is_writing(const json_t *entry)
{
	return strcmp(text_of(entry, "access"), "write") == 0;
}

static struct match_permit *find_permit(const struct match *match, const char *number)
{
	for (size_t i = match->n_permits; i > 0; i--) {
		if (strcmp(match->permits[i - 1].number, number) == 0)
			return &match->permits[i - 1];
	}
	return NULL;
}

/* The one with that number, made where it was not named before; NULL: no memory. */
static struct match_permit *name_permit(struct match *match, const char *number)
{
	struct match_permit *permit = find_permit(match, number);
	struct match_permit *grown;

	if (permit)
		return permit;
	grown = reallocarray(match->permits, match->n_permits + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	match->permits = grown;
	permit = &grown[match->n_permits++];
	*permit = (struct match_permit){ 0 };
	(void)snprintf(permit->number, sizeof(permit->number), "%s", number);
	return permit;
}

static struct match_session *add_session(struct match *match, const json_t *entry, uint64_t seq,
					 policy_minute at, bool writes)
{
	struct match_session *grown =
		reallocarray(match->sessions, match->n_sessions + 1, sizeof(*grown));
	struct match_session *session;

	if (!grown)
		return NULL;
	match->sessions = grown;
	session = &grown[match->n_sessions++];
	*session = (struct match_session){ .seq = seq, .at = at, .writes = writes };
	take_text(session->permit, sizeof(session->permit), entry, "permit");
	take_text(session->medium, sizeof(session->medium), entry, "serial");
	take_text(session->medium, sizeof(session->medium), entry, "medium_number");
	take_text(session->user, sizeof(session->user), entry, "user");
	return session;
}

static int take_permit(struct match *match, const json_t *entry, bool is_grant)
{
	struct match_permit *permit = name_permit(match, text_of(entry, "permit"));
	json_int_t uses = json_integer_value(json_object_get(entry, "uses"));

	if (!permit)
		return -ENOMEM;
	permit->approved |= is_grant;
	take_text(permit->medium, sizeof(permit->medium), entry, "medium_number");
	take_text(permit->user, sizeof(permit->user), entry, "permit_user");
	take_text(permit->approver, sizeof(permit->approver), entry, "approver");
	if (*text_of(entry, "access"))
		permit->writes = is_writing(entry);
	(void)policy_minute_parse(text_of(entry, "from"), 'T', &permit->from);
	(void)policy_minute_parse(text_of(entry, "until"), 'T', &permit->until);
	if (uses > 0 && uses <= PERMIT_USES_MAX)
		permit->uses = (unsigned int)uses;
	return 0;
}

static int take_use(struct match *match, const json_t *entry, uint64_t seq, policy_minute at)
{
	return add_session(match, entry, seq, at, is_writing(entry)) ? 0 : -ENOMEM;
}

static bool goes_on(const struct match_session *session, const char *permit, const char *number)
{
	if (session->ended || !*session->permit)
		return false;
	if (*permit)
		return strcmp(session->permit, permit) == 0;
	return !session->is_past && *number && strcmp(session->medium, number) == 0;
}

/* A file system of a medium that can be written: of a use that goes on, or of none. */
static int take_mount(struct match *match, const json_t *entry, uint64_t seq, policy_minute at)
{
	const char *verdict = text_of(entry, "verdict");

	if (strcmp(verdict, "allow") != 0 && !is_writing(entry))
		return 0;
	for (size_t i = match->n_sessions; i > 0; i--) {
		struct match_session *session = &match->sessions[i - 1];

		if (goes_on(session, text_of(entry, "permit"), text_of(entry, "medium_number"))) {
			session->writes = true;
			return 0;
		}
	}
	return add_session(match, entry, seq, at, true) ? 0 : -ENOMEM;
}

static void take_end(struct match *match, const json_t *entry)
{
	for (size_t i = match->n_sessions; i > 0; i--) {
		if (strcmp(match->sessions[i - 1].permit, text_of(entry, "permit")) == 0) {
			match->sessions[i - 1].ended = true;
			return;
		}
	}
}

static int take_over(struct match *match, const char *type, const json_t *entry, uint64_t seq)
{
	struct match_permit *permit = name_permit(match, text_of(entry, "permit"));

	if (!permit)
		return -ENOMEM;
	if (permit->over_seq == 0)
		permit->over_seq = seq;
	permit->returned |= strcmp(type, "permit.close") == 0;
	return 0;
}

int match_take(struct match *match, const char *type, const json_t *entry, uint64_t seq,
	       policy_minute at)
{
	if (strcmp(type, "permit.request") == 0)
		return take_permit(match, entry, false);
	if (strcmp(type, "permit.approve") == 0 || strcmp(type, "permit.import") == 0)
		return take_permit(match, entry, true);
	if (strcmp(type, "permit.use") == 0)
		return take_use(match, entry, seq, at);
	if (strcmp(type, "medium.mount") == 0)
		return take_mount(match, entry, seq, at);
	if (strcmp(type, "permit.close") == 0 || strcmp(type, "permit.revoke") == 0 ||
	    strcmp(type, "permit.expire") == 0)
		return take_over(match, type, entry, seq);
	if (strcmp(type, "permit.end") == 0)
		take_end(match, entry);
	if (strcmp(type, "agent.start") == 0) {
		for (size_t i = 0; i < match->n_sessions; i++)
			match->sessions[i].is_past = true;
	}
	return 0;
}

static enum match_session_finding judge_session(const struct match_session *session,
						struct match_permit *permit)
{
	if (!*session->permit)
		return MATCH_NO_PERMIT;
	if (!permit || !permit->approved)
		return MATCH_UNKNOWN_PERMIT;
	permit->used++;
	if (strcmp(session->medium, permit->medium) != 0)
		return MATCH_OTHER_MEDIUM;
	if (strcmp(session->user, permit->user) != 0)
		return MATCH_OTHER_USER;
	if (session->writes && !permit->writes)
		return MATCH_READ_ONLY;
	if (session->at < permit->from || session->at >= permit->until ||
	    (permit->over_seq != 0 && session->seq > permit->over_seq))
		return MATCH_NOT_THEN;
	return permit->used > permit->uses ? MATCH_TOO_OFTEN : MATCHED;
}

static enum match_permit_finding judge_permit(const struct match_permit *permit, policy_minute now)
{
	bool is_over = permit->over_seq != 0 || permit->until <= now;

	if (permit->returned)
		return permit->used > 0 ? MATCH_RETURNED : MATCH_UNUSED;
	if (!is_over)
		return MATCH_OPEN;
	return permit->used > 0 ? MATCH_NOT_RETURNED : MATCH_UNUSED;
}

void match_judge(struct match *match, policy_minute now)
{
	for (size_t i = 0; i < match->n_permits; i++)
		match->permits[i].used = 0;
	for (size_t i = 0; i < match->n_sessions; i++) {
		struct match_session *session = &match->sessions[i];

		session->finding = judge_session(session, find_permit(match, session->permit));
	}
	for (size_t i = 0; i < match->n_permits; i++)
		match->permits[i].finding = judge_permit(&match->permits[i], now);
}

bool match_permit_is_of(const struct match_permit *permit, policy_minute from, policy_minute until)
{
	return permit->approved && permit->from < until && permit->until > from;
}

const char *match_session_word(enum match_session_finding finding)
{
	switch (finding) {
	case MATCH_NO_PERMIT:
		return "no-permit";
	case MATCH_UNKNOWN_PERMIT:
		return "unknown-permit";
	case MATCH_OTHER_MEDIUM:
		return "other-medium";
	case MATCH_OTHER_USER:
		return "other-user";
	case MATCH_READ_ONLY:
		return "read-only-permit";
	case MATCH_NOT_THEN:
		return "not-then";
	case MATCH_TOO_OFTEN:
		return "too-often";
	case MATCHED:
		return "matched";
	}
	abort();
}

const char *match_permit_word(enum match_permit_finding finding)
{
	switch (finding) {
	case MATCH_NOT_RETURNED:
		return "not-returned";
	case MATCH_OPEN:
		return "open";
	case MATCH_UNUSED:
		return "unused";
	case MATCH_RETURNED:
		return "returned";
	}
	abort();
}

void match_done(struct match *match)
{
	free(match->permits);
	free(match->sessions);
	*match = (struct match){ 0 };
}
