/* SPDX-License-Identifier: Apache-2.0 */

/* The options of an act, which become fields of its message (ipc/act.h). */

#pragma once

#include "ipc/act.h"

#include <stdbool.h>
#include <stdio.h>

struct err;

enum act_value {
	ACT_TEXT = 0,
	ACT_FROM = 1,   /* a moment; of a day alone its first minute */
	ACT_UNTIL = 2,  /* its last */
	ACT_WORDS = 3,  /* may be given again; commas and repetitions become blanks */
	ACT_FLAG = 4,   /* takes no value: the field is @flag */
	ACT_PERSON = 5, /* not a field: who approves */
	ACT_ISSUER = 6, /* likewise: who does it, where that is not the caller */
	ACT_WORD = 7,   /* no prose: understood in full width, too */
	ACT_NUMBER = 8, /* likewise */
	ACT_HASHES = 9, /* cli/act_hashes.h; may be given again */
};

struct act_option {
	const char *name; /* "due"; NULL ends a list */
	const char *key;  /* of the field */
	enum act_value value;
	bool required;
	const char *flag;
};

#define ACT_OPTIONS_MAX 16

/**
 * act_options_read() - from a command line to a message
 * @word_key:	the field of the one word that stands without an option; NULL: none does
 * @ret:	its type, fields and people's names; no code is asked for
 *
 * Return: 0; 1 (--help was asked for); -EINVAL (wrong usage, @err is empty); or
 * -EDOM: a value cannot be, as @err says.
 */
int act_options_read(int argc, char *argv[], const char *type, const struct act_option *options,
		     const char *word_key, struct ipc_agent_act *ret, struct err *err);

/* The value of a field so far, "" where there is none. */
const char *act_options_get(const struct ipc_agent_act *act, const char *key);
