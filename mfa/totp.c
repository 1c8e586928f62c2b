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

enum totp_match totp_decide(const struct totp *totp, const char code[static TOTP_CODE_SIZE],
			    int64_t now_s, uint32_t window, uint64_t last_step, uint64_t *ret_step)
{
	uint64_t now_step = now_s > 0 && totp->period ? (uint64_t)now_s / totp->period : 0;
	bool is_code = strlen(code) == totp->digits;
	enum totp_match match = TOTP_WRONG;
	uint64_t matched = 0;

	/* No early exit; the highest step wins, should two codes be the same. */
	for (uint64_t i = 0; i <= 2 * (uint64_t)window; i++) {
		uint64_t step = now_step + i - window;
		char candidate[TOTP_CODE_SIZE] = { 0 };
		bool valid = now_step > window && code_of(totp, step, candidate);
		bool same = sodium_memcmp(candidate, code, TOTP_CODE_SIZE) == 0;

		if (valid && is_code && same) {
			match = step > last_step ? TOTP_ACCEPTED : TOTP_USED;
			matched = step;
		}
		sodium_memzero(candidate, sizeof(candidate));
	}
	if (match == TOTP_ACCEPTED)
		*ret_step = matched;
	return match;
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
