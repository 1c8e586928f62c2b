/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Deciding a code (RFC 6238).  Pure: secret, time and what was accepted before
 * come in, a step comes out.  liboath makes the codes; the comparison is ours,
 * because liboath's stops at the first match.
 *
 * MUST: accept only a step above the last accepted one, so that a used code
 * stays used whatever the clock does.
 * MUST: do the same work for a right, a wrong and a used code.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#define TOTP_DIGITS_MAX 8
#define TOTP_SECRET_MAX 64 /* bytes */
#define TOTP_WINDOW 1      /* steps to either side, unless the policy says otherwise */
#define TOTP_CODE_SIZE (TOTP_DIGITS_MAX + 1)

/* On disk; never renumber. */
enum totp_algorithm {
	TOTP_SHA1 = 1,
	TOTP_SHA256 = 2,
	TOTP_SHA512 = 3,
};

struct totp {
	uint8_t secret[TOTP_SECRET_MAX];
	uint8_t secret_len;
	uint8_t algorithm; /* enum totp_algorithm */
	uint8_t digits;    /* 6 or 8 */
	uint8_t period;    /* seconds */
};

enum totp_match {
	TOTP_WRONG = 0,
	TOTP_USED = 1, /* a code of the window, but not above the last accepted step */
	TOTP_ACCEPTED = 2,
};

/**
 * totp_decide() - compare a code with every code of the window
 * @code:	normalised by totp_normalise()
 * @now_s:	seconds since 1970
 * @window:	steps to either side
 * @last_step:	last accepted step, 0: none
 * @ret_step:	the step that matched, for TOTP_ACCEPTED only
 */
enum totp_match totp_decide(const struct totp *totp, const char code[static TOTP_CODE_SIZE],
			    int64_t now_s, uint32_t window, uint64_t last_step, uint64_t *ret_step);

/**
 * totp_normalise() - what a person typed, as digits
 * @typed:	full-width digits, blanks and hyphens of any width are understood
 * @ret:	digits with NULs behind them; all NUL where it is no code
 */
void totp_normalise(const char *typed, char ret[static TOTP_CODE_SIZE]);
