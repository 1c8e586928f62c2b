/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An entry byte for byte: JSON without a key twice, UTF-8, known type and keys
 * in their order, values of their kinds, nothing between them.  What
 * record_scan() leaves open, at forty times its cost.
 */

#pragma once

#include "audit/record.h"

/* Return: NULL, or what is wrong, in English; tr() it where it is shown. */
const char *deep_check(const char *line, size_t len, const struct record_prefix *prefix);
