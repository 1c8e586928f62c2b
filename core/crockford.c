/* SPDX-License-Identifier: Apache-2.0 */

#include "core/crockford.h"

#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

char crockford_symbol(unsigned int value)
{
	return alphabet[value % (sizeof(alphabet) - 1)];
}

int crockford_value(char symbol)
{
	const char *at;

	if (symbol >= 'a' && symbol <= 'z')
		symbol = (char)(symbol - 'a' + 'A');
	if (symbol == 'I' || symbol == 'L')
		symbol = '1';
	if (symbol == 'O')
		symbol = '0';
	at = symbol ? strchr(alphabet, symbol) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

/* A weighted sum in GF(32), x^5 + x^2 + 1, the weights powers of x. */
uint8_t crockford_check(const uint8_t *values, size_t n)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum = (sum ^ values[i]) << 1;
		if (sum & 0x20)
			sum ^= 0x25;
	}
	return (uint8_t)sum;
}
