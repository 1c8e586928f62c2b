/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Entries as syslog messages (RFC 5424), one on a line, for whatever collects
 * them.  The structured data carries all values, the number and the leaf hash.
 */

#pragma once

#include "cli/log_mark.h"
#include "cli/log_segment.h"

#include <stdio.h>

void log_syslog_print(const struct log_marks *marks, const struct log_entry *entry, FILE *out);
