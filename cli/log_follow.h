/* SPDX-License-Identifier: Apache-2.0 */

/* Entries as they come in: a log's newest segment is read on, and then the one after it. */

#pragma once

#include "audit/line.h"
#include "cli/log_print.h"

struct log_follow {
	int dirfd;
	int inotify_fd;
	uint64_t segment;
	struct line_reader *reader; /* of it */
	uint64_t end;               /* of the last whole line that was read, bytes */
	struct log_entry entry;     /* the last one that was read */
	struct tree tree;           /* at the newest checkpoint that fits what stands before it */
	uint64_t good_end;          /* where that checkpoint ends, bytes; 0: there is none */
	bool is_damaged;            /* what stands there does not lead to the next one */
};

/**
 * log_follow_begin() - remember where the log ends now
 * @ret:	its entry's seq is the last one that is there; log_follow_end() it
 */
int log_follow_begin(int dirfd, struct log_follow *ret, struct err *err);
void log_follow_end(struct log_follow *follow);

/**
 * log_follow_run() - print what comes in from then on
 *
 * Return: only when the output cannot be written any more, 0, or for an error.
 */
int log_follow_run(struct log_follow *follow, struct log_printer *printer,
		   const struct note_key *key, const struct log_filter *filter, struct err *err);
