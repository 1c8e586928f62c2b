/* SPDX-License-Identifier: Apache-2.0 */

/* Who sits there, from files as logind writes them and users that the test makes up. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/seat.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"

#define ALICE 1001
#define BOB 1002
#define GDM 117
#define ALICE_SITS "# This is private data. Do not parse.\nIS_SEAT0=1\nACTIVE=2\nACTIVE_UID=1001\n"
#define NOBODY_SITS "# This is private data. Do not parse.\nIS_SEAT0=1\nCAN_TTY=1\n"

static char root[64];
static struct loop loop;
static struct loop_timer limit;
static struct seat seat;
static int changes;

/* Linked with --wrap: what NSS would say. */
static int lookups;
static int lookup_error;
static const char *alice = "alice";
static gid_t alices_groups[200];
static int n_alices_groups;

int __wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *room, size_t size,
		      struct passwd **ret);
int __wrap_getgrouplist(const char *user, gid_t primary, gid_t *groups, int *n);
int __wrap_getgrgid_r(gid_t gid, struct group *entry, char *room, size_t size, struct group **ret);

int __wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *room, size_t size, struct passwd **ret)
{
	lookups++;
	*ret = NULL;
	if (lookup_error != 0 || (uid != ALICE && uid != BOB && uid != GDM))
		return lookup_error;
	(void)snprintf(room, size, "%s", uid == ALICE ? alice : uid == BOB ? "bob" : "gdm");
	*entry = (struct passwd){ .pw_name = room, .pw_uid = uid, .pw_gid = uid };
	*ret = entry;
	return 0;
}

/* As in glibc: the first ones are given also when there are more than fit. */
int __wrap_getgrouplist(const char *user, gid_t primary, gid_t *groups, int *n)
{
	int total = 1 + (strcmp(user, "alice") == 0 ? n_alices_groups : 0);
	int room = *n;

	for (int i = 0; i < total && i < room; i++)
		groups[i] = i == 0 ? primary : alices_groups[i - 1];
	*n = total;
	return total > room ? -1 : total;
}

/* 50 has no name, 51 one that is too long. */
int __wrap_getgrgid_r(gid_t gid, struct group *entry, char *room, size_t size, struct group **ret)
{
	*ret = NULL;
	if (gid == 50)
		return 0;
	(void)snprintf(room, size, "group%0*u", gid == 51 ? 60 : 1, gid);
	*entry = (struct group){ .gr_name = room, .gr_gid = gid };
	*ret = entry;
	return 0;
}

static void write_bytes(const char *name, const void *bytes, size_t len)
{
	struct err err = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	cr_assert_eq(file_replace(AT_FDCWD, path, bytes, len, 0644, &err), 0, "%s", err.text);
}

