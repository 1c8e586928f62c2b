/* SPDX-License-Identifier: Apache-2.0 */

/* Places for challenges: kept, torn, given to the next, and when the disk fails. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/err.h"
#include "mfa/challenges.h"

static char dir[] = "/tmp/sekisho-challenges-XXXXXX";
static const uint8_t key[MFA_KEY_LEN] = { 7 };
static struct err err;
static int failing; /* errno of every write, 0: they work */
static int short_by;

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset);

int __wrap_fdatasync(int fd)
{
	errno = failing;
	return failing ? -1 : __real_fdatasync(fd);
}

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
	return __real_pwrite64(fd, bytes, len - (size_t)short_by, offset);
}

static void make_folder(void)
{
	cr_assert(sodium_init() >= 0);
	cr_assert(mkdtemp(dir));
}

static void remove_folder(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/" CHALLENGES_FILE, dir);
	(void)unlink(path);
	(void)rmdir(dir);
}

static struct challenges *open_again(struct challenges *challenges)
{
	struct challenges *ret = NULL;

	challenges_free(challenges);
	cr_assert_eq(challenges_open(dir, key, &ret, &err), 0, "%s", err.text);
	return ret;
}

static const struct elapsed_now at = { .wall_s = 1800000000 };

static struct challenge *ask(struct challenges *challenges, const char *user)
{
	struct challenge *place = challenges_place(challenges, TEMPORARY_LOGIN, user, &at);

	if (place) {
		temporary_begin(&place->state, "7K3M-9QPS", &at);
		cr_assert_eq(challenges_save(challenges, place, &err), 0, "%s", err.text);
	}
	return place;
}

static void scribble(off_t offset)
{
	char path[64];
	cleanup_close int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/" CHALLENGES_FILE, dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	cr_assert_eq(__real_pwrite64(fd, "torn", 4, offset), 4);
}

Test(challenges, are_kept, .init = make_folder, .fini = remove_folder)
{
	cleanup_challenges struct challenges *challenges = open_again(NULL);

	cr_expect_null(challenges_find(challenges, TEMPORARY_LOGIN, "sato"));
	cr_assert(ask(challenges, "sato"));
	cr_assert(ask(challenges, "suzuki"));
	challenges = open_again(challenges);
	cr_assert(challenges_find(challenges, TEMPORARY_LOGIN, "sato"));
	cr_expect_str_eq(challenges_find(challenges, TEMPORARY_LOGIN, "suzuki")->state.challenge,
			 "7K3M-9QPS");
	cr_expect_null(challenges_find(challenges, TEMPORARY_LOGIN, "sat"));
}

Test(challenges, a_torn_write_costs_only_itself, .init = make_folder, .fini = remove_folder)
{
	cleanup_challenges struct challenges *challenges = open_again(NULL);
	struct challenge *place = ask(challenges, "sato");

	place->state.left = 3;
	cr_assert_eq(challenges_save(challenges, place, &err), 0);
	scribble(100); /* the slot of even generations */
	challenges = open_again(challenges);
	cr_assert(challenges_find(challenges, TEMPORARY_LOGIN, "sato"));
	cr_expect_eq(challenges_find(challenges, TEMPORARY_LOGIN, "sato")->state.left, 0);
	scribble(4096 + 100);
	challenges = open_again(challenges);
	cr_expect_null(challenges_find(challenges, TEMPORARY_LOGIN, "sato"));
	cr_expect_eq(challenges_damaged(challenges), 1);
	cr_assert(ask(challenges, "sato"));
	challenges = open_again(challenges);
	cr_expect_eq(challenges_damaged(challenges), 1, "the damaged place was used");
}

