/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/totp.h"

#include "core/text.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

static int oath_flags(uint8_t algorithm)
{
	switch ((enum totp_algorithm)algorithm) {
	case TOTP_SHA1:
		return 0;
	case TOTP_SHA256:
		return OATH_TOTP_HMAC_SHA256;
	case TOTP_SHA512:
		return OATH_TOTP_HMAC_SHA512;
	}
	return -1;
}

/* The code of one step, padded with NULs so that comparing takes the same time. */
static bool code_of(const struct totp *totp, uint64_t step, char out[static TOTP_CODE_SIZE])
{
	char secret[TOTP_SECRET_MAX];
	int flags = oath_flags(totp->algorithm);
	int rc;

	memset(out, 0, TOTP_CODE_SIZE);
	if (flags < 0 || totp->secret_len > sizeof(secret) || totp->period == 0 ||
	    (totp->digits != 6 && totp->digits != 8))
		return false;
	memcpy(secret, totp->secret, sizeof(secret));
	rc = oath_totp_generate2(secret, totp->secret_len, (time_t)(step * totp->period),
				 totp->period, OATH_TOTP_DEFAULT_START_TIME, totp->digits, flags,
				 out);
	sodium_memzero(secret, sizeof(secret));
	return rc == OATH_OK;
}

bool totp_is_sound(const struct totp *totp)
{
	return oath_flags(totp->algorithm) >= 0 && totp->secret_len >= TOTP_SECRET_MIN &&
	       totp->secret_len <= TOTP_SECRET_MAX && (totp->digits == 6 || totp->digits == 8) &&
	       (totp->period == 30 || totp->period == 60);
}

uint64_t totp_step(const struct totp *totp, int64_t now_s)
{
	return now_s > 0 && totp->period ? (uint64_t)now_s / totp->period : 0;
}

struct totp_window totp_window_of(const struct totp *totp, const struct totp_use *use,
				  uint32_t base, int64_t now_s)
{
	uint32_t most = base > TOTP_REACH_MAX ? base : TOTP_REACH_MAX;
	int64_t unused_s = now_s - (int64_t)(use->last_step * totp->period);
	int64_t wider = use->last_step > 0 && unused_s > 0 ? unused_s / TOTP_WIDEN_S : 0;

	return (struct totp_window){
		.drift = use->drift,
		.width = wider < most - base ? base + (uint32_t)wider : most,
		.reach = most,
	};
}

/* @offset is from the terminal's step. */
static bool counts(const struct totp_window *window, int64_t offset)
{
	int64_t from_drift = offset - window->drift;

	if (from_drift >= -(int64_t)window->width && from_drift <= (int64_t)window->width)
		return true;
	/* What lies between: a drift learnt from codes that were typed late must not shut out
	 * the one that is shown now. */
	return window->drift < 0 ? from_drift > 0 && offset <= 0 : from_drift < 0 && offset >= 0;
}

enum totp_match totp_decide(const struct totp *totp, const char code[static TOTP_CODE_SIZE],
			    int64_t now_s, const struct totp_window *window, uint64_t last_step,
			    uint64_t *ret_step)
{
	int64_t now_step = (int64_t)totp_step(totp, now_s);
	int64_t reach = window->reach;
	bool is_code = strlen(code) == totp->digits;
	enum totp_match match = TOTP_WRONG;
	uint64_t matched = 0;

	/* No early exit; the highest step wins, should two codes be the same. */
	for (int64_t i = -reach; i <= reach; i++) {
		int64_t step = now_step + window->drift + i;
		char candidate[TOTP_CODE_SIZE] = { 0 };
		bool valid = now_step > 0 && step > 0 && code_of(totp, (uint64_t)step, candidate) &&
			     counts(window, window->drift + i);
		bool same = sodium_memcmp(candidate, code, TOTP_CODE_SIZE) == 0;

		if (valid && is_code && same) {
			match = (uint64_t)step > last_step ? TOTP_ACCEPTED : TOTP_USED;
			matched = (uint64_t)step;
		}
		sodium_memzero(candidate, sizeof(candidate));
	}
	if (match == TOTP_ACCEPTED)
		*ret_step = matched;
	return match;
}

