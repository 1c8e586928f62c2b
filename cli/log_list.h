/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho log, where it shows entries. */

#pragma once

#include <stdio.h>

struct err;

/* Return: as in cli/commands.h. */
int log_list(int argc, char *argv[], void (*print_usage)(FILE *out), struct err *err);
