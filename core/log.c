/* SPDX-License-Identifier: Apache-2.0 */

#include "core/log.h"

#include "core/lang.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

#define LOG_LINE_MAX 1024 /* bytes */

__attribute__((format(printf, 2, 0))) static void print_line(int level, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX];

	(void)vsnprintf(line, sizeof(line), tr(fmt), ap);
	(void)fprintf(stderr, "<%d>%s\n", level, line);
}

#define DEFINE_LEVEL(name, level)                                                                  \
	void name(const char *fmt, ...)                                                            \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, fmt);                                                                 \
		print_line((level), fmt, ap);                                                      \
		va_end(ap);                                                                        \
	}

DEFINE_LEVEL(log_error, LOG_ERR)
DEFINE_LEVEL(log_warning, LOG_WARNING)
DEFINE_LEVEL(log_info, LOG_INFO)
