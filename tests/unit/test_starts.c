/* SPDX-License-Identifier: Apache-2.0 */

/* Starts that the TPM counted, and that a log read in parts has those of a log read in one. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "audit/starts.h"

#define LINES_MAX 16

struct entry {
	char boot;
	int counter; /* 0: there is none */
	const char *type;
};

static char lines[LINES_MAX][256];
static struct record_prefix prefixes[LINES_MAX];

static void write_lines(const struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char counter[32] = "";
		int len;

		if (entries[i].counter)
			(void)snprintf(counter, sizeof(counter), "\"tpm_counter\":%d,",
				       entries[i].counter);
		len = snprintf(lines[i], sizeof(lines[i]),
			       "{\"v\":1,\"seq\":%zu,\"t\":\"2026-11-22T20:31:07.123456Z\","
			       "\"bt\":1,\"boot\":\"%c000000000000000\",\"type\":\"%s\","
			       "\"by\":{\"uid\":0,\"pid\":1},%s\"reason\":\"boot\",\"n\":\"\"}",
			       i, entries[i].boot, entries[i].type ? entries[i].type : "log.start",
			       counter);
		cr_assert_eq(record_scan(lines[i], (size_t)len, &prefixes[i]), 0);
	}
}

static void follow(struct starts_reading *reading, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		starts_follow(reading, &prefixes[i], lines[i], strlen(lines[i]));
}

static void expect_same(const struct starts *a, const struct starts *b, size_t cut)
{
	cr_expect_eq(a->n_counted, b->n_counted, "cut at %zu", cut);
	cr_expect_eq(a->newest, b->newest, "cut at %zu", cut);
	cr_expect_eq(a->is_last, b->is_last, "cut at %zu", cut);
	cr_expect_eq(a->n_lacking, b->n_lacking, "cut at %zu", cut);
	cr_expect_eq(a->lacking_at, b->lacking_at, "cut at %zu", cut);
	cr_expect_eq(a->changed, b->changed, "cut at %zu", cut);
	cr_expect_eq(a->changed_at, b->changed_at, "cut at %zu", cut);
}

/* The same in every three parts, which starts_join() puts together. */
static struct starts read_starts(const struct entry *entries, size_t n)
{
	struct starts_reading whole = { 0 };

	write_lines(entries, n);
	follow(&whole, 0, n);
	for (size_t a = 0; a <= n; a++) {
		for (size_t b = a; b <= n; b++) {
			struct starts_reading parts[3] = { 0 };

			follow(&parts[0], 0, a);
			follow(&parts[1], a, b);
			follow(&parts[2], b, n);
			starts_join(&parts[0], &parts[1]);
			starts_join(&parts[0], &parts[2]);
			expect_same(&whole.found, &parts[0].found, a * 100 + b);
		}
	}
	return whole.found;
}

Test(starts, all_are_there)
{
	const struct entry entries[] = {
		{ 'a', 7, NULL }, { 'a', 0, "device.block" }, { 'a', 7, NULL },
		{ 'b', 8, NULL }, { 'c', 9, NULL },
	};
	const struct starts starts = read_starts(entries, 5);

	cr_expect_eq(starts.n_counted, 4);
	cr_expect_eq(starts.newest, 9);
	cr_expect(starts.is_last);
	cr_expect_eq(starts.n_lacking, 0);
	cr_expect_not(starts.changed);
}

Test(starts, a_disk_put_back_lacks_some)
{
	const struct entry entries[] = {
		{ 'a', 7, NULL },
		{ 'd', 10, NULL },
		{ 'e', 11, NULL },
		{ 'f', 13, NULL },
	};
	const struct starts starts = read_starts(entries, 4);

	cr_expect_eq(starts.n_lacking, 3);
	cr_expect_eq(starts.lacking_at, 1);
}

Test(starts, another_tpm_counts_from_there)
{
	const struct entry entries[] = { { 'a', 70, NULL }, { 'b', 1, NULL }, { 'c', 1, NULL } };
	const struct starts starts = read_starts(entries, 3);

	cr_expect(starts.changed);
	cr_expect_eq(starts.changed_at, 2);
	cr_expect_eq(starts.n_lacking, 0);
}

Test(starts, a_boot_without_it_ends_the_protection)
{
	const struct entry entries[] = { { 'a', 7, NULL }, { 'b', 0, NULL }, { 'c', 8, NULL } };
	struct starts starts = read_starts(entries, 2);

	cr_expect_not(starts.is_last);
	starts = read_starts(entries, 3);
	cr_expect(starts.is_last);
	cr_expect_eq(starts.n_lacking, 0, "what did not count counts for nothing");
}
