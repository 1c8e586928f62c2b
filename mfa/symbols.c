/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/symbols.h"

#include "core/crockford.h"
#include "core/typed.h"

#include <sodium.h>
#include <string.h>

#define GROUP 4

static const char digits[] = "0123456789";

static void write_groups(const uint8_t *symbols, size_t n, char ret[static SYMBOLS_SIZE])
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (i > 0 && i % GROUP == 0)
			ret[len++] = '-';
		ret[len++] = crockford_symbol(symbols[i]);
	}
	ret[len] = '\0';
}

void symbols_compose(uint8_t *symbols, size_t n, char ret[static SYMBOLS_SIZE])
{
	symbols[n - 1] = crockford_check(symbols, n - 1);
	write_groups(symbols, n, ret);
}

void symbols_draw(size_t n, bool letters, char ret[static SYMBOLS_SIZE])
{
	uint8_t symbols[SYMBOLS_MAX];

	do {
		for (size_t i = 0; i + 1 < n; i++)
			symbols[i] = (uint8_t)randombytes_uniform(1 << CROCKFORD_BITS);
		symbols_compose(symbols, n, ret);
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
		int symbol = crockford_value(plain[i]);

		if (symbol < 0)
			result = SYMBOLS_OTHER;
		symbols[i] = (uint8_t)symbol;
	}
	if (result != SYMBOLS_OTHER && symbols[n - 1] == crockford_check(symbols, n - 1)) {
		write_groups(symbols, n, ret);
		result = SYMBOLS_WHOLE;
	}
	sodium_memzero(plain, sizeof(plain));
	sodium_memzero(symbols, sizeof(symbols));
	return result;
}
