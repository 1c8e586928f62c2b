/* SPDX-License-Identifier: Apache-2.0 */

/* The result of a verification in words, one form for `sekisho log verify` and sekisho-verify. */

#pragma once

#include "audit/seal.h"
#include "audit/verify.h"

#include <stdio.h>

#define REPORT_EXIT_FAILURE 3 /* wrong usage, or the log could not be read */

/* 0 proven, 1 tampered, 2 incomplete. */
int report_exit_status(const struct verify_result *result);

/* True when a checkpoint that was kept elsewhere covers every entry: then no copy is older. */
bool report_is_witnessed(const struct verify_result *result);

/* The seal of the newest checkpoint that is proven, in @out; false when there is none to say. */
bool report_seal(const struct verify_result *result, char out[static SEAL_TEXT_SIZE]);

/* A few lines in the language of the process; times in UTC. */
void report_print(const struct verify_result *result, FILE *out);

/* One JSON object on one line, independent of language but for "reason". */
void report_print_json(const struct verify_result *result, FILE *out);
