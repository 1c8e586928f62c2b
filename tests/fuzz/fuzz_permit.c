/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "permit/permit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A permit that is taken says for whom and how often, names a file of the store and no
 * other place, and is written so that reading it gives the same. */
static void try(const char *text, size_t size, struct permit_record *record)
{
	cleanup_diags struct diags diags = { 0 };
	struct permit_record record_again = { 0 };
	struct permit permit, again;
	char *printed = NULL;
	size_t len = 0;
	FILE *out;

	if (permit_load("f", text, size, &permit, record, &diags) < 0)
		return;
	if (!*permit.user || permit.uses == 0 || !permit.access || strchr(permit.number, '/') ||
	    *permit.number == '.')
		abort();
	out = open_memstream(&printed, &len);
	if (!out || permit_print(&permit, record, out) < 0 || fclose(out) != 0)
		abort();
	if (permit_load("f", printed, len, &again, record ? &record_again : NULL, &diags) < 0 ||
	    memcmp(&permit, &again, sizeof(permit)) != 0 ||
	    (record && memcmp(record, &record_again, sizeof(record_again)) != 0))
		abort();
	free(printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct permit_record record = { 0 };

	try((const char *)data, size, NULL);
	try((const char *)data, size, &record);
	return 0;
}
