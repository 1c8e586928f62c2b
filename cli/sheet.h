/* SPDX-License-Identifier: Apache-2.0 */

/* One thing on a sheet: a label and what stands behind it, line by line. */

#pragma once

/* @label is translated; @value is foreign text.  Nothing where it is "". */
void sheet_line(const char *label, const char *value);
