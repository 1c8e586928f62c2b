/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The policy engine over RULES rules that allow STICKS sticks: loading, memory, and
 * one decision.
 *
 *   policy_engine FILE RULES STICKS DECISIONS	(these a multiple of 500)
 *
 * FILE holds the sticks in the order of their numbers, as tests/bench/run writes them.
 * Prints "load_ms resident_bytes_a_rule first_us second_us none_us"; the three times
 * are one decision for a stick of the first half, of the second half, and of no rule.
 * Processor time: what else the machine does is not counted.
 */

#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "policy/policy.h"

#define BATCH 500

static void stick(uint64_t number, struct policy_device *ret)
{
	*ret = (struct policy_device){ .bus = BUS_USB, .vid = 0x0951, .pid = 0x1666 };
	ret->n_interfaces = 1;
	ret->classes = ret->interfaces[0].classes = CLASS_STORAGE;
	(void)snprintf(ret->serial, sizeof(ret->serial), "SN%08llu", (unsigned long long)number);
}

static long resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long pages = 0;

	if (!file || fscanf(file, "%*s %ld", &pages) != 1)
		exit(1);
	(void)fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

/* Another device each time, so that no cache remembers the answer. */
static double decide_us(const struct policy *policy, uint64_t first, uint64_t n, uint64_t times,
			enum verdict expected)
{
	static struct policy_device devices[BATCH];
	const struct policy_circumstances at = { .zone = ZONE_LGWAN,
						 .now = policy_minute_of(2026, 11, 24, 9, 0),
						 .seat_known = true,
						 .user = "clerk" };
	struct policy_decision decision;
	uint64_t wrong = 0;
	int64_t begun_us, spent_us = 0;

	for (uint64_t done = 0; done < times; done += BATCH) {
		for (uint64_t i = 0; i < BATCH; i++)
			stick(first + (done + i) * 7919 % n, &devices[i]);
		begun_us = clock_read_us(CLOCK_PROCESS_CPUTIME_ID);
		for (uint64_t i = 0; i < BATCH; i++) {
			policy_decide(policy, &devices[i], 0, &at, &decision);
			wrong += decision.verdict != expected;
		}
		spent_us += clock_read_us(CLOCK_PROCESS_CPUTIME_ID) - begun_us;
	}
	if (wrong > 0) {
		(void)fprintf(stderr, "%llu unexpected verdicts\n", (unsigned long long)wrong);
		exit(1);
	}
	return (double)spent_us / (double)times;
}

int main(int argc, char **argv)
{
	cleanup_policy struct policy *policy = NULL;
	cleanup_diags struct diags diags = { 0 };
	cleanup_free char *text = NULL;
	struct err err = { 0 };
	uint64_t n, n_sticks, times;
	int64_t begun_us;
	long before;
	size_t len = 0;

	if (argc != 5)
		return 2;
	n = strtoull(argv[2], NULL, 10);
	n_sticks = strtoull(argv[3], NULL, 10);
	times = strtoull(argv[4], NULL, 10);
	before = resident_bytes();
	begun_us = clock_read_us(CLOCK_PROCESS_CPUTIME_ID);
	if (file_read_trusted(AT_FDCWD, argv[1], geteuid(), POLICY_BYTES_MAX, &text, &len, &err) <
		    0 ||
	    policy_load(&(struct policy_source){ .file = argv[1], .text = text, .len = len },
			&policy, &diags) < 0) {
		(void)diags_to_err(&diags, &err);
		(void)fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	printf("%.1f ", (double)(clock_read_us(CLOCK_PROCESS_CPUTIME_ID) - begun_us) / 1000);
	free(text);
	text = NULL;
	(void)malloc_trim(0); /* what is only used while reading is not kept */
	printf("%.1f ", (double)(resident_bytes() - before) / (double)n);
	printf("%.3f ", decide_us(policy, 0, n_sticks / 2, times, VERDICT_ALLOW));
	printf("%.3f ", decide_us(policy, n_sticks / 2, n_sticks / 2, times, VERDICT_ALLOW));
	printf("%.3f\n", decide_us(policy, n_sticks, n_sticks, times, VERDICT_BLOCK));
	return 0;
}
