/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "permit/exception.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One that is taken names two people and an end, is over at the latest when its hours have
 * gone by, and is written so that reading it gives the same. */
static void check(struct exception *exception)
{
	struct elapsed_now now = { .boot_us = 1000000 };
	int64_t left_s = exception_left_s(exception);

	if (!exception_is_name(exception->name) || !*exception->reason || !*exception->issuer ||
	    !*exception->approver || exception->span_s > EXCEPTION_HOURS_MAX * 3600)
		abort();
	for (int i = 0; i < 2; i++) { /* the second time it is of this boot */
		elapsed_pass(&exception->since, &now);
		if (exception_left_s(exception) > left_s)
			abort();
		left_s = exception_left_s(exception);
		now.boot_us += exception->span_s * 1000000;
	}
	if (left_s != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct exception list[POLICY_EXCEPTIONS_MAX], again[POLICY_EXCEPTIONS_MAX];
	cleanup_diags struct diags diags = { 0 };
	size_t n = 0, n_again = 0, len = 0;
	char *printed = NULL;
	FILE *out;

	if (exception_load_all("f", (const char *)data, size, list, POLICY_EXCEPTIONS_MAX, &n,
			       &diags) < 0)
		return 0;
	out = open_memstream(&printed, &len);
	for (size_t i = 0; out && i < n; i++)
		exception_print(&list[i], out);
	if (!out || fclose(out) != 0 || n > POLICY_EXCEPTIONS_MAX ||
	    exception_load_all("f", printed, len, again, POLICY_EXCEPTIONS_MAX, &n_again, &diags) <
		    0 ||
	    n_again != n || memcmp(list, again, n * sizeof(list[0])) != 0)
		abort();
	free(printed);
	for (size_t i = 0; i < n; i++)
		check(&list[i]);
	return 0;
}