enum totp_match totp_resync(const struct totp *totp, const char codes[static 2][TOTP_CODE_SIZE],
			    int64_t now_s, uint64_t last_step, uint64_t *ret_step)
{
	int64_t now_step = (int64_t)totp_step(totp, now_s);
	enum totp_match match = TOTP_WRONG;
	bool before = false;

	for (int64_t i = -TOTP_RESYNC; i <= TOTP_RESYNC; i++) {
		int64_t step = now_step + i;
		char candidate[TOTP_CODE_SIZE] = { 0 };
		bool valid = now_step > 0 && step > 0 && strlen(codes[0]) == totp->digits &&
			     code_of(totp, (uint64_t)step, candidate);

		if (valid && before && sodium_memcmp(candidate, codes[1], TOTP_CODE_SIZE) == 0) {
			/* Both must be unused: the first is the step before. */
			match = (uint64_t)step > last_step + 1 ? TOTP_ACCEPTED : TOTP_USED;
			if (match == TOTP_ACCEPTED)
				*ret_step = (uint64_t)step;
		}
		before = valid && sodium_memcmp(candidate, codes[0], TOTP_CODE_SIZE) == 0;
		sodium_memzero(candidate, sizeof(candidate));
	}
	return match;
}

static int64_t offset_of(const struct totp *totp, uint64_t step, int64_t now_s)
{
	return (int64_t)step - (int64_t)totp_step(totp, now_s);
}

void totp_learn(const struct totp *totp, uint64_t step, int64_t now_s, struct totp_use *use)
{
	int64_t offset = offset_of(totp, step, now_s);

	use->drift += (offset > use->drift) - (offset < use->drift);
	use->offset_s = (int32_t)(offset * totp->period);
	use->last_step = step;
	use->last_used_s = now_s;
}

void totp_relearn(const struct totp *totp, uint64_t step, int64_t now_s, struct totp_use *use)
{
	use->drift = (int32_t)offset_of(totp, step, now_s);
	use->offset_s = use->drift * totp->period;
	use->last_step = step;
	use->last_used_s = now_s;
}

void totp_begin(const struct totp *totp, uint64_t step, int64_t now_s, struct totp_use *use)
{
	totp_relearn(totp, step, now_s, use);
	if (use->drift < -TOTP_WINDOW || use->drift > TOTP_WINDOW)
		return;
	use->drift = 0;
	use->offset_s = 0;
}

int64_t totp_proved_s(const struct totp *totp, const struct totp_use *use)
{
	return ((int64_t)use->last_step - use->drift) * totp->period;
}

static bool is_filler(uint32_t c)
{
	static const uint32_t fillers[] = {
		' ',    '-',    0x00a0, 0x2010, 0x2011, 0x2012, 0x2013,
		0x2014, 0x2015, 0x2212, 0x3000, 0x30fc, 0xff0d, 0xff70,
	};

	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		if (fillers[i] == c)
			return true;
	}
	return false;
}

void totp_normalise(const char *typed, char ret[static TOTP_CODE_SIZE])
{
	size_t len = strlen(typed);
	size_t n = 0;
	bool is_code = true;

	memset(ret, 0, TOTP_CODE_SIZE);
	for (size_t i = 0; i < len && is_code;) {
		uint32_t c = 0;
		size_t used = text_next(typed + i, len - i, &c);

		if (c >= 0xff10 && c <= 0xff19) /* full-width digits */
			c = c - 0xff10 + '0';
		if (c >= '0' && c <= '9' && n < TOTP_DIGITS_MAX)
			ret[n++] = (char)c;
		else if (used == 0 || !is_filler(c))
			is_code = false;
		i += used;
	}
	if (!is_code)
		memset(ret, 0, TOTP_CODE_SIZE);
}
