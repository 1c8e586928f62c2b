/* SPDX-License-Identifier: Apache-2.0 */

/* What a difference between two policies looks like in their own language. */

#pragma once

#include "policy/compare.h"

#include <jansson.h>

/* Adds to @before the lines that only @a has, to @after those that only @b has. */
void diff_lines(const struct policy *a, const struct policy *b, const struct policy_difference *d,
		json_t *before, json_t *after);
