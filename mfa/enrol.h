/* SPDX-License-Identifier: Apache-2.0 */

/* A new token, and the address by which a phone takes it over. */

#pragma once

#include "mfa/token.h"

#include <stddef.h>

struct err;

#define ENROL_SECRET_LEN 20  /* bytes, RFC 4226 section 4 */
#define ENROL_BASE32_SIZE 64 /* with NUL */
#define ENROL_URI_SIZE 512

/* Fresh secret, SHA-1, 6 digits, 30 s: what every authenticator reads.  State pending. */
void enrol_make(struct token *ret);

/* The secret in base32 without padding, into ENROL_BASE32_SIZE bytes. */
int enrol_base32(const struct totp *totp, char *out, struct err *err);

/**
 * enrol_uri() - "otpauth://totp/ISSUER:USER?secret=..." into ENROL_URI_SIZE bytes
 * @issuer:	what the phone shows, percent-encoded here
 *
 * The format is Google's "Key Uri Format"; the caller wipes @out.
 */
int enrol_uri(const char *issuer, const char *user, const char *base32, unsigned int digits,
	      unsigned int period, char *out, struct err *err);
