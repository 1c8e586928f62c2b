/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "mfa/totp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Digits and then NULs to the end; what is a code already stays as it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *typed = strndup((const char *)data, size);
	char code[TOTP_CODE_SIZE];
	char again[TOTP_CODE_SIZE];
	size_t len;

	totp_normalise(typed, code);
	len = strspn(code, "0123456789");
	for (size_t i = len; i < sizeof(code); i++) {
		if (code[i] != '\0')
			abort();
	}
	totp_normalise(code, again);
	if (memcmp(code, again, sizeof(code)) != 0)
		abort();
	return 0;
}
