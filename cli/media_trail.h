/* SPDX-License-Identifier: Apache-2.0 */

/* What the log of this terminal knows of one medium: its last use, and what is on it. */

#pragma once

#include "cli/log_segment.h"
#include "permit/permit.h"

#define TRAIL_WORD 128

struct media_trail {
	const char *number; /* the caller's */

	char terminal[TRAIL_WORD];
	policy_minute seen; /* last, before it was reported lost; 0: never */
	uint64_t seen_seq;
	char seen_as[TRAIL_WORD]; /* type of that entry */
	char user[TRAIL_WORD];    /* at the seat, of the last entry that says it */

	/* Of the last use under a permit. */
	char permit[TRAIL_WORD];
	char purpose[TRAIL_WORD];
	char permit_user[TRAIL_WORD];
	char approver[TRAIL_WORD];
	char carrier[PERMIT_TEXT_MAX];
	char destination[PERMIT_TEXT_MAX];

	/* Since somebody last confirmed that it is erased; both say the same in two ways. */
	uint64_t files_of_uses, bytes_of_uses;
	uint64_t files_of_permits, bytes_of_permits;
	policy_minute erased; /* 0: never confirmed */

	policy_minute evidence; /* when its encryption was last seen, 0: never */
	char cipher[TRAIL_WORD];
	char kdf[TRAIL_WORD];
	uint64_t key_bits;

	policy_minute reported; /* 0: it is not lost, or was found */
	policy_minute noticed;
	char reporter[TRAIL_WORD];
	char note[PERMIT_TEXT_MAX];

	bool is_broken; /* a line of the log cannot be read */
};

/* For log_read(); @ctx is a struct media_trail. */
int media_trail_take(const struct log_entry *entry, void *ctx, struct err *err);

/* What there is to be read of the log for it: the types of a struct log_filter. */
#define MEDIA_TRAIL_TYPES "device,medium,media,permit,terminal.state"
