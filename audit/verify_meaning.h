/* SPDX-License-Identifier: Apache-2.0 */

/* While a segment is read; and the entries that mean something to the proof itself. */

#pragma once

#include "audit/record.h"
#include "audit/verify_part.h"

struct verify_reading {
	const struct verify_scope *scope;
	struct verify_part *part;
	const struct line_reader *reader;
	bool every_signature;
	uint64_t next_mark; /* size of the next head to compare with */
	uint64_t next_tick; /* offset */
	uint64_t ticked;    /* bytes of the file */
	int rc;             /* an error that is not the log's */
};

/* Records the first thing wrong, in @part; always returns false. */
bool verify_bad_at(struct verify_part *part, uint64_t first, uint64_t last, uint64_t offset,
		   const char *reason);

/* The entry at the end of what was read is the wrong one. */
bool verify_bad_next(struct verify_part *part, const struct line *line, const char *reason);

/* Take what an entry says about epochs, keys, redactions and the like; false: it is wrong. */
bool verify_meaning(struct verify_reading *reading, const struct record_prefix *prefix,
		    const struct line *line);
