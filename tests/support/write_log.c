/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A log of its own making, years long in a moment:
 *
 *	write_log DIR COUNT PER_COMMIT SEGMENT_BYTES SECOND STEP
 *
 * COUNT entries, PER_COMMIT to a commit, the first at SECOND since 1970 and
 * each other STEP seconds later.  Called again it goes on.
 */

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "audit/writer.h"
#include "core/err.h"

#define ARGUMENTS 7

static int64_t now_us;

static int64_t read_clock(void *ctx)
{
	(void)ctx;
	return now_us;
}

static int64_t number(const char *text)
{
	return strtoll(text, NULL, 10);
}

static int fail(const struct err *err)
{
	fprintf(stderr, "write_log: %s\n", err->text);
	return EXIT_FAILURE;
}

static int add(struct writer *writer, int64_t i, struct err *err)
{
	char detail[64];
	const struct audit_field field = { "detail", detail };
	struct record event = { .type = "admin.action", .fields = &field, .n_fields = 1 };
	uint64_t seq;

	(void)snprintf(detail, sizeof(detail), "step %" PRId64 " \xe6\x97\xa5\xe6\x9c\xac", i);
	return writer_add(writer, &event, &seq, err);
}

int main(int argc, char *argv[])
{
	cleanup_writer struct writer *writer = NULL;
	struct writer_options options = {
		.terminal_id = "test",
		.clock = { .wall_us = read_clock, .boot_us = read_clock },
	};
	struct err err = { 0 };
	int rc = 0;

	if (argc != ARGUMENTS || sodium_init() < 0)
		return EXIT_FAILURE;
	options.dir = argv[1];
	options.segment_max = (uint64_t)number(argv[4]);
	now_us = number(argv[5]) * CLOCK_US_PER_SEC;
	if (writer_open(&options, &writer, &err) < 0)
		return fail(&err);
	for (int64_t i = 0; rc == 0 && i < number(argv[2]); i++) {
		rc = add(writer, i, &err);
		now_us += number(argv[6]) * CLOCK_US_PER_SEC;
		if (rc == 0 && (i + 1) % number(argv[3]) == 0)
			rc = writer_commit(writer, &err);
		if (rc == 0 && writer_is_empty(writer))
			rc = writer_tend(writer, &err);
	}
	if (rc == 0)
		rc = writer_commit(writer, &err);
	return rc < 0 ? fail(&err) : EXIT_SUCCESS;
}
