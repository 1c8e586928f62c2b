/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Starts of the terminal as its TPM counts them.  The counter lies outside the
 * disk and never goes back (TPM 2.0 Library, Part 1, NV Counter Index), so a disk
 * that is put back to an older state lacks starts that were counted.  Pure; a
 * log that is read in parts gives what it gives when read in one.
 */

#pragma once

#include "audit/record.h"

struct starts {
	uint64_t n_counted;  /* entries log.start that bear the counter */
	uint64_t newest;     /* what the last of them says */
	bool is_last;        /* no boot without it came after */
	uint64_t n_lacking;  /* starts that were counted and are not in the log */
	uint64_t lacking_at; /* seq of the first entry that tells */
	bool changed;        /* it went back: another TPM counts now */
	uint64_t changed_at; /* seq of the last entry that tells */
};

struct starts_place {
	bool any; /* false: no such entry yet */
	uint64_t seq;
	uint64_t value;
	char boot[RECORD_BOOT_LEN];
};

/* Begins as { 0 }. */
struct starts_reading {
	struct starts found;
	bool any; /* an entry that says whether the newest start was counted */
	struct starts_place first;
	struct starts_place last;
};

/* The next entry; others than log.start are passed over. */
void starts_follow(struct starts_reading *reading, const struct record_prefix *prefix,
		   const char *line, size_t len);

/* Put the part that comes next behind what was read so far. */
void starts_join(struct starts_reading *reading, const struct starts_reading *next);
