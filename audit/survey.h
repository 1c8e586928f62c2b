/* SPDX-License-Identifier: Apache-2.0 */

/* What the newest segment holds, and up to where it is what was written: the ground of recover().
 */

#pragma once

#include "audit/epoch.h"
#include "audit/record.h"
#include "audit/segment.h"

struct survey {
	const char *origin;
	bool every_signature;     /* or only the newest: one signature covers all before it */
	bool has_head;            /* begins with a valid #seg line */
	struct tree tree;         /* at @end */
	struct epoch next;        /* signs from @end on, once what is before it is signed */
	struct epoch_step coming; /* named by the entry before @end, which is not signed yet */
	bool has_coming;
	uint64_t end;                   /* after the last line that may be kept */
	struct segment_check at;        /* last valid checkpoint */
	struct epoch signer;            /* of it */
	bool stopped;                   /* a line at @end is not what belongs there */
	bool proven_after;              /* and a signed checkpoint comes after it */
	struct tree as_is;              /* every line that looks like an entry */
	struct epoch newest;            /* last one that any line names, valid or not */
	uint64_t size;                  /* bytes of the file */
	char boot[RECORD_BOOT_LEN + 1]; /* of the last entry */
	char identity[NOTE_VKEY_MAX];   /* what the newest log.key names, or "" */
};

/**
 * survey_segment() - read it whole
 * @origin:	name of the log, kept by @ret
 * @first:	what its name says
 * @ret:	set on success only
 *
 * Return: 0, or the error of read(2).
 */
int survey_segment(const char *origin, int fd, uint64_t first, struct survey *ret, struct err *err);
