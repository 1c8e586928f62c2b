/* SPDX-License-Identifier: Apache-2.0 */

/* What root may beyond what its files are: as little of it as the work needs. */

#pragma once

#include <stdint.h>

struct err;

/* The bit of CAP_... in a set. */
#define CAPABILITY(number) (UINT64_C(1) << (number))

/**
 * capabilities_keep() - give up every capability but these, for good
 * @set:	of those the process has; none is gained
 *
 * For good, because nothing is inherited and no_new_privs keeps another
 * program from getting them.
 *
 * Return: 0 or the error of capset(2).
 */
int capabilities_keep(uint64_t set, struct err *err);
