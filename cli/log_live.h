/* SPDX-License-Identifier: Apache-2.0 */

/* What sekisho log asks of the daemon that runs, and the key that is handed over. */

#pragma once

#include "audit/attest.h"
#include "audit/verify.h"

struct err;

/**
 * log_live_run() - run the command that argv[1] names
 * @ret:	what a command returns, see cli/commands.h
 *
 * Return: false when it is none of these.
 */
bool log_live_run(int argc, char *argv[], int *ret, struct err *err);

/* What the daemon answered to a challenge, checked as far as the identity's key can. */
struct log_live {
	uint8_t nonce[ATTEST_NONCE_SIZE];
	struct checkpoint head;
	uint64_t epoch;
	uint8_t signature[NOTE_SIGNATURE_SIZE];
	uint8_t identity[NOTE_SIGNATURE_SIZE];
};

/**
 * log_live_challenge() - ask for it
 * @nonce:	ATTEST_NONCE_SIZE bytes, or NULL: random ones
 *
 * Return: 0; -EBADMSG when the identity's signature is not @key's; or an error of
 * asking.
 */
int log_live_challenge(const struct note_key *key, const uint8_t *nonce, struct log_live *ret,
		       struct err *err);

enum log_live_match {
	LOG_LIVE_DIFFERS = 0, /* the files end otherwise than the daemon says */
	LOG_LIVE_MOVED = 1,   /* the files say more by now: ask again */
	LOG_LIVE_MATCHES = 2, /* the daemon holds the key that the files say signs next */
};

enum log_live_match log_live_match(const struct log_live *live, const struct verify_result *files);
