/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/proof_text.h"
#include "core/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted comes out again as it went in, and proves nothing to a key that signed nothing.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t public[NOTE_PUBLIC_SIZE] = { 0x58 };
	static struct proof_text text;
	static char again[2 * PROOF_TEXT_MAX];
	struct checkpoint head = { .origin = "sekisho.local/t/test/1" };
	struct note_key key;
	struct err err = { 0 };

	if (note_key_init(&key, "sekisho.local/t/test/1", public, &err) < 0)
		abort();
	if (proof_text_parse((const char *)data, size, &text, &err) < 0)
		return 0;
	if (proof_text_format(&text, again) != size || memcmp(again, data, size) != 0)
		abort();
	if (proof_text_check(&text, &key, NULL, 0, &head, &err) == 0 ||
	    proof_text_check_growth(&text, &key, &head, &head, &err) == 0)
		abort();
	return 0;
}
