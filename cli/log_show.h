/* SPDX-License-Identifier: Apache-2.0 */

/* One entry with all that is known about it. */

#pragma once

#include "cli/log_print.h"

/* @dir: what the reader calls the log's directory. */
void log_show_print(const struct log_printer *printer, const struct log_entry *entry,
		    const char *dir);
