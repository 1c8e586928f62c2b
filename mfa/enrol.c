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

void enrol_make(struct token *ret)
{
	uint8_t id[ID_BYTES];

	*ret = (struct token){ .state = TOKEN_PENDING };
	ret->totp = (struct totp){
		.secret_len = ENROL_SECRET_LEN, .algorithm = TOTP_SHA1, .digits = 6, .period = 30
	};
	randombytes_buf(ret->totp.secret, ENROL_SECRET_LEN);
	randombytes_buf(id, sizeof(id));
	sodium_bin2hex(ret->id, sizeof(ret->id), id, sizeof(id));
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

int enrol_uri(const char *issuer, const char *user, const char *base32, unsigned int digits,
	      unsigned int period, char *out, struct err *err)
{
	char issuer_text[128];
	char user_text[3 * MFA_USER_MAX + 1];
	int n;

	percent_encode(issuer, issuer_text, sizeof(issuer_text));
	percent_encode(user, user_text, sizeof(user_text));
	n = snprintf(out, ENROL_URI_SIZE,
		     "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%u&period=%u",
		     issuer_text, user_text, base32, issuer_text, digits, period);
	if (n < 0 || n >= ENROL_URI_SIZE)
		return err_set(err, -E2BIG, "the address of the token is too long");
	return 0;
}
