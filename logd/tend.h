/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is done to closed segments, once a day, by a process of its own: they
 * are compressed and get an index, and those past their time go.  It never
 * touches the newest segment, which is the writer's.
 */

#pragma once

#include <stdint.h>

struct err;

struct tend_options {
	const char *state_dir;
	const char *config; /* LOGD_CONFIG_FILE: how long entries are kept */
	const char *socket; /* of sekisho-logd, which says in the log what goes before it goes */
};

/**
 * tend_run() - do all there is to do
 *
 * What fails for one segment is said and does not keep the others from theirs; but
 * nothing is removed then.
 *
 * Return: 0, or the last error.
 */
int tend_run(const struct tend_options *options, struct err *err);