static void write_text(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static void run_command(const char *format)
{
	char command[256];

	(void)snprintf(command, sizeof(command), format, root, root, root, root);
	cr_assert_eq(system(command), 0, "%s", command);
}

static void limit_expired(struct loop_timer *timer)
{
	(void)timer;
	loop_stop(&loop);
}

static void seat_changed(struct seat *of)
{
	cr_assert_eq(of, &seat);
	changes++;
	loop_stop(&loop);
}

static void sessions_changed(struct seat *of)
{
	cr_assert_eq(of, &seat);
}

/* Until something changes, or the time is over.  Return: how often it has changed. */
static int changes_within(int64_t us)
{
	struct err err = { 0 };

	changes = 0;
	loop_timer_set(&limit, us);
	cr_assert_eq(loop_run(&loop, &err), 0, "%s", err.text);
	return changes;
}

static void start(void)
{
	struct err err = { 0 };

	cr_assert_eq(seat_init(&seat, &loop, root, &err), 0, "%s", err.text);
	seat.changed = seat_changed;
	seat.sessions_changed = sessions_changed;
}

static void make_terminal(void)
{
	struct err err = { 0 };

	(void)snprintf(root, sizeof(root), "/tmp/sekisho-seat-%d", getpid());
	run_command("mkdir %s %s/seats");
	run_command("mkdir %s/sessions");
	write_text("sessions/2", "UID=1001\nUSER=alice\nACTIVE=1\nCLASS=user\nSEAT=seat0\n");
	write_text("sessions/3", "CLASS=user-early\nUID=1002\n");
	write_text("sessions/c1", "CLASS=greeter\nUID=117\n");
	cr_assert_eq(loop_init(&loop, &err), 0);
	cr_assert_eq(loop_timer_init(&loop, &limit, limit_expired, &err), 0);
	seat = (struct seat){ .source.fd = -1, .again.source.fd = -1 };
	alices_groups[0] = 27;
	alices_groups[1] = 100;
	n_alices_groups = 2;
}

static void remove_terminal(void)
{
	seat_deinit(&seat);
	loop_timer_deinit(&loop, &limit);
	loop_deinit(&loop);
	run_command("rm -r %s");
}

TestSuite(seat, .init = make_terminal, .fini = remove_terminal, .timeout = 20);

Test(seat, a_user_and_her_groups)
{
	write_text("seats/seat0", ALICE_SITS);
	start();
	cr_assert(seat.known, "%s", seat.detail);
	cr_expect_str_eq(seat.user, "alice");
	cr_expect_eq(seat.uid, ALICE);
	cr_assert_eq(seat.n_groups, 3);
	cr_expect_str_eq(seat.groups[0], "group100");
	cr_expect_str_eq(seat.groups[1], "group1001");
	cr_expect_str_eq(seat.groups[2], "group27");
	cr_expect(seat.groups_complete);
}

static void expect_nobody(void)
{
	cr_expect(seat.known, "%s", seat.detail);
	cr_expect_str_eq(seat.user, "");
	cr_expect_eq(seat.uid, (uid_t)-1);
	cr_expect_eq(seat.n_groups, 0);
}

static void expect_unknown(void)
{
	cr_expect(!seat.known);
	cr_expect_str_eq(seat.user, "");
	cr_expect_eq(seat.uid, (uid_t)-1);
	cr_expect_eq(seat.n_groups, 0);
	cr_expect_str_neq(seat.detail, "");
}

Test(seat, nobody)
{
	static const char *const texts[] = {
		NOBODY_SITS, "IS_SEAT0=1\nACTIVE=\nACTIVE_UID=\n",
		"IS_SEAT0=1\nACTIVE=c1\nACTIVE_UID=117\n", /* the greeter */
		"IS_SEAT0=1\nACTIVE=9\nACTIVE_UID=1001\n", /* has no file */
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_text("seats/seat0", texts[i]);
		start();
		expect_nobody();
		cr_expect_eq(lookups, 0, "case %zu: the greeter's user was looked up", i);
		seat_deinit(&seat);
	}
	write_text("sessions/2", "CLASS=lock-screen\n");
	write_text("seats/seat0", ALICE_SITS);
	start();
	expect_nobody();
}

Test(seat, garbage_is_not_known)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"# a comment alone\n",
		"no equals sign\nACTIVE=2\nACTIVE_UID=1001\n",
		"=2\nACTIVE=2\nACTIVE_UID=1001\n",
		"ACTIVE=2\n",
		"ACTIVE_UID=1001\n",
		"ACTIVE=2\nACTIVE_UID=x\n",
		"ACTIVE=2\nACTIVE_UID=-1\n",
		"ACTIVE=2\nACTIVE_UID=4294967295\n",
		"ACTIVE=2\nACTIVE_UID=4294968297\n",
		"ACTIVE=2\nACTIVE_UID=1001\nACTIVE_UID=1002\n",
		"ACTIVE=../sessions/2\nACTIVE_UID=1001\n",
		"ACTIVE=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nACTIVE_UID=1001\n",
		"ACTIVE=2\nACTIVE_UID=4321\n", /* nobody of that name */
		"\177ELF\x02\x01\n",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_text("seats/seat0", texts[i]);
		start();
		cr_expect(!seat.known, "case %zu", i);
		expect_unknown();
		seat_deinit(&seat);
	}
}

