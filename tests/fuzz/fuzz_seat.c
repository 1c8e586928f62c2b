/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/seat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A value ends at the line's end and is in the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char value[SEAT_SESSION_MAX];
	struct err err = { 0 };

	if (seat_value(text, size, "ACTIVE", value, sizeof(value), &err) < 0)
		return 0;
	if (strchr(value, '\n') || !memmem(text, size, value, strlen(value)))
		abort();
	return 0;
}
