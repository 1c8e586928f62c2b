/* SPDX-License-Identifier: Apache-2.0 */

/* Columns that line up, whatever the width of the characters in them. */

#pragma once

#include <stdio.h>

/* Print @text, and blanks up to @width columns. */
void cell_print(const char *text, size_t width, FILE *out);
