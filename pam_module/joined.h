/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Password and code in one answer, for programs that show one field.  Where the
 * code begins is seen from the answer and the policy alone: who it is, and what
 * token he has, must not make a difference before his password was right.
 */

#pragma once

#include <stddef.h>

/**
 * joined_code_at() - where the code begins
 * @answer:	as typed; digits may be of full width
 * @digits:	how many a token's code has here, by policy
 *
 * A code by telephone is told by its shape, four groups of four digits with a
 * blank or hyphen between them, which no @digits digits in a row can have.
 *
 * Return: its offset; the length of @answer where it ends in no code.
 */
size_t joined_code_at(const char *answer, unsigned int digits);
