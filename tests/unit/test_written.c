/* SPDX-License-Identifier: Apache-2.0 */

/* Telling files apart in memory that has an end, and what a device says of itself. */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "media/written.h"

static void add(struct written *written, uint64_t number)
{
	written_add(written, &number, sizeof(number));
}

Test(written, each_file_counts_once)
{
	struct written written = { 0 };

	for (uint64_t round = 0; round < 3; round++) {
		for (uint64_t n = 0; n < 100000; n++)
			add(&written, n);
	}
	cr_expect_eq(written.files, 100000);
	cr_expect_not(written.at_least);
	written_deinit(&written);
	cr_expect_eq(written.files, 0);
}

Test(written, what_makes_them_different_is_all_of_it)
{
	struct written written = { 0 };

	written_add(&written, "ab", 2);
	written_add(&written, "abc", 3);
	written_add(&written, "abc", 2);
	cr_expect_eq(written.files, 2);
	written_deinit(&written);
}

Test(written, a_million_are_told_apart_and_more_are_still_counted)
{
	struct written written = { 0 };
	size_t room;

	for (uint64_t n = 0; n < WRITTEN_FILES_MAX; n++)
		add(&written, n);
	cr_expect_eq(written.files, WRITTEN_FILES_MAX);
	cr_expect_not(written.at_least);
	room = written.room;
	for (uint64_t n = 0; n < 1000; n++)
		add(&written, WRITTEN_FILES_MAX + n);
	add(&written, 5);
	cr_expect_eq(written.files, WRITTEN_FILES_MAX + 1000);
	cr_expect(written.at_least);
	cr_expect_eq(written.room, room, "it takes no more memory");
	written_deinit(&written);
}

Test(written, the_line_of_a_device)
{
	static const struct {
		const char *line;
		int rc;
		uint64_t bytes;
	} cases[] = {
		{ "     123        4     567       89     10      11      12      13  0 14 15\n", 0,
		  12 * 512 },
		{ "1 2 3 4 5 6 0", 0, 0 },
		{ "1 2 3 4 5 6 7\n", 0, 7 * 512 },
		{ "1 2 3 4 5 6", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "1 2 3 4 5 6 -7", -EINVAL, 0 },
		{ "1 2 3 4 5 6 7x", -EINVAL, 0 },
		{ "1 2 3 4 5 6 18446744073709551615", -EINVAL, 0 },
		{ "1 2 3 4 5 6 99999999999999999999", -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t bytes = 0;

		cr_expect_eq(written_bytes(cases[i].line, &bytes), cases[i].rc, "case %zu", i);
		cr_expect_eq(bytes, cases[i].bytes, "case %zu", i);
	}
}
