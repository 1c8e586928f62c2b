/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/diag.h"
#include "pskc/pskc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A maker's file of tokens.  What is given out can be used, and has no twin beside it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[] = { 0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56,
				       0x78, 0x90, 0x12, 0x34, 0x56, 0x78, 0x90, 0x12 };
	const struct pskc_opener opener = { .key = key,
					    .key_len = sizeof(key),
					    .password = "qwerty" };
	cleanup_diags struct diags diags = { 0 };
	cleanup_free struct pskc_token *tokens = NULL;
	cleanup_pskc struct pskc *pskc = NULL;
	size_t n = 0;

	if (pskc_open("f", (const char *)data, size, &pskc, &diags) < 0) {
		if (pskc || diags.n_errors == 0)
			abort();
		return 0;
	}
	if (pskc_read(pskc, &opener, 2000000000, &tokens, &n, &diags) < 0) {
		if (tokens || diags.n_errors == 0)
			abort();
		return 0;
	}
	if (n == 0 || diags.n_errors > 0)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (!*tokens[i].serial || tokens[i].secret_len < PSKC_SECRET_MIN ||
		    tokens[i].secret_len > PSKC_SECRET_MAX ||
		    (i > 0 && strcmp(tokens[i].serial, tokens[i - 1].serial) == 0))
			abort();
	}
	return 0;
}
