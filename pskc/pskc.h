/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Hardware tokens as their makers deliver them: PSKC (RFC 6030), plain, or
 * encrypted by a pre-shared AES key or by a password.
 *
 * Only what is understood as a whole is given out: whatever cannot be decrypted
 * or proven, or asks for something that is not done here, is an error that
 * names line and token.  No DTD, no entity, no network.
 */

#pragma once

#include "core/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PSKC_FILE_MAX (8 * 1024 * 1024) /* bytes */
#define PSKC_TOKENS_MAX 2048
#define PSKC_ROUNDS_MAX 1000000 /* of PBKDF2: a second or so */
#define PSKC_WORD_MAX 32        /* with NUL */
#define PSKC_SECRET_MIN 16      /* bytes, RFC 4226 section 4 R6 */
#define PSKC_SECRET_MAX 64

struct diags;
struct pskc; /* pskc.c */

/* What opens the secrets. */
enum pskc_protection {
	PSKC_BY_NOTHING = 0, /* they stand there plain */
	PSKC_BY_KEY = 1,
	PSKC_BY_PASSWORD = 2,
};

struct pskc_opener {
	const uint8_t *key; /* PSKC_BY_KEY: 16, 24 or 32 bytes */
	size_t key_len;
	const char *password; /* PSKC_BY_PASSWORD */
};

enum pskc_hash {
	PSKC_SHA1 = 1,
	PSKC_SHA256 = 2,
	PSKC_SHA512 = 3,
};

/* A time-based token.  The caller wipes it. */
struct pskc_token {
	char serial[PSKC_WORD_MAX]; /* letters, digits, "-", "_" and "." */
	char maker[PSKC_WORD_MAX];  /* escaped, cut, or empty */
	uint8_t secret[PSKC_SECRET_MAX];
	size_t secret_len;
	enum pskc_hash hash;
	uint8_t digits; /* 6 or 8 */
	uint8_t period; /* 30 or 60 s */
	unsigned int line;
};

/**
 * pskc_open() - read the frame of a file
 * @name:	for messages; outlives what is returned
 * @ret:	set on success only, pskc_free() it
 *
 * Return: 0, or the code of the first error in @diags.
 */
int pskc_open(const char *name, const char *bytes, size_t len, struct pskc **ret,
	      struct diags *diags);
void pskc_free(struct pskc *pskc);

DEFINE_CLEANUP(struct pskc *, pskc_free)
#define cleanup_pskc cleanup_with(pskc_freep)

enum pskc_protection pskc_protection(const struct pskc *pskc);

/* The file is signed; the signature is not looked at. */
bool pskc_is_signed(const struct pskc *pskc);

/**
 * pskc_read() - read all of its tokens, or none
 * @now_s:	seconds since 1970: a token whose time is over is refused
 * @ret:	PSKC_TOKENS_MAX at the most, set on success only; free() it
 *
 * Return: 0, or the code of the first error in @diags, which has one for each
 * token that is wrong.
 */
int pskc_read(struct pskc *pskc, const struct pskc_opener *opener, int64_t now_s,
	      struct pskc_token **ret, size_t *ret_n, struct diags *diags);
