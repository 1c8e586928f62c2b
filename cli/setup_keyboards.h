/* SPDX-License-Identifier: Apache-2.0 */

/* Which attached keyboards the general rules would not open. */

#pragma once

#include <stdio.h>

struct err;

/**
 * setup_write_keyboard_rules() - one udev rule for each such keyboard
 *
 * A device with HID interfaces only needs no rule.  One with others beside
 * them, which is usual for keyboards with a reader or a receiver, is named by
 * its ids, serial number and number of interfaces; only its HID interfaces
 * will be opened.
 */
int setup_write_keyboard_rules(FILE *rules, unsigned int *ret_n, struct err *err);
