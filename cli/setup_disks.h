/* SPDX-License-Identifier: Apache-2.0 */

/* Which disks are part of this terminal. */

#pragma once

#include <stdio.h>

struct err;

/**
 * setup_write_disk_rules() - one udev rule for each internal disk
 * @rules:	receives the lines
 * @ret_n:	how many there are
 */
int setup_write_disk_rules(FILE *rules, unsigned int *ret_n, struct err *err);
