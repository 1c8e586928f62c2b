/* SPDX-License-Identifier: Apache-2.0 */

/* The segment that is being written, on a disk that may be full or fail. */

#pragma once

#include "audit/segment.h"

struct output {
	int dirfd;      /* of the log; not owned */
	int fd;         /* -1: the next write begins a segment */
	uint64_t first; /* of the segment; valid while @end is 0 */
	uint64_t end;   /* bytes, durable */
	bool is_short;  /* the reserve is used up */
	int failure; /* errno that ended a segment before its time, 0: none; the caller clears it */
};

/**
 * output_write() - make text durable, in this segment or in a new one
 * @state:	what a new segment begins with
 * @text:	whole lines, with SEGMENT_HEAD_MAX bytes before them that may be overwritten
 *
 * Once fdatasync() has failed, nobody knows which pages of the file are on the
 * disk, and a second call would only report success: that segment is finished,
 * and the same lines go to a new one.  A full disk is given the reserve.
 *
 * Return: 0; -ENOSPC or -EDQUOT, the segment is as it was before; or another
 * error after a second segment has failed too.
 */
int output_write(struct output *output, const struct segment_head *state, char *text, size_t len,
		 struct err *err);

/* A segment of @max bytes or more is closed; the next write begins another. */
void output_rotate(struct output *output, uint64_t max);
