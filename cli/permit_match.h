/* SPDX-License-Identifier: Apache-2.0 */

/*
 * 突合: what was done with media, against what was permitted, both as the log says
 * it.  Fed with every entry from the beginning to the end of a log: a permit may be
 * of the month before, its return of the month after.  Pure.
 */

#pragma once

#include "permit/permit.h"

#include <jansson.h>

/* What a session lacks; the worst is 0. */
enum match_session_finding {
	MATCH_NO_PERMIT = 0,      /* something was written, or could be, without one */
	MATCH_UNKNOWN_PERMIT = 1, /* it names one that this log never saw approved */
	MATCH_OTHER_MEDIUM = 2,
	MATCH_OTHER_USER = 3,
	MATCH_READ_ONLY = 4, /* written under one to read */
	MATCH_NOT_THEN = 5,  /* before it began, or after its end */
	MATCH_TOO_OFTEN = 6,
	MATCHED = 7,
};

enum match_permit_finding {
	MATCH_NOT_RETURNED = 0, /* used and over, and nobody saw that the medium is empty */
	MATCH_OPEN = 1,         /* its time is not over, or its use goes on */
	MATCH_UNUSED = 2,
	MATCH_RETURNED = 3,
};

struct match_permit {
	char number[PERMIT_NUMBER_MAX];
	char medium[POLICY_WORD_MAX];
	char user[POLICY_WORD_MAX];
	char approver[POLICY_WORD_MAX];
	bool approved;
	bool writes;
	policy_minute from;
	policy_minute until;
	unsigned int uses;
	unsigned int used; /* sessions */
	uint64_t over_seq; /* of the entry that closes, revokes or ends it; 0: none yet */
	bool returned;
	enum match_permit_finding finding;
};

struct match_session {
	uint64_t seq; /* of the entry in which it begins */
	policy_minute at;
	char permit[PERMIT_NUMBER_MAX]; /* "": none */
	char medium[POLICY_WORD_MAX];   /* number in the register, else what it calls itself */
	char user[POLICY_WORD_MAX];
	bool writes;
	bool ended;   /* permit.end */
	bool is_past; /* the agent was started anew: what comes names its permit or has none */
	enum match_session_finding finding;
};

struct match {
	struct match_permit *permits; /* in the order in which the log first names them */
	size_t n_permits;
	struct match_session *sessions;
	size_t n_sessions;
};

/**
 * match_take() - the next entry
 * @type:	of it
 * @entry:	its fields
 * @at:		local time
 *
 * Return: 0 or -ENOMEM.
 */
int match_take(struct match *match, const char *type, const json_t *entry, uint64_t seq,
	       policy_minute at);

/* After the last entry: fill in what was found.  @now: when permits that are not over end. */
void match_judge(struct match *match, policy_minute now);

/* True for a permit whose time has to do with [@from, @until). */
bool match_permit_is_of(const struct match_permit *permit, policy_minute from, policy_minute until);

const char *match_session_word(enum match_session_finding finding);
const char *match_permit_word(enum match_permit_finding finding);

void match_done(struct match *match);
