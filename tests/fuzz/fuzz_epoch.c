/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "audit/checkpoint.h"
#include "audit/epoch.h"
#include "audit/epoch_list.h"
#include "audit/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines that others may have written: what is accepted has one form. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char again[CHECKPOINT_MAX > KEY_TEXT_MAX ? CHECKPOINT_MAX : KEY_TEXT_MAX];
	struct epoch_step step;
	struct key_step key;
	struct checkpoint checkpoint;
	uint8_t leaf[TREE_HASH_SIZE];

	(void)epoch_step_read(text, size, &step);
	if (epoch_line_parse(text, size, &step) == 0 &&
	    (epoch_line_format(&step, again) != size + 1 || memcmp(again, text, size) != 0))
		abort();
	(void)key_step_read(text, size, 0, &key);
	if (key_line_parse(text, size, &key) == 0 &&
	    (key_line_format(&key, again) != size + 1 || memcmp(again, text, size) != 0))
		abort();
	if (epoch_list_cut(text, size, 1, 1) > size)
		abort();
	if (segment_redaction_parse(text, size, leaf) == 0 &&
	    (segment_redaction_format(leaf, again) != size + 1 || memcmp(again, text, size) != 0))
		abort();
	if (checkpoint_parse(text, size, &checkpoint) == 0 &&
	    (checkpoint_format(&checkpoint, again) != size || memcmp(again, text, size) != 0))
		abort();
	return 0;
}
