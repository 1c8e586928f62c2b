/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A stretch of time of a log that must be whole: all of its entries, whether it is
 * proven, and what it does not say of that time.
 */

#pragma once

#include "audit/record.h"
#include "audit/verify.h"

#include <jansson.h>

struct log_month {
	const char *path; /* directory or bundle; NULL: the log of this terminal */
	const char *key;  /* its key, or a file with it; NULL: that of this terminal, else none */
	int64_t since_us;
	int64_t until_us; /* the last that is meant */

	/* Filled in. */
	enum verify_outcome outcome;
	char reason[VERIFY_REASON_MAX]; /* VERIFY_TAMPERED */
	char origin[NOTE_NAME_MAX + 1];
	uint64_t n_gaps;     /* that nothing explains and that reach into it */
	uint64_t n_redacted; /* entries in it whose text is gone */
	bool begins_late;    /* what stands before its first entry is not here */
	bool ends_early;     /* it is over, and the log ends before */
};

/* Return: 0, or a negative errno: stop reading. */
typedef int log_month_take(void *ctx, const struct record_prefix *prefix, const json_t *entry,
			   struct err *err);

/**
 * log_month_read() - verify the log, and call @take for each entry
 * @types:	names, or what they begin with before a dot; ends in NULL
 *
 * Also for entries before and after: what belongs together may be older or later.
 *
 * Return: 0, whatever was found; or the error of reading or of @take.
 */
int log_month_read(struct log_month *month, const char *const *types, log_month_take *take,
		   void *ctx, struct err *err);

/* True when nothing is missing from it and all of it is proven. */
bool log_month_is_whole(const struct log_month *month);

/* What is missing, a line each. */
void log_month_print(const struct log_month *month, FILE *out);
json_t *log_month_json(const struct log_month *month);
