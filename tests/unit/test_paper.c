/* SPDX-License-Identifier: Apache-2.0 */

/* Codes on paper: their symbols, envelopes, recovery codes, and a disk that fails. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "mfa/envelopes.h"
#include "mfa/recovery.h"
#include "mfa/slots.h"

static char dir[] = "/tmp/sekisho-paper-XXXXXX";
static int dir_fd = -1;
static const uint8_t key[MFA_KEY_LEN] = { 7 };
static struct err err;
static int failing; /* errno of every sync, 0: they work */

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);

int __wrap_fdatasync(int fd)
{
	errno = failing;
	return failing ? -1 : __real_fdatasync(fd);
}

static void begin(void)
{
	cr_assert(sodium_init() >= 0);
	cr_assert(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert(dir_fd >= 0);
}

static void end(void)
{
	cleanup_closedir DIR *files = file_list(dir_fd, ".");
	const struct dirent *entry;

	while (files && (entry = readdir(files)))
		(void)unlinkat(dir_fd, entry->d_name, 0);
	(void)close(dir_fd);
	(void)rmdir(dir);
}

Test(paper, symbols_tell_one_wrong_and_any_two_swapped)
{
	static const size_t lengths[] = { 8, 13, 16 };
	char drawn[SYMBOLS_SIZE], typed[SYMBOLS_SIZE], read[SYMBOLS_SIZE];

	for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
		symbols_draw(lengths[l], true, drawn);
		cr_expect_eq(symbols_read(drawn, lengths[l], true, read), SYMBOLS_WHOLE);
		cr_expect_str_eq(read, drawn);
		for (size_t i = 0; i < strlen(drawn); i++) {
			for (const char *c = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; *c; c++) {
				strcpy(typed, drawn);
				typed[i] = *c;
				if (drawn[i] == '-' || drawn[i] == *c)
					continue;
				cr_expect_eq(symbols_read(typed, lengths[l], false, read),
					     SYMBOLS_MISTYPED);
			}
			for (size_t j = 0; j < i; j++) {
				strcpy(typed, drawn);
				typed[i] = drawn[j];
				typed[j] = drawn[i];
				if (drawn[i] == '-' || drawn[j] == '-' || drawn[i] == drawn[j])
					continue;
				cr_expect_eq(symbols_read(typed, lengths[l], false, read),
					     SYMBOLS_MISTYPED);
			}
		}
	}
	cr_expect_eq(symbols_read("0000-0000-0000-0000", 16, true, read), SYMBOLS_OTHER);
	cr_expect_eq(symbols_read("0000-0000-0000-0000", 16, false, read), SYMBOLS_WHOLE);
	cr_expect_eq(symbols_read("UUUU-0000-0000-0000", 16, true, read), SYMBOLS_OTHER);
	cr_expect_eq(symbols_read("", 16, true, read), SYMBOLS_OTHER);
}

static int try(struct envelopes *envelopes, const char *code, int64_t boot_s)
{
	const struct throttle_now now = { .boot = "one", .boot_us = boot_s * CLOCK_US_PER_SEC };

	return envelopes_try(envelopes, code, "sato", 1800000000, &now);
}

Test(paper, an_envelope_is_spent_once, .init = begin, .fini = end)
{
	char codes[2][SYMBOLS_SIZE];
	struct envelopes envelopes;

	cr_assert(envelopes_make(2, &envelopes, codes));
	cr_expect_eq(try(&envelopes, "0000-0000-0000-000A", 0), -ENOENT);
	cr_expect_eq(try(&envelopes, codes[1], 0), 1);
	cr_expect_eq(envelopes.list[1].state, ENVELOPE_UNLOGGED);
	cr_expect_str_eq(envelopes.list[1].user, "sato");
	cr_expect_eq(try(&envelopes, codes[1], 0), -ENOENT);
	cr_expect_eq(try(&envelopes, codes[0], 0), 0);
}

