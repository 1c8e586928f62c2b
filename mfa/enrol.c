/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/enrol.h"

#include "core/err.h"

#include <ctype.h>
#include <errno.h>
#include <liboath/oath.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_BYTES 4 /* of a token's random id */

static uint8_t secret_len_of(uint8_t algorithm)
{
	switch ((enum totp_algorithm)algorithm) {
	case TOTP_SHA1:
		return 20;
	case TOTP_SHA256:
		return 32;
	case TOTP_SHA512:
		return 64;
	}
	return 0;
}

int enrol_make_for(const struct totp *wanted, struct token *ret, struct err *err)
{
	struct token token = { .state = TOKEN_PENDING };
	uint8_t id[ID_BYTES];

	token.totp = (struct totp){ .secret_len = secret_len_of(wanted->algorithm),
				    .algorithm = wanted->algorithm,
				    .digits = wanted->digits,
				    .period = wanted->period };
	if (!totp_is_sound(&token.totp))
		return err_set(err, -EINVAL,
			       "no token is like that; remedy: SHA1, SHA256 or SHA512, 6 or 8 "
			       "digits, 30 or 60 seconds");
	randombytes_buf(token.totp.secret, token.totp.secret_len);
	randombytes_buf(id, sizeof(id));
	sodium_bin2hex(token.id, sizeof(token.id), id, sizeof(id));
	*ret = token;
	sodium_memzero(&token, sizeof(token));
	return 0;
}

void enrol_make(struct token *ret)
{
	static const struct totp usual = { .algorithm = TOTP_SHA1, .digits = 6, .period = 30 };
	struct err err = { 0 };

	(void)enrol_make_for(&usual, ret, &err);
}

int enrol_base32(const struct totp *totp, char *out, struct err *err)
{
	char *text = NULL;
	size_t len = 0;
	int rc = oath_base32_encode((const char *)totp->secret, totp->secret_len, &text, &len);

	if (rc != OATH_OK || len >= ENROL_BASE32_SIZE) {
		if (text)
			sodium_memzero(text, len);
		free(text);
		return err_set(err, -ENOMEM, "out of memory");
	}
	memcpy(out, text, len + 1);
	out[strcspn(out, "=")] = '\0';
	sodium_memzero(text, len);
	free(text);
	return 0;
}

static void percent_encode(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text && n + 4 < size; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("-._~", c))
			out[n++] = (char)c;
		else
			n += (size_t)snprintf(out + n, size - n, "%%%02X", c);
	}
	out[n] = '\0';
}

static const char *algorithm_name(uint8_t algorithm)
{
	switch ((enum totp_algorithm)algorithm) {
	case TOTP_SHA1:
		break;
	case TOTP_SHA256:
		return "SHA256";
	case TOTP_SHA512:
		return "SHA512";
	}
	return "SHA1";
}

int enrol_uri(const char *issuer, const char *user, const char *base32, const struct totp *shape,
	      char *out, struct err *err)
{
	char issuer_text[128];
	char user_text[3 * MFA_USER_MAX + 1];
	int n;

	percent_encode(issuer, issuer_text, sizeof(issuer_text));
	percent_encode(user, user_text, sizeof(user_text));
	n = snprintf(out, ENROL_URI_SIZE,
		     "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=%s&digits=%u&period=%u",
		     issuer_text, user_text, base32, issuer_text, algorithm_name(shape->algorithm),
		     shape->digits, shape->period);
	if (n < 0 || n >= ENROL_URI_SIZE)
		return err_set(err, -E2BIG, "the address of the token is too long");
	return 0;
}