Test(seat, garbage_in_the_session_is_not_known)
{
	static const char *const texts[] = {
		"",
		"CLASS\n",
		"UID=1001\n",
		"CLASS=\n",
		"CLASS=users\n",
		"CLASS=background\n",
		/* a value that the user chose, with a line break in it */
		"CLASS=user\nDESKTOP=x\nCLASS=greeter\n",
	};

	write_text("seats/seat0", ALICE_SITS);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		write_text("sessions/2", texts[i]);
		start();
		cr_expect(!seat.known, "case %zu", i);
		expect_unknown();
		seat_deinit(&seat);
	}
}

Test(seat, bytes_that_are_no_text)
{
	static const char nul[] = "IS_SEAT0=1\nACTIVE=2\0\nACTIVE_UID=1001\n";
	static const char late[] = "IS_SEAT0=1\n\0ACTIVE=2\nACTIVE_UID=1001\n";
	static char huge[1024 * 1024];

	write_bytes("seats/seat0", nul, sizeof(nul) - 1);
	start();
	expect_unknown();
	write_bytes("seats/seat0", late, sizeof(late) - 1);
	seat_refresh(&seat);
	expect_unknown();
	memset(huge, '\n', sizeof(huge));
	memcpy(huge, ALICE_SITS, strlen(ALICE_SITS));
	write_bytes("seats/seat0", huge, sizeof(huge));
	seat_refresh(&seat);
	expect_unknown();
	write_bytes("seats/seat0", huge, SEAT_FILE_MAX);
	seat_refresh(&seat);
	cr_expect_str_eq(seat.user, "alice", "%s", seat.detail);
}

Test(seat, no_newline_at_the_end)
{
	write_text("seats/seat0", "IS_SEAT0=1\nACTIVE=3\nACTIVE_UID=1002");
	write_text("sessions/3", "CLASS=user");
	start();
	cr_expect_str_eq(seat.user, "bob", "%s", seat.detail);
}

Test(seat, files_that_others_could_write_are_not_believed)
{
	write_text("seats/seat0", ALICE_SITS);
	run_command("chmod 666 %s/seats/seat0");
	start();
	expect_unknown();
	run_command("chmod 644 %s/seats/seat0; mv %s/sessions/2 %s/sessions/real");
	run_command("ln -s real %s/sessions/2");
	seat_refresh(&seat);
	expect_unknown();
	run_command("rm %s/sessions/2; mkfifo %s/sessions/2");
	seat_refresh(&seat);
	expect_unknown();
}

Test(seat, changes_are_seen)
{
	write_text("seats/seat0", NOBODY_SITS);
	start();
	expect_nobody();

	write_text("seats/seat0", ALICE_SITS);
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	cr_expect_str_eq(seat.user, "alice");

	write_text("seats/seat0", "IS_SEAT0=1\nACTIVE=3\nACTIVE_UID=1002\n");
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	cr_expect_str_eq(seat.user, "bob");
	cr_expect_eq(seat.n_groups, 1, "groups were inherited");

	write_text("seats/seat0", "IS_SEAT0=1\nACTIVE=c1\nACTIVE_UID=117\n");
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	expect_nobody();

	run_command("rm %s/seats/seat0");
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	expect_unknown();
}

/* logind may write the session after the seat, and remove it before. */
Test(seat, a_session_that_comes_late_and_goes_early)
{
	run_command("mv %s/sessions/2 %s/late");
	write_text("seats/seat0", ALICE_SITS);
	start();
	expect_nobody();
	run_command("mv %s/late %s/sessions/2");
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	cr_expect_str_eq(seat.user, "alice");
	run_command("rm %s/sessions/2");
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	expect_nobody();
	run_command("cp %s/sessions/3 %s/late; ln %s/late %s/sessions/2");
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	cr_expect_str_eq(seat.user, "alice");
}

Test(seat, a_session_lives_until_it_closes)
{
	start();
	cr_expect(seat_session_lives(&seat, "2"));
	write_text("sessions/2", "CLASS=user\nSTATE=online\n");
	cr_expect(seat_session_lives(&seat, "2"));
	write_text("sessions/2", "no file of logind");
	cr_expect(seat_session_lives(&seat, "2"),
		  "nobody loses his files over what cannot be read");
	write_text("sessions/2", "CLASS=user\nSTATE=closing\n");
	cr_expect_not(seat_session_lives(&seat, "2"));
	run_command("rm %s/sessions/2");
	cr_expect_not(seat_session_lives(&seat, "2"));
}