Test(challenges, a_place_cannot_be_moved_or_kept_by_another_key, .init = make_folder,
     .fini = remove_folder)
{
	static const uint8_t other[MFA_KEY_LEN] = { 8 };
	cleanup_challenges struct challenges *challenges = open_again(NULL);
	cleanup_challenges struct challenges *stranger = NULL;
	char path[64], place[8192];
	cleanup_close int fd = -1;

	cr_assert(ask(challenges, "sato"));
	(void)snprintf(path, sizeof(path), "%s/" CHALLENGES_FILE, dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	cr_assert_eq(pread(fd, place, sizeof(place), 0), (ssize_t)sizeof(place));
	cr_assert_eq(__real_pwrite64(fd, place, sizeof(place), sizeof(place)),
		     (ssize_t)sizeof(place));
	challenges = open_again(challenges);
	cr_expect_eq(challenges_damaged(challenges), 1);
	cr_assert_eq(challenges_open(dir, other, &stranger, &err), 0);
	cr_expect_null(challenges_find(stranger, TEMPORARY_LOGIN, "sato"));
	cr_expect_eq(challenges_damaged(stranger), 2);
}

Test(challenges, what_is_over_makes_room_and_what_is_not_does_not, .init = make_folder,
     .fini = remove_folder)
{
	cleanup_challenges struct challenges *challenges = open_again(NULL);
	char user[16];

	for (int i = 0; i < CHALLENGES_MAX; i++) {
		(void)snprintf(user, sizeof(user), "user%d", i);
		cr_assert(ask(challenges, user));
	}
	cr_expect_null(ask(challenges, "sato"), "somebody's was taken away");
	cr_expect(ask(challenges, "user7"), "his own");
	challenges_find(challenges, TEMPORARY_LOGIN, "user9")->state.challenge[0] = '\0';
	challenges_find(challenges, TEMPORARY_LOGIN, "user9")->state.throttle.wait_sec =
		THROTTLE_FOREVER;
	cr_expect_null(ask(challenges, "sato"), "a wait was forgotten");
	challenges_find(challenges, TEMPORARY_LOGIN, "user5")->state.challenge[0] = '\0';
	cr_expect(ask(challenges, "sato"));
	cr_expect_null(challenges_find(challenges, TEMPORARY_LOGIN, "user5"));
}

Test(challenges, one_for_each_purpose, .init = make_folder, .fini = remove_folder)
{
	cleanup_challenges struct challenges *challenges = open_again(NULL);
	struct challenge *login = ask(challenges, "sato");
	struct challenge *approval = challenges_place(challenges, TEMPORARY_APPROVAL, "sato", &at);

	cr_assert(approval);
	cr_assert_neq(approval, login);
	temporary_begin(&approval->state, "0000-0000", &at);
	approval->state.throttle.failures = 3;
	cr_assert_eq(challenges_save(challenges, approval, &err), 0);
	challenges = open_again(challenges);
	login = challenges_find(challenges, TEMPORARY_LOGIN, "sato");
	approval = challenges_find(challenges, TEMPORARY_APPROVAL, "sato");
	cr_expect_str_eq(login->state.challenge, "7K3M-9QPS");
	cr_expect_eq(login->state.throttle.failures, 0);
	cr_expect_str_eq(approval->state.challenge, "0000-0000");
	cr_expect_eq(approval->state.throttle.failures, 3);
}

Test(challenges, time_is_kept_while_it_matters, .init = make_folder, .fini = remove_folder)
{
	cleanup_challenges struct challenges *challenges = open_again(NULL);
	struct elapsed_now later = at;

	cr_assert(ask(challenges, "sato"));
	cr_expect_eq(challenges_pass(challenges, &at, &err), 1);
	later.boot_us = 100 * CLOCK_US_PER_SEC;
	cr_expect_eq(challenges_pass(challenges, &later, &err), 1);
	challenges = open_again(challenges);
	cr_expect_eq(challenges_find(challenges, TEMPORARY_LOGIN, "sato")->state.since.elapsed_us,
		     100 * CLOCK_US_PER_SEC);
	later.wall_s += 86400;
	cr_expect_eq(challenges_pass(challenges, &later, &err), 0);
}

Test(challenges, a_disk_that_fails_is_told, .init = make_folder, .fini = remove_folder)
{
	cleanup_challenges struct challenges *challenges = open_again(NULL);
	struct challenge *place = ask(challenges, "sato");

	failing = EIO;
	cr_expect_eq(challenges_save(challenges, place, &err), -EIO);
	failing = 0;
	short_by = 1;
	cr_expect_eq(challenges_save(challenges, place, &err), -EIO);
	short_by = 0;
	cr_expect_eq(challenges_save(challenges, place, &err), 0);
}

Test(challenges, another_file_is_not_taken_for_it, .init = make_folder, .fini = remove_folder)
{
	struct challenges *challenges = NULL;
	char path[64];
	cleanup_fclose FILE *file = NULL;

	(void)snprintf(path, sizeof(path), "%s/" CHALLENGES_FILE, dir);
	file = fopen(path, "we");
	cr_assert(file);
	cr_assert_eq(fchmod(fileno(file), 0600), 0);
	fputs("something else", file);
	(void)fflush(file);
	cr_expect_eq(challenges_open(dir, key, &challenges, &err), -EBADMSG);
	cr_assert_eq(chmod(path, 0666), 0);
	cr_expect_eq(challenges_open(dir, key, &challenges, &err), -EPERM);
}
