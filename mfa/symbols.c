/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/symbols.h"

#include "mfa/typed.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

#define GROUP 4

/* Crockford's: no I, L, O or U, which are misread and misheard. */
static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char digits[] = "0123456789";

static int symbol_of(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		c = '1';
	if (c == 'O')
		c = '0';
	at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

/*
 * A weighted sum in GF(32), x^5 + x^2 + 1, the weights powers of x: any one
 * symbol wrong changes it, and so do two that changed places.
 */
static uint8_t check(const uint8_t *symbols, size_t n)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum = (sum ^ symbols[i]) << 1;
		if (sum & 0x20)
			sum ^= 0x25;
	}
	return (uint8_t)sum;
}

static void write_groups(const uint8_t *symbols, size_t n, char ret[static SYMBOLS_SIZE])
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && i % GROUP == 0)
			ret[len++] = '-';
		ret[len++] = alphabet[symbols[i]];
	}
	ret[len] = '\0';
}

void symbols_draw(size_t n, bool letters, char ret[static SYMBOLS_SIZE])
{
	uint8_t symbols[SYMBOLS_MAX];

	do {
		for (size_t i = 0; i + 1 < n; i++)
			symbols[i] = (uint8_t)randombytes_uniform(sizeof(alphabet) - 1);
		symbols[n - 1] = check(symbols, n - 1);
		write_groups(symbols, n, ret);
	} while (letters && strspn(ret, "0123456789-") == strlen(ret));
	sodium_memzero(symbols, sizeof(symbols));
}

enum symbols_typed symbols_read(const char *typed, size_t n, bool letters,
				char ret[static SYMBOLS_SIZE])
{
	enum symbols_typed result = SYMBOLS_MISTYPED;
	uint8_t symbols[SYMBOLS_MAX];
	char plain[2 * SYMBOLS_MAX];

	if (!typed_plain(typed, plain, sizeof(plain)) || strlen(plain) != n ||
	    (letters && strspn(plain, digits) == n))
		result = SYMBOLS_OTHER;
	for (size_t i = 0; i < n && result != SYMBOLS_OTHER; i++) {
		int symbol = symbol_of(plain[i]);

		if (symbol < 0)
			result = SYMBOLS_OTHER;
		symbols[i] = (uint8_t)symbol;
	}
	if (result != SYMBOLS_OTHER && symbols[n - 1] == check(symbols, n - 1)) {
		write_groups(symbols, n, ret);
		result = SYMBOLS_WHOLE;
	}
	sodium_memzero(plain, sizeof(plain));
	sodium_memzero(symbols, sizeof(symbols));
	return result;
}
