/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Codes in sealed envelopes, in the safe of the office: for the day the code
 * service has lost its key, or the log is full.  Pure but for Argon2id, whose
 * one run for each attempt is compared with every code.  They need no host
 * key, so what they are kept by is the owner of their file alone.
 *
 * MUST: a code is spent before anybody hears that it was right.
 */

#pragma once

#include "mfa/symbols.h"
#include "mfa/throttle.h"
#include "mfa/token.h"

#include <stddef.h>

#define ENVELOPES_MAX 16
#define ENVELOPES_SYMBOLS 16         /* 75 bits and one that checks */
#define ENVELOPES_MEMORY (19U << 20) /* bytes of Argon2id for an attempt, given back at once */
#define ENVELOPES_PASSES 2
#define ENVELOPES_SALT_LEN 16
#define ENVELOPES_HASH_LEN 32

/* On disk; never renumber. */
enum envelope_state {
	ENVELOPE_NONE = 0,
	ENVELOPE_SEALED = 1,
	ENVELOPE_UNLOGGED = 2, /* spent, and the log does not have it yet */
	ENVELOPE_SPENT = 3,
};

struct envelope {
	uint8_t hash[ENVELOPES_HASH_LEN];
	char user[MFA_USER_MAX]; /* who used it */
	int64_t used_s;          /* and when, wall clock */
	uint8_t state;           /* enum envelope_state */
	uint8_t reserved[7];
};

struct envelopes {
	uint8_t salt[ENVELOPES_SALT_LEN];
	struct throttle throttle; /* one for the terminal */
	struct envelope list[ENVELOPES_MAX];
};

/* @n new codes; false for want of memory.  The caller wipes @codes either way. */
bool envelopes_make(size_t n, struct envelopes *ret, char codes[][SYMBOLS_SIZE]);

/**
 * envelopes_try() - spend a code
 * @code:	of symbols_read()
 * @user:	who used it, for the log
 *
 * Wrong codes are followed by waits, which never last for good: nobody can
 * take the last door away.
 *
 * Return: its index, or -ENOENT (wrong, or spent before), -EAGAIN (wait) or
 * -ENOMEM.  For -ENOENT and a index @envelopes has changed.
 */
int envelopes_try(struct envelopes *envelopes, const char *code, const char *user, int64_t wall_s,
		  const struct throttle_now *now);
