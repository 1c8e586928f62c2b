/* SPDX-License-Identifier: Apache-2.0 */

/* What is typed at a code prompt, or read out over the telephone, as every kind of code. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mfa/approval.h"
#include "mfa/symbols.h"
#include "mfa/temporary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *typed = calloc(1, size + 1);
	char read[SYMBOLS_SIZE], again[SYMBOLS_SIZE], digits[TEMPORARY_DATA_SIZE];
	unsigned int group;

	if (!typed)
		return 0;
	if (size > 0)
		memcpy(typed, data, size);
	for (size_t n = 8; n <= SYMBOLS_MAX; n++) {
		if (symbols_read(typed, n, false, read) == SYMBOLS_WHOLE &&
		    (symbols_read(read, n, false, again) != SYMBOLS_WHOLE ||
		     strcmp(read, again) != 0))
			abort();
	}
	if (temporary_read_digits(typed, digits, &group) == TEMPORARY_WHOLE &&
	    strspn(digits, "0123456789") != TEMPORARY_DATA_SIZE - 1)
		abort();
	if (approval_read_digits(typed, digits, &group) == TEMPORARY_WHOLE &&
	    strspn(digits, "0123456789") != APPROVAL_DATA_SIZE - 1)
		abort();
	free(typed);
	return 0;
}
