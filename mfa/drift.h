/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How far the terminal's clock is off, as the tokens of several people say.
 * Pure.  One token may run badly; the median of many does not.
 */

#pragma once

#include "mfa/token.h"

#include <stdint.h>

#define DRIFT_SAMPLES_MAX 32               /* users; the one longest ago makes room */
#define DRIFT_USERS_MIN 3                  /* fewer say nothing about the terminal */
#define DRIFT_RECENT_S (14 * 24 * 60 * 60) /* older than the newest by more: not looked at */
#define DRIFT_WARN_S 30                    /* one step: nobody is refused for it yet */

struct drift_sample {
	char user[MFA_USER_MAX]; /* "": free */
	int64_t at_s;            /* when his last code was accepted, by the terminal's clock */
	int32_t offset_s;        /* the code was that much ahead of the terminal */
};

struct drift {
	struct drift_sample samples[DRIFT_SAMPLES_MAX];
};

/* The last accepted code of @user, in place of an earlier one. */
void drift_note(struct drift *drift, const char *user, int64_t at_s, int32_t offset_s);

/* What is known of @user no longer counts. */
void drift_forget(struct drift *drift, const char *user);

/**
 * drift_estimate() - how much the terminal's clock is slow
 * @ret_s:	seconds, below 0: it is fast; set when the answer is not 0
 *
 * Return: how many users it rests on, 0 when they are too few.
 */
uint32_t drift_estimate(const struct drift *drift, int32_t *ret_s);
