/* SPDX-License-Identifier: Apache-2.0 */

/* Any answer of a person, parted into password and code. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pam_module/joined.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *answer = calloc(1, size + 1);

	if (!answer)
		return 0;
	if (size > 0)
		memcpy(answer, data, size);
	for (unsigned int digits = 6; digits <= 8; digits += 2) {
		size_t at = joined_code_at(answer, digits);
		size_t len = strlen(answer);

		/* Nothing, or at least so many digits, the last of them at the end. */
		if (at > len || (at < len && len - at < digits))
			abort();
		/* What is cut off is a code by itself. */
		if (joined_code_at(answer + at, digits) != 0)
			abort();
	}
	free(answer);
	return 0;
}
