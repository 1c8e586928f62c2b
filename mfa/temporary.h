/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Temporary codes for the day the token lies at home.  Pure.  The terminal
 * shows a challenge, somebody reads it out over the telephone, and digits come
 * back that only this terminal's key can have made: for this user, for this
 * challenge, for so long, for so many logins (docs/decisions/0010).
 *
 *   challenge  7K3M-9QPX            seven drawn symbols and one that checks them
 *   digits     1234 5678 9012 3456  in each group three digits and one that
 *                                   checks them: what was misheard is told
 *                                   before it counts as an attempt
 *
 * The twelve digits that are left: three for duration and uses, nine of a
 * keyed BLAKE2b.
 *
 * MUST: time only ever grows.  It is the longer of what the boot clock counted,
 * over all boots, and what the wall clock says.
 */

#pragma once

#include "core/elapsed.h"
#include "mfa/throttle.h"
#include "mfa/token.h"

#define TEMPORARY_TERMINAL_MAX 64   /* bytes with NUL */
#define TEMPORARY_CHALLENGE_SIZE 10 /* "7K3M-9QPX" */
#define TEMPORARY_DATA_SIZE 13      /* the twelve digits, with NUL */
#define TEMPORARY_DIGITS_SIZE 20    /* "1234 5678 9012 3456" */
#define TEMPORARY_QUARTER_S 900     /* durations are told in quarters of an hour */
#define TEMPORARY_QUARTERS_MAX 96   /* a day */
#define TEMPORARY_USES_MAX 9
#define TEMPORARY_APPROVAL_QUARTERS                                                                \
	4 /* in which a permit can be approved, from the challenge on                              \
	   */

/* What the digits stand for. */
struct temporary_grant {
	const char *user;
	const char *terminal;
	const char *challenge; /* canonical */
	unsigned int quarters; /* 1 .. TEMPORARY_QUARTERS_MAX, from the challenge on */
	unsigned int uses;     /* 1 .. TEMPORARY_USES_MAX */
};

/* A fresh challenge. */
void temporary_draw(char ret[static TEMPORARY_CHALLENGE_SIZE]);

/* A challenge as somebody typed it, canonical; false when it cannot be one. */
bool temporary_read_challenge(const char *typed, char ret[static TEMPORARY_CHALLENGE_SIZE]);

/* The digits to be read out; the caller wipes them. */
void temporary_digits(const struct temporary_grant *grant, const uint8_t key[static MFA_KEY_LEN],
		      char ret[static TEMPORARY_DIGITS_SIZE]);

enum temporary_typed {
	TEMPORARY_OTHER = 0,    /* something else was typed */
	TEMPORARY_MISTYPED = 1, /* meant as digits, and misheard or mistyped */
	TEMPORARY_WHOLE = 2,
};

/**
 * temporary_read_digits() - what was typed, if it was meant as digits
 * @ret:	for TEMPORARY_WHOLE, without the digits that check; the caller wipes it
 * @ret_group:	for TEMPORARY_MISTYPED: the first group that is wrong, from 1; 0:
 *		there are not sixteen digits
 */
enum temporary_typed temporary_read_digits(const char *typed, char ret[static TEMPORARY_DATA_SIZE],
					   unsigned int *ret_group);

/* What a challenge is for. */
enum temporary_purpose {
	TEMPORARY_LOGIN = 0,
	TEMPORARY_APPROVAL = 1, /* of a permit, mfa/approval.h */
};

/* One user's challenge, as it is kept; all zero: none. */
struct temporary_state {
	char challenge[TEMPORARY_CHALLENGE_SIZE]; /* "": none, or revoked */
	uint8_t quarters;                         /* of the digits that came, 0: none yet */
	uint8_t uses;
	uint8_t left;    /* of them */
	uint8_t purpose; /* enum temporary_purpose */
	uint8_t reserved[2];
	struct throttle throttle; /* its own budget, not that of the token's codes */
	struct elapsed since;     /* the challenge */
};

enum temporary_match {
	TEMPORARY_WRONG = 0,
	TEMPORARY_LOCKED = 1,
	TEMPORARY_SPENT = 2,
	TEMPORARY_OVER = 3,
	TEMPORARY_ACCEPTED = 4,
};

/* A new challenge takes the place of the old one; its purpose and failures stay. */
void temporary_begin(struct temporary_state *state,
		     const char challenge[static TEMPORARY_CHALLENGE_SIZE],
		     const struct elapsed_now *now);

/* Time goes by.  A reboot costs what may have gone by unseen before it. */
void temporary_pass(struct temporary_state *state, const struct elapsed_now *now);

/* Seconds until digits that came end, 0: over, or none came.  Wall and boot time are as of the last
 * temporary_pass(). */
uint32_t temporary_left_s(const struct temporary_state *state);

/* True when nothing can come of it any more. */
bool temporary_is_over(const struct temporary_state *state);

/**
 * temporary_decide() - may these digits log in now
 * @data:	of temporary_read_digits()
 *
 * Changes @state, which must be durable before anybody hears the result.  The
 * same work whether there is a challenge or not.
 */
enum temporary_match temporary_decide(struct temporary_state *state, const char *user,
				      const char *terminal, const uint8_t key[static MFA_KEY_LEN],
				      const char data[static TEMPORARY_DATA_SIZE],
				      const struct elapsed_now *now);
