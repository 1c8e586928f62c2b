/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/seal.h"
#include "core/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A seal that is accepted is one: written in its own form it is accepted again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char typed[256] = "";
	char text[SEAL_TEXT_SIZE];
	char text_again[SEAL_TEXT_SIZE];
	struct seal seal;
	struct seal again;
	struct err err = { 0 };

	memcpy(typed, data, size < sizeof(typed) ? size : sizeof(typed) - 1);
	if (seal_parse(typed, &seal, &err) < 0)
		return 0;
	seal_format(&seal, text);
	if (seal_parse(text, &again, &err) < 0 || again.size != seal.size)
		abort();
	seal_format(&again, text_again);
	if (strcmp(text, text_again) != 0)
		abort();
	return 0;
}
