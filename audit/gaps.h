/* SPDX-License-Identifier: Apache-2.0 */

/*
 * 稼働空白: stretches of time of which the log says nothing.  While the terminal
 * runs, an entry comes at least with every heartbeat; where none came, either it
 * did not run or nobody wrote down what it did.  Pure; a log that is read in
 * parts gives what it gives when read in one.
 */

#pragma once

#include "audit/record.h"

#define GAPS_SHORTEST_US (INT64_C(15) * 60 * 1000000) /* 1.5 heartbeats, in one boot */
#define GAPS_LISTED 32

/* What the entries before it say about its beginning. */
enum gap_cause {
	GAP_UNEXPLAINED = 0, /* nothing: a crash, a power cut, or worse */
	GAP_SHUTDOWN = 1,
	GAP_RESTART = 2, /* of the daemon */
	GAP_SUSPEND = 3,
};
#define GAP_CAUSES 4

struct gap {
	uint64_t seq;     /* of the last entry before it */
	int64_t from_us;  /* its time, since 1970 */
	int64_t until_us; /* time of the next entry */
	enum gap_cause cause;
};

struct gaps {
	uint64_t n[GAP_CAUSES];
	int64_t total_us[GAP_CAUSES];   /* by the terminal's clock; none is below 0 */
	struct gap listed[GAPS_LISTED]; /* the longest, in log order */
	size_t n_listed;
};

/* Where in the log, and what a gap that begins now would be. */
struct gaps_place {
	bool any; /* false: no entry yet */
	uint64_t seq;
	int64_t wall_us;
	int64_t boot_us;
	char boot[RECORD_BOOT_LEN];
};

struct gaps_reading {
	struct gaps found;
	struct gaps_place first;
	struct gaps_place last;
	bool known; /* @cause; false: it depends on what comes before the part */
	enum gap_cause cause;
	bool open;      /* @open_gap is one whose cause depends on it */
	bool open_boot; /* and the boot changed in it */
	struct gap open_gap;
};

/* For a whole log; a part of one begins as { 0 }. */
void gaps_begin(struct gaps_reading *reading);

/* The next entry; the line is needed for what it says of itself. */
void gaps_follow(struct gaps_reading *reading, const struct record_prefix *prefix, const char *line,
		 size_t len);

/* Put the part that comes next behind what was read so far. */
void gaps_join(struct gaps_reading *reading, const struct gaps_reading *next);
