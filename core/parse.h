/* SPDX-License-Identifier: Apache-2.0 */

/* Strict text-to-number conversion: the whole string or nothing. */

#pragma once

#include <stdint.h>

struct err;

/**
 * parse_hex16() - read a USB vendor or product id
 * @text:	exactly four hexadecimal digits, no prefix, no sign
 * @ret:	set on success only
 * @err:	set on failure
 *
 * Return: 0, or -EINVAL.
 */
int parse_hex16(const char *text, uint16_t *ret, struct err *err);

/**
 * parse_u64() - read a decimal number
 * @text:	digits only, no sign, no blanks
 * @max:	largest value accepted
 * @ret:	set on success only
 *
 * Return: 0, -EINVAL (not a number) or -ERANGE (above @max).
 */
int parse_u64(const char *text, uint64_t max, uint64_t *ret, struct err *err);