Test(seat, the_same_user_again_is_no_change)
{
	write_text("seats/seat0", ALICE_SITS);
	start();
	cr_assert_eq(lookups, 1);
	write_text("seats/seat0", ALICE_SITS "SESSIONS=2 3\n");
	write_text("sessions/3", "CLASS=user\nSTATE=closing\n");
	cr_expect_eq(changes_within(CLOCK_US_PER_SEC / 3), 0);
	cr_expect_eq(lookups, 1, "names were looked up for nothing");

	write_text("sessions/7", "CLASS=user\n"); /* she has logged in once more */
	write_text("seats/seat0", "IS_SEAT0=1\nACTIVE=7\nACTIVE_UID=1001\n");
	cr_expect_eq(changes_within(CLOCK_US_PER_SEC / 3), 0);
	cr_expect_eq(lookups, 2);
	cr_expect_str_eq(seat.session, "7");

	alices_groups[0] = 100; /* in another order */
	alices_groups[1] = 27;
	seat_refresh(&seat);
	cr_expect_eq(changes, 0);
	alices_groups[1] = 28;
	seat_refresh(&seat);
	cr_expect_eq(changes, 1);
	cr_expect_str_eq(seat.groups[2], "group28");
}

Test(seat, groups_beyond_the_limit_are_left_out)
{
	n_alices_groups = 200;
	for (int i = 0; i < n_alices_groups; i++)
		alices_groups[i] = (gid_t)(2000 + i);
	write_text("seats/seat0", ALICE_SITS);
	start();
	cr_expect(seat.known);
	cr_expect_eq(seat.n_groups, SEAT_GROUPS_MAX);
	cr_expect(!seat.groups_complete);

	n_alices_groups = SEAT_GROUPS_MAX - 1;
	seat_refresh(&seat);
	cr_expect_eq(seat.n_groups, SEAT_GROUPS_MAX);
	cr_expect(seat.groups_complete);

	alices_groups[0] = 50;
	alices_groups[1] = 51;
	seat_refresh(&seat);
	cr_expect_eq(seat.n_groups, SEAT_GROUPS_MAX - 2);
	cr_expect(!seat.groups_complete);
}

Test(seat, a_name_that_cannot_be_had)
{
	write_text("seats/seat0", ALICE_SITS);
	lookup_error = EIO;
	start();
	expect_unknown();
	lookup_error = 0;
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1, "it was not tried again");
	cr_expect_str_eq(seat.user, "alice");

	alice = "a-name-of-sixty-four-bytes-which-is-one-more-than-there-is-room-";
	seat_refresh(&seat);
	expect_unknown();
	alice = "a-name-of-sixty-three-bytes-which-is-all-that-there-is-room-for";
	seat_refresh(&seat);
	cr_expect_str_eq(seat.user, alice);
	alice = "";
	seat_refresh(&seat);
	expect_unknown();
}

Test(seat, directories_that_come_go_and_are_replaced)
{
	write_text("seats/seat0", ALICE_SITS);
	run_command("mv %s %s.away");
	start();
	expect_unknown();
	run_command("mv %s.away %s");
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	cr_expect_str_eq(seat.user, "alice");

	run_command("mv %s/seats %s/old");
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	expect_unknown();
	run_command("mkdir %s/seats; chmod 755 %s/seats");
	write_text("seats/seat0", "IS_SEAT0=1\nACTIVE=3\nACTIVE_UID=1002\n");
	cr_expect_eq(changes_within(5 * CLOCK_US_PER_SEC), 1);
	cr_expect_str_eq(seat.user, "bob");
	write_text("seats/seat0", NOBODY_SITS);
	cr_expect_eq(changes_within(CLOCK_US_PER_SEC), 1, "the new directory is not watched");
	run_command("rm -r %s/seats");
	cr_expect_eq(changes_within(CLOCK_US_PER_SEC), 1);
	expect_unknown();
}
