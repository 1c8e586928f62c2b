/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Symbols that people read out and copy: Crockford's base32
 * (crockford.com/base32.html), five bits each, with a check symbol of our own.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#define CROCKFORD_BITS 5
#define CROCKFORD_MASK 0x1f

/* Capitals without I, L, O and U, which are misread and misheard; @value is below 32. */
char crockford_symbol(unsigned int value);

/* The value of a symbol as people write it (small letters, I and L for 1, O for 0), or -1. */
int crockford_value(char symbol);

/*
 * The symbol that checks @n values: any one of them wrong changes it, and so do
 * two that changed places (up to 31 symbols).
 */
uint8_t crockford_check(const uint8_t *values, size_t n);
