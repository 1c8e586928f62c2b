/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/envelopes.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static bool stretch(const char *code, const uint8_t salt[static ENVELOPES_SALT_LEN],
		    uint8_t ret[static ENVELOPES_HASH_LEN])
{
	return crypto_pwhash(ret, ENVELOPES_HASH_LEN, code, strlen(code), salt, ENVELOPES_PASSES,
			     ENVELOPES_MEMORY, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool envelopes_make(size_t n, struct envelopes *ret, char codes[][SYMBOLS_SIZE])
{
	*ret = (struct envelopes){ 0 };
	randombytes_buf(ret->salt, sizeof(ret->salt));
	for (size_t i = 0; i < n && i < ENVELOPES_MAX; i++) {
		symbols_draw(ENVELOPES_SYMBOLS, true, codes[i]);
		if (!stretch(codes[i], ret->salt, ret->list[i].hash))
			return false;
		ret->list[i].state = ENVELOPE_SEALED;
	}
	return true;
}

static void fail(struct throttle *throttle, const struct throttle_now *now)
{
	if (throttle->failures + 1 >= THROTTLE_STOP)
		throttle->failures = THROTTLE_STOP - 2;
	(void)throttle_fail(throttle, &THROTTLE_LIMITS_DEFAULT, now);
}

int envelopes_try(struct envelopes *envelopes, const char *code, const char *user, int64_t wall_s,
		  const struct throttle_now *now)
{
	uint8_t hash[ENVELOPES_HASH_LEN];
	int found = -ENOENT;

	if (throttle_wait(&envelopes->throttle, now) > 0)
		return -EAGAIN;
	if (!stretch(code, envelopes->salt, hash))
		return -ENOMEM;
	for (int i = 0; i < ENVELOPES_MAX; i++) {
		bool same = sodium_memcmp(hash, envelopes->list[i].hash, sizeof(hash)) == 0;

		if (same && envelopes->list[i].state == ENVELOPE_SEALED)
			found = i;
	}
	sodium_memzero(hash, sizeof(hash));
	if (found < 0) {
		fail(&envelopes->throttle, now);
		return found;
	}
	envelopes->throttle = (struct throttle){ 0 };
	envelopes->list[found].state = ENVELOPE_UNLOGGED;
	envelopes->list[found].used_s = wall_s;
	(void)snprintf(envelopes->list[found].user, sizeof(envelopes->list[found].user), "%s",
		       user);
	return found;
}
