/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify_index.h"

#include "audit/seg_index.h"
#include "core/err.h"

#include <errno.h>
#include <stdio.h>

_Static_assert(sizeof("seg-000000000000.idx") <= SEGMENT_NAME_LEN + 1, "it fits where it is named");

void verify_indexes(int dirfd, struct verify_result *result)
{
	cleanup_free uint64_t *firsts = NULL;
	struct err err = { 0 };
	char name[SEG_INDEX_NAME_MAX];
	size_t n = 0;

	if (segment_list(dirfd, &firsts, &n, &err) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (seg_index_check(dirfd, firsts[i], &err) != -EBADMSG)
			continue;
		result->outcome = VERIFY_TAMPERED;
		result->bad_first = firsts[i];
		result->bad_last = (i + 1 < n ? firsts[i + 1] : result->end) - 1;
		result->bad_offset = 0;
		seg_index_name_format(firsts[i], name);
		(void)snprintf(result->bad_file, sizeof(result->bad_file), "%s", name);
		(void)snprintf(result->reason, sizeof(result->reason), "%s", err.text);
		return;
	}
}
