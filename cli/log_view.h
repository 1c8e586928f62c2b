/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The audit log as people read it: entries chosen by a filter, each as one
 * line of words.  Reads the files, which the group sekisho-audit may; whether
 * they are sound is what `sekisho log verify` says.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct err;

struct log_filter {
	int64_t since_us; /* since 1970; INT64_MIN: from the beginning */
	int64_t until_us; /* INT64_MAX: to the end */
	const char *type; /* "device.block", or "device" for all that begin so; NULL: all */
	const char *user; /* NULL: all */
	uint64_t newest;  /* only so many, 0: all */
};

/* One entry as it stands in the log, without newline but with NUL. */
typedef void log_show(const char *line, void *ctx);

/**
 * log_view_read() - call @show for each chosen entry, oldest first
 *
 * Return: 0, or the error of reading.
 */
int log_view_read(const char *dir, const struct log_filter *filter, log_show *show, void *ctx,
		  struct err *err);

/* One entry in the words of the process's language, with local time. */
void log_view_print(const char *line, FILE *out);
