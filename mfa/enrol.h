/* SPDX-License-Identifier: Apache-2.0 */

/* A new token, and the address by which a phone takes it over. */

#pragma once

#include "mfa/token.h"

#include <stddef.h>

struct err;

#define ENROL_BASE32_SIZE 128 /* with NUL */
#define ENROL_URI_SIZE 512

/* Fresh secret, SHA-1, 6 digits, 30 s: what every authenticator reads.  State pending. */
void enrol_make(struct token *ret);

/**
 * enrol_make_for() - the same for other tokens than those
 * @wanted:	algorithm, digits and period; its secret is not looked at
 *
 * The secret is as long as the hash (RFC 6238 section 3 R6, appendix B).
 *
 * Return: 0 or -EINVAL: no token is like that.
 */
int enrol_make_for(const struct totp *wanted, struct token *ret, struct err *err);

/* The secret in base32 without padding, into ENROL_BASE32_SIZE bytes. */
int enrol_base32(const struct totp *totp, char *out, struct err *err);

/**
 * enrol_uri() - "otpauth://totp/ISSUER:USER?secret=..." into ENROL_URI_SIZE bytes
 * @issuer:	what the phone shows, percent-encoded here
 * @shape:	algorithm, digits and period
 *
 * The format is Google's "Key Uri Format"; the caller wipes @out.
 */
int enrol_uri(const char *issuer, const char *user, const char *base32, const struct totp *shape,
	      char *out, struct err *err);
