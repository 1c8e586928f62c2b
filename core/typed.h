/* SPDX-License-Identifier: Apache-2.0 */

/* What people type for a code, before anything is made of it. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * typed_plain() - letters and digits alone, in half width
 * @typed:	full-width forms, blanks and hyphens of any width are understood
 * @ret:	at least @size bytes, NUL-terminated; the caller wipes it
 *
 * Return: false when there is anything else in it, or more than fits; @ret is
 * then empty.
 */
bool typed_plain(const char *typed, char *ret, size_t size);
