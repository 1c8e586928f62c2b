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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOTP_DIGITS_MAX 8
#define TOTP_SECRET_MIN 16 /* bytes, RFC 4226 section 4 R6 */
#define TOTP_SECRET_MAX 64
#define TOTP_WINDOW 1    /* steps to either side, unless the policy says otherwise */
#define TOTP_REACH_MAX 3 /* steps: how far the window of an unused token grows */
#define TOTP_WIDEN_S (60 * 24 * 60 * 60) /* unused for so long: one step more */
#define TOTP_RESYNC 20                   /* steps to either side (RFC 6238 section 6) */
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

/*
 * Which steps count, seen from the terminal's own.  @reach alone says how many
 * codes are made, so that the work shows neither drift nor width.
 */
struct totp_window {
	int32_t drift;  /* steps that the token is ahead of the terminal, as learnt */
	uint32_t width; /* steps to either side of that; the terminal's own counts too */
	uint32_t reach; /* at least @width: codes made to either side */
};

/* What one token has been through. */
struct totp_use {
	uint64_t last_step;  /* last accepted, 0: none */
	int64_t last_used_s; /* the terminal's time then, seconds since 1970, 0: never */
	int32_t drift;       /* steps ahead of the terminal, learnt */
	int32_t offset_s;    /* seconds that the last accepted code was ahead */
};

/* A secret can be used: its length, digits and period are ones that tokens have. */
bool totp_is_sound(const struct totp *totp);

/* Where the terminal's clock stands for this token, 0 before 1970. */
uint64_t totp_step(const struct totp *totp, int64_t now_s);

/**
 * totp_window_of() - the window of a token
 * @base:	steps to either side, by policy
 *
 * A token that was long unused gets a step more for each TOTP_WIDEN_S, up to
 * TOTP_REACH_MAX: its clock ran away without anybody learning of it.
 */
struct totp_window totp_window_of(const struct totp *totp, const struct totp_use *use,
				  uint32_t base, int64_t now_s);

/**
 * totp_decide() - compare a code with every code of the window
 * @code:	normalised by totp_normalise()
 * @now_s:	seconds since 1970
 * @last_step:	last accepted step, 0: none
 * @ret_step:	the step that matched, for TOTP_ACCEPTED only
 */
enum totp_match totp_decide(const struct totp *totp, const char code[static TOTP_CODE_SIZE],
			    int64_t now_s, const struct totp_window *window, uint64_t last_step,
			    uint64_t *ret_step);

/**
 * totp_resync() - find a token's clock by two codes that it showed one after the other
 * @codes:	normalised
 * @ret_step:	of the second code, for TOTP_ACCEPTED only; both are used then
 */
enum totp_match totp_resync(const struct totp *totp, const char codes[static 2][TOTP_CODE_SIZE],
			    int64_t now_s, uint64_t last_step, uint64_t *ret_step);

/**
 * totp_learn() - note that a code of @step was accepted at @now_s
 *
 * Drift follows by one step at a time (RFC 6238 section 6): one code that was
 * typed late must not move the window far.
 */
void totp_learn(const struct totp *totp, uint64_t step, int64_t now_s, struct totp_use *use);

/* The same after totp_resync(): two codes in a row prove all of the drift. */
void totp_relearn(const struct totp *totp, uint64_t step, int64_t now_s, struct totp_use *use);

/*
 * The same for the first code of all.  What lies within TOTP_WINDOW is no drift:
 * it was typed late.
 */
void totp_begin(const struct totp *totp, uint64_t step, int64_t now_s, struct totp_use *use);

/* The terminal's time that the last accepted code proves, seconds since 1970. */
int64_t totp_proved_s(const struct totp *totp, const struct totp_use *use);

/**
 * totp_normalise() - what a person typed, as digits
 * @typed:	full-width digits, blanks and hyphens of any width are understood
 * @ret:	digits with NULs behind them; all NUL where it is no code
 */
void totp_normalise(const char *typed, char ret[static TOTP_CODE_SIZE]);
