/* SPDX-License-Identifier: Apache-2.0 */

/* Which entries of the log are meant. */

#pragma once

#include "audit/seg_index.h"

#include <stdbool.h>
#include <stdint.h>

struct err;

struct log_filter {
	int64_t since_us; /* since 1970; INT64_MIN: from the beginning */
	int64_t until_us; /* the last that is meant; INT64_MAX: to the end */
	uint64_t seq_first;
	uint64_t seq_last; /* UINT64_MAX: to the end */
	/* NULL: all of them. */
	const char *types; /* "device.block,mfa": names, or what they begin with before a dot */
	const char *user;
	const char *device; /* "0781:5583", "0781:5583:SERIAL", or a part of what it calls itself */
	const char *verdict;
	const char *zone;
	const char *rule;
	bool no_housekeeping; /* without heartbeats and changes of keys */
	bool shows_damage;    /* what cannot be read is a broken line, not the end */
};

struct log_filter log_filter_all(void);

/* "7", "7..9", "7.." or "..9".  Return: 0, or -EINVAL. */
int log_filter_set_seq(struct log_filter *filter, const char *text, struct err *err);

/* Return: 0, or -EINVAL when no entry can be of one of the types. */
int log_filter_check_types(const char *types, struct err *err);

/* True when the values of an entry are asked for, and not only its time and number. */
bool log_filter_wants_row(const struct log_filter *filter);

/* True when an entry with these values is meant, whatever its time and number. */
bool log_filter_has_row(const struct log_filter *filter, const struct seg_index_row *row);

/* True when an entry is meant as far as its time and number say; in whole seconds for an index. */
bool log_filter_has_time(const struct log_filter *filter, int64_t first_us, int64_t last_us);
bool log_filter_has_seq(const struct log_filter *filter, uint64_t seq);
