/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A log as a terminal would have it after a long time, with times that are made
 * up: log_make DIR ENTRIES SEGMENT_BYTES FIRST_SEC STEP_MS
 */

#include "audit/writer.h"
#include "core/err.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#define N_USERS 40
#define N_DEVICES 150
#define BATCH 64

static int64_t wall_us;
static int64_t boot_us = 1;
static int64_t step_us;

static int64_t next_wall(void *ctx)
{
	(void)ctx;
	boot_us += step_us;
	return wall_us += step_us;
}

static int64_t next_boot(void *ctx)
{
	(void)ctx;
	return boot_us;
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

static int fill(struct writer *writer, uint64_t n, struct err *err)
{
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		rc = draw(2) ? add_device(writer, err) : add_login(writer, err);
		if (rc == 0 && (i % BATCH == BATCH - 1 || i + 1 == n))
			rc = writer_commit(writer, err);
		if (rc == 0 && i % BATCH == BATCH - 1)
			rc = writer_tend(writer, err);
	}
	return rc;
}

int main(int argc, char *argv[])
{
	struct writer_options options = {
		.terminal_id = "test",
		.clock = { .wall_us = next_wall, .boot_us = next_boot },
	};
	cleanup_writer struct writer *writer = NULL;
	struct err err = { 0 };

	if (argc != 6 || sodium_init() < 0)
		return EXIT_FAILURE;
	options.dir = argv[1];
	options.segment_max = strtoull(argv[3], NULL, 10);
	wall_us = strtoll(argv[4], NULL, 10) * CLOCK_US_PER_SEC;
	step_us = strtoll(argv[5], NULL, 10) * 1000;
	if (writer_open(&options, &writer, &err) < 0 ||
	    fill(writer, strtoull(argv[2], NULL, 10), &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
