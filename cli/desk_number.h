/* SPDX-License-Identifier: Apache-2.0 */

#pragma once

#include <stdbool.h>

#define DESK_NUMBER_MAX 32 /* bytes with NUL */

/* The extension that refusals name, of /etc/sekisho/terminal.conf.  False where there is none. */
bool desk_number(char *ret);
