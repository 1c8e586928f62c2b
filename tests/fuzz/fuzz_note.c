/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "note/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted must come out again as it went in. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char again[NOTE_VKEY_MAX];
	struct note_key key;
	struct note note;
	struct err err = { 0 };

	if (note_key_parse(text, size, &key, &err) == 0) {
		note_key_format(&key, again);
		if (memcmp(again, text, strlen(again)) != 0)
			abort();
	}
	if (note_parse(text, size, &note, &err) == 0 &&
	    (note.text != text || note.text_len >= size || text[note.text_len] != '\n'))
		abort();
	return 0;
}
