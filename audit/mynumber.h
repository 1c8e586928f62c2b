/* SPDX-License-Identifier: Apache-2.0 */

/*
 * 個人番号: the twelve digits that Japan gives each resident, which no record of
 * how they are used may contain.  Only its form and check digit are known here
 * (総務省令第85号, 2014, Article 5), so one in eleven other numbers of twelve
 * digits looks like one as well.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MYNUMBER_DIGITS 12

/* True when the last digit is the check digit of the others. */
bool mynumber_is_valid(const uint8_t digits[MYNUMBER_DIGITS]);

/**
 * mynumber_mask() - write an asterisk for each digit of what may be one
 * @text:	valid UTF-8; becomes shorter where digits were full-width
 *
 * Digits may be full-width and stand in groups of the same length, with one
 * blank, hyphen or dot between two of them.  What stands within a long hexadecimal number is none.
 */
void mynumber_mask(char *text);
