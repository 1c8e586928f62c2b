/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A log as a terminal would have it after a long time, written by the real
 * writer in a moment, with times that are made up:
 *
 *	write_log DIR COUNT PER_COMMIT SEGMENT_BYTES SECOND STEP_MS [ROTATE]
 *
 * COUNT entries, PER_COMMIT to a commit, the first at SECOND since 1970 and each
 * other STEP_MS milliseconds later; after each ROTATE of them another identity key.
 * Called again it goes on.
 */

#include "audit/writer.h"
#include "core/err.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#define N_USERS 40
#define N_DEVICES 150
#define ARGUMENTS 7 /* and one that may be missing */

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

/* Nothing but what has to look different each time. */
static uint64_t draw(uint64_t n)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (state >> 33) % n;
}

static int add_device(struct writer *writer, struct err *err)
{
	uint64_t number = draw(N_DEVICES);
	bool blocked = draw(3) != 0;
	char serial[24];
	char pid[8];
	char user[16];
	uint64_t seq;

	(void)snprintf(serial, sizeof(serial), "60A44C41%08" PRIX64, number);
	(void)snprintf(pid, sizeof(pid), "%04" PRIx64, 0x5580 + number % 8);
	(void)snprintf(user, sizeof(user), "user%02" PRIu64, draw(N_USERS));
	return writer_add(writer,
			  &(struct record){
				  .type = blocked ? "device.block" : "device.read-only",
				  .fields =
					  (const struct audit_field[]){
						  { "verdict", blocked ? "block" : "read-only" },
						  { "vid", "0951" },
						  { "pid", pid },
						  { "serial", serial },
						  { "vendor", "Kingston" },
						  { "product", "DataTraveler 3.0" },
						  { "classes", "storage" },
						  { "interface", "0" },
						  { "interfaces", "0:storage" },
						  { "port", "1-4" },
						  { "user", user },
						  { "groups", "users" },
						  { "rule", blocked ? "default" : "tax-stick" },
						  { "policy", "9f3c51aa02b1c4d7" },
						  { "version", "7" },
						  { "zone", "mynumber" },
						  { "reason", blocked ? "not_registered" : "" },
					  },
				  .n_fields = 17,
			  },
			  &seq, err);
}

static int add_login(struct writer *writer, struct err *err)
{
	char user[16];
	uint64_t seq;

	(void)snprintf(user, sizeof(user), "user%02" PRIu64, draw(N_USERS));
	return writer_add(writer,
			  &(struct record){
				  .type = draw(9) ? "mfa.success" : "mfa.fail",
				  .uid = 990,
				  .fields = (const struct audit_field[]){ { "user", user },
									  { "service", "lightdm" },
									  { "tty", ":0" },
									  { "zone", "mynumber" } },
				  .n_fields = 4,
			  },
			  &seq, err);
}

static int add_step(struct writer *writer, int64_t i, struct err *err)
{
	char detail[64];
	const struct audit_field field = { "detail", detail };
	uint64_t seq;

	(void)snprintf(detail, sizeof(detail), "step %" PRId64 " \xe6\x97\xa5\xe6\x9c\xac", i);
	return writer_add(writer,
			  &(struct record){
				  .type = "admin.action", .fields = &field, .n_fields = 1 },
			  &seq, err);
}

static int add(struct writer *writer, int64_t i, struct err *err)
{
	if (i % 3 == 0)
		return add_step(writer, i, err);
	return draw(2) ? add_device(writer, err) : add_login(writer, err);
}

static int rotate(struct writer *writer, struct err *err)
{
	const struct record by = { 0 };
	char vkey[NOTE_VKEY_MAX];
	uint64_t seq;
	int rc = writer_add_identity(writer, &by, vkey, &seq, err);

	if (rc == 0)
		rc = writer_commit(writer, err);
	return rc < 0 ? rc : writer_switch_identity(writer, vkey, err);
}

static int fill(struct writer *writer, char *argv[], struct err *err)
{
	int64_t step_us = number(argv[6]) * 1000;
	int64_t n_to_rotate = argv[7] ? number(argv[7]) : INT64_MAX;
	int rc = 0;

	for (int64_t i = 0; rc == 0 && i < number(argv[2]); i++) {
		rc = add(writer, i, err);
		now_us += step_us;
		if (rc == 0 && ((i + 1) % number(argv[3]) == 0 || i + 1 == number(argv[2])))
			rc = writer_commit(writer, err);
		if (rc == 0 && (i + 1) % n_to_rotate == 0)
			rc = rotate(writer, err);
		if (rc == 0 && writer_is_empty(writer))
			rc = writer_tend(writer, err);
	}
	return rc;
}

int main(int argc, char *argv[])
{
	cleanup_writer struct writer *writer = NULL;
	struct writer_options options = {
		.terminal_id = "test",
		.clock = { .wall_us = read_clock, .boot_us = read_clock },
	};
	struct err err = { 0 };

	if ((argc != ARGUMENTS && argc != ARGUMENTS + 1) || sodium_init() < 0)
		return EXIT_FAILURE;
	options.dir = argv[1];
	options.segment_max = (uint64_t)number(argv[4]);
	now_us = number(argv[5]) * CLOCK_US_PER_SEC;
	if (writer_open(&options, &writer, &err) < 0 || fill(writer, argv, &err) < 0) {
		fprintf(stderr, "write_log: %s\n", err.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
