/* SPDX-License-Identifier: Apache-2.0 */

/* What a company announced, as people have it: a hash, a file, or a list of files. */

#pragma once

#include <stddef.h>

struct err;

/**
 * act_hashes_take() - add what is meant to a field
 * @out:	hashes of 64 digits, a blank between each
 * @text:	a SHA-256, or the name of a file: its own hash, or those of its lines where it
 *		is a list as sha256sum(1) writes it, of no more than PERMIT_EXPECTED_MAX
 *
 * Return: 0, -E2BIG, or the error of reading.
 */
int act_hashes_take(char *out, size_t size, const char *text, struct err *err);
