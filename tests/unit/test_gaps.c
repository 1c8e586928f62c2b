/* SPDX-License-Identifier: Apache-2.0 */

/* Stretches without entries, and that a log read in parts has those of a log read in one. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "audit/gaps.h"

#define MINUTE (INT64_C(60) * 1000000)
#define LINES_MAX 64

struct entry {
	const char *type;
	const char *reason;
	char boot;
	int64_t minute; /* of both clocks */
};

static char lines[LINES_MAX][256];
static struct record_prefix prefixes[LINES_MAX];

static void write_lines(const struct entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int len = snprintf(lines[i], sizeof(lines[i]),
				   "{\"v\":1,\"seq\":%zu,\"t\":\"2026-11-22T20:31:07.123456Z\","
				   "\"bt\":1,\"boot\":\"%c000000000000000\",\"type\":\"%s\","
				   "\"by\":{\"uid\":0,\"pid\":1},\"reason\":\"%s\",\"n\":\"\"}",
				   i, entries[i].boot, entries[i].type,
				   entries[i].reason ? entries[i].reason : "");

		cr_assert_eq(record_scan(lines[i], (size_t)len, &prefixes[i]), 0);
		prefixes[i].wall_us = prefixes[i].boot_us = entries[i].minute * MINUTE;
	}
}

static void follow(struct gaps_reading *reading, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		gaps_follow(reading, &prefixes[i], lines[i], strlen(lines[i]));
}

static struct gaps read_whole(size_t n)
{
	struct gaps_reading whole;

	gaps_begin(&whole);
	follow(&whole, 0, n);
	return whole.found;
}

static void expect_same(const struct gaps *a, const struct gaps *b, size_t cut)
{
	cr_expect_arr_eq(a->n, b->n, sizeof(a->n), "cut at %zu", cut);
	cr_expect_arr_eq(a->total_us, b->total_us, sizeof(a->total_us), "cut at %zu", cut);
	cr_assert_eq(a->n_listed, b->n_listed, "cut at %zu", cut);
	for (size_t i = 0; i < a->n_listed; i++) {
		cr_expect_eq(a->listed[i].seq, b->listed[i].seq, "cut at %zu", cut);
		cr_expect_eq(a->listed[i].cause, b->listed[i].cause, "cut at %zu", cut);
	}
}

/* The same in every pair of parts, which gaps_join() puts together. */
static struct gaps read_gaps(const struct entry *entries, size_t n)
{
	struct gaps whole;

	write_lines(entries, n);
	whole = read_whole(n);
	for (size_t cut = 0; cut <= n; cut++) {
		struct gaps_reading joined;
		struct gaps_reading parts[2] = { 0 };

		gaps_begin(&joined);
		follow(&parts[0], 0, cut);
		follow(&parts[1], cut, n);
		gaps_join(&joined, &parts[0]);
		gaps_join(&joined, &parts[1]);
		expect_same(&whole, &joined.found, cut);
	}
	return whole;
}

#define READ(entries) read_gaps(entries, sizeof(entries) / sizeof((entries)[0]))

Test(gaps, heartbeats_leave_none)
{
	static const struct entry entries[] = { { "log.start", NULL, 'a', 0 },
						{ "log.heartbeat", NULL, 'a', 10 },
						{ "device.block", NULL, 'a', 12 },
						{ "log.heartbeat", NULL, 'a', 20 } };
	struct gaps gaps = READ(entries);

	cr_expect_eq(gaps.n_listed, 0);
}

Test(gaps, a_missing_heartbeat)
{
	static const struct entry entries[] = { { "log.start", NULL, 'a', 0 },
						{ "log.heartbeat", NULL, 'a', 10 },
						{ "log.heartbeat", NULL, 'a', 26 } };
	struct gaps gaps = READ(entries);

	cr_assert_eq(gaps.n_listed, 1);
	cr_expect_eq(gaps.listed[0].seq, 1);
	cr_expect_eq(gaps.listed[0].cause, GAP_UNEXPLAINED);
	cr_expect_eq(gaps.total_us[GAP_UNEXPLAINED], 16 * MINUTE);
}

Test(gaps, shut_down_and_not)
{
	static const struct entry entries[] = {
		{ "log.start", NULL, 'a', 0 },       { "log.stop", "shutdown", 'a', 5 },
		{ "log.epoch", "shutdown", 'a', 5 }, { "log.start", NULL, 'b', 6 },
		{ "device.block", NULL, 'b', 7 },    { "log.start", NULL, 'c', 100 }
	};
	struct gaps gaps = READ(entries);

	cr_assert_eq(gaps.n_listed, 2);
	cr_expect_eq(gaps.listed[0].cause, GAP_SHUTDOWN);
	cr_expect_eq(gaps.listed[0].seq, 2);
	cr_expect_eq(gaps.listed[1].cause, GAP_UNEXPLAINED);
	cr_expect_eq(gaps.listed[1].seq, 4);
}

/* Asleep until it woke, whatever was still said before; but a flat battery is no sleep. */
Test(gaps, asleep)
{
	static const struct entry entries[] = {
		{ "system.suspend", NULL, 'a', 0 },   { "device.remove", NULL, 'a', 0 },
		{ "system.resume", NULL, 'a', 600 },  { "log.heartbeat", NULL, 'a', 650 },
		{ "system.suspend", NULL, 'a', 655 }, { "log.start", NULL, 'b', 900 }
	};
	struct gaps gaps = READ(entries);

	cr_assert_eq(gaps.n_listed, 3);
	cr_expect_eq(gaps.listed[0].cause, GAP_SUSPEND);
	cr_expect_eq(gaps.listed[1].cause, GAP_UNEXPLAINED);
	cr_expect_eq(gaps.listed[2].cause, GAP_UNEXPLAINED);
}

Test(gaps, the_daemon_was_restarted)
{
	static const struct entry entries[] = { { "log.stop", "restart", 'a', 0 },
						{ "log.start", NULL, 'a', 1 },
						{ "log.stop", "restart", 'a', 2 },
						{ "log.start", NULL, 'a', 40 },
						{ "device.block", NULL, 'a', 80 } };
	struct gaps gaps = READ(entries);

	cr_assert_eq(gaps.n_listed, 2);
	cr_expect_eq(gaps.listed[0].cause, GAP_RESTART);
	cr_expect_eq(gaps.listed[1].cause, GAP_UNEXPLAINED, "it explains one, not two");
}

/* A reason in some other text is not a reason. */
Test(gaps, nobody_but_the_log_says_that_it_stops)
{
	static const struct entry entries[] = { { "device.block", "shutdown", 'a', 0 },
						{ "log.start", NULL, 'b', 1 } };
	struct gaps gaps = READ(entries);

	cr_assert_eq(gaps.n_listed, 1);
	cr_expect_eq(gaps.listed[0].cause, GAP_UNEXPLAINED);
}

Test(gaps, the_longest_are_listed)
{
	struct entry entries[LINES_MAX];
	struct gaps gaps;

	for (int64_t i = 0; i < LINES_MAX; i++)
		entries[i] = (struct entry){ "device.block", NULL, 'a', i * i * 20 };
	gaps = read_gaps(entries, LINES_MAX);
	cr_expect_eq(gaps.n[GAP_UNEXPLAINED], LINES_MAX - 1);
	cr_assert_eq(gaps.n_listed, GAPS_LISTED);
	for (size_t i = 0; i < GAPS_LISTED; i++)
		cr_expect_eq(gaps.listed[i].seq, LINES_MAX - 1 - GAPS_LISTED + i);
}