Test(paper, guesses_wait_but_never_for_good, .init = begin, .fini = end)
{
	char codes[1][SYMBOLS_SIZE];
	struct envelopes envelopes;
	int64_t boot_s = 0;

	cr_assert(envelopes_make(1, &envelopes, codes));
	for (uint32_t i = 1; i <= 6; i++, boot_s += 3600) {
		cr_expect_eq(try(&envelopes, "0000-0000-0000-000A", boot_s), -ENOENT, "%u", i);
		cr_expect(i < 5 || try(&envelopes, codes[0], boot_s) == -EAGAIN, "%u", i);
	}
	envelopes.throttle.failures = THROTTLE_STOP - 3;
	for (uint32_t i = 1; i <= 6; i++, boot_s += 3600)
		cr_expect_eq(try(&envelopes, "0000-0000-0000-000A", boot_s), -ENOENT, "%u", i);
	cr_expect_eq(try(&envelopes, codes[0], boot_s), 0);
}

Test(paper, recovery_codes_are_one_users_and_good_once, .init = begin, .fini = end)
{
	char codes[RECOVERY_CODES][SYMBOLS_SIZE];
	unsigned int left = 0;

	cr_expect_eq(recovery_count(dir_fd, key, "sato", &left, &err), -ENOENT);
	cr_assert_eq(recovery_make(dir_fd, key, "sato", codes, &err), 0, "%s", err.text);
	for (unsigned int i = 0; i < RECOVERY_CODES; i++) {
		cr_expect_eq(recovery_use(dir_fd, key, "suzuki", codes[i], &left, &err), -ENOENT);
		cr_expect_eq(recovery_use(dir_fd, key, "sato", codes[i], &left, &err), 0);
		cr_expect_eq(left, RECOVERY_CODES - 1 - i);
		cr_expect_eq(recovery_use(dir_fd, key, "sato", codes[i], &left, &err), -ENOENT);
	}
	cr_assert_eq(recovery_make(dir_fd, key, "sato", codes, &err), 0);
	cr_assert_eq(recovery_end(dir_fd, key, "sato", &err), 1);
	cr_assert_eq(recovery_end(dir_fd, key, "sato", &err), 0, "none is no error");
	cr_expect_eq(recovery_use(dir_fd, key, "sato", codes[0], &left, &err), -ENOENT);
}

Test(paper, what_is_not_durable_is_no_success, .init = begin, .fini = end)
{
	char codes[RECOVERY_CODES][SYMBOLS_SIZE];
	unsigned int left = 0;

	cr_assert_eq(recovery_make(dir_fd, key, "sato", codes, &err), 0);
	failing = EIO;
	cr_expect_eq(recovery_use(dir_fd, key, "sato", codes[0], &left, &err), -EIO);
	failing = 0;
}

static void scribble(const char *name, off_t offset)
{
	cleanup_close int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);

	cr_assert_eq(pwrite(fd, "torn", 4, offset), 4);
}

Test(paper, a_torn_slot_costs_only_itself, .init = begin, .fini = end)
{
	uint64_t number = 1;
	struct slots_state state = { .state = &number };
	struct slots slots = {
		.dir_fd = dir_fd, .name = "slots", .key = key, .size = sizeof(number)
	};

	cr_expect_eq(slots_read(&slots, &state, &err), -ENOENT);
	cr_assert_eq(slots_create(&slots, &state, &err), 0);
	number = 2;
	cr_assert_eq(slots_write(&slots, &state, &err), 0);
	scribble("slots", 20); /* of generation 2 */
	cr_assert_eq(slots_read(&slots, &state, &err), 0);
	cr_expect_eq(number, 1);
	scribble("slots", 4096 + 20);
	cr_expect_eq(slots_read(&slots, &state, &err), -EBADMSG);
	cr_assert_eq(slots_create(&slots, &state, &err), 0);
	cr_assert_eq(renameat(dir_fd, "slots", dir_fd, "others"), 0);
	slots.name = "others";
	cr_expect_eq(slots_read(&slots, &state, &err), -EBADMSG, "another's file");
}
