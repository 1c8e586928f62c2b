/* SPDX-License-Identifier: Apache-2.0 */

/* The agent's side of mounting, and the names that directories get. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/mount.h"
#include "core/err.h"
#include "ipc/client.h"
#include "ipc/connect.h"
#include "media/place.h"

static char path[64];
static struct loop loop;
static int n_done;
static int last_rc;
static struct ipc_media_mounted last;
static bool was_answered;

/* Answers with what was asked for, as far as it can be seen in an answer. */
static void answer(int fd, const struct ipc_media_mounted *wanted)
{
	union {
		struct ipc_header header;
		struct ipc_media_mount mount;
		struct ipc_media_unmount unmount;
	} request;
	struct ipc_media_mounted reply = *wanted;
	int passed = -1;
	ssize_t n = ipc_receive_fd(fd, &request, sizeof(request), &passed);

	reply.header = ipc_header(IPC_MEDIA_MOUNTED);
	if (n == sizeof(request.mount) && request.header.kind == IPC_MEDIA_UNLOCK)
		cr_expect_eq(read(passed, reply.path, sizeof(reply.path)), 6);
	else if (n == sizeof(request.mount) && request.header.kind == IPC_MEDIA_MOUNT)
		(void)snprintf(reply.path, sizeof(reply.path), "mount %llu %llu %.32s",
			       (unsigned long long)request.mount.devnum,
			       (unsigned long long)request.mount.volume.start,
			       request.mount.volume.type);
	else if (n == sizeof(request.unmount) && request.header.kind == IPC_MEDIA_UNMOUNT)
		(void)snprintf(reply.path, sizeof(reply.path), "unmount %.128s %llu %u",
			       request.unmount.path, (unsigned long long)request.unmount.devnum,
			       request.unmount.emergency);
	(void)close(passed);
	(void)send(fd, &reply, sizeof(reply), MSG_NOSIGNAL);
}

static pid_t start(const struct ipc_media_mounted *wanted)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	pid_t pid;

	(void)snprintf(path, sizeof(path), "/tmp/sekisho-mount-%d", getpid());
	(void)unlink(path);
	strcpy(at.sun_path, path);
	cr_assert_eq(bind(listen_fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(listen_fd, 8), 0);
	pid = fork();
	while (pid == 0) {
		int fd = accept(listen_fd, NULL, NULL);

		answer(fd, wanted);
		(void)close(fd);
	}
	(void)close(listen_fd);
	return pid;
}

static void stop(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)unlink(path);
}

static void answered(struct mount *mount, int rc, const struct ipc_media_mounted *mounted)
{
	(void)mount;
	n_done++;
	last_rc = rc;
	was_answered = mounted != NULL;
	if (mounted)
		last = *mounted;
	loop_stop(&loop);
}

enum question { TO_MOUNT, TO_END, TO_UNLOCK };

static void ask(enum question which)
{
	const struct ipc_media_mount request = { .devnum = 2048,
						 .volume = { .start = 1048576, .type = "vfat" } };
	struct mount mount;
	struct err err = { 0 };
	int ends[2];

	n_done = 0;
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "sesame", 6), 6);
	cr_assert_eq(loop_init(&loop, &err), 0);
	if (which == TO_UNLOCK)
		mount_unlock(&mount, &loop, path, &request, ends[0], answered);
	else if (which == TO_END)
		mount_end(&mount, &loop, path, "/run/media/sekisho/data", 2049, true, answered);
	else
		mount_start(&mount, &loop, path, &request, answered);
	(void)close(ends[0]); /* the caller's again at once */
	(void)close(ends[1]);
	cr_expect_eq(n_done, 0, "called back before it returned");
	(void)loop_run(&loop, &err);
	cr_expect_eq(n_done, 1);
	loop_deinit(&loop);
}

Test(mount, the_questions_arrive)
{
	const struct ipc_media_mounted wanted = { 0 };
	pid_t pid = start(&wanted);

	ask(TO_MOUNT);
	cr_expect_eq(last_rc, 0);
	cr_expect_str_eq(last.path, "mount 2048 1048576 vfat");
	ask(TO_END);
	cr_expect_eq(last_rc, 0);
	cr_expect_str_eq(last.path, "unmount /run/media/sekisho/data 2049 1");
	ask(TO_UNLOCK);
	cr_expect_eq(last_rc, 0);
	cr_expect_str_eq(last.path, "sesame", "the pipe went along");
	stop(pid);
}

Test(mount, why_not_is_told)
{
	const struct ipc_media_mounted wanted = { .code = -EBUSY, .detail = "bash (4711)" };
	pid_t pid = start(&wanted);

	ask(TO_END);
	cr_expect_eq(last_rc, -EBUSY);
	cr_expect(was_answered);
	cr_expect_str_eq(last.detail, "bash (4711)");
	stop(pid);
	ask(TO_END);
	cr_expect_eq(last_rc, -ENOENT, "no service");
	cr_expect_not(was_answered);
}

Test(mount, an_answer_that_cannot_be_is_none)
{
	struct ipc_media_mounted wanted = { .code = 1 };
	pid_t pid = start(&wanted);

	ask(TO_MOUNT);
	cr_expect_eq(last_rc, -EPROTO);
	cr_expect_not(was_answered);
	stop(pid);
}

Test(mount, names_of_directories)
{
	static const struct {
		const char *label;
		const char *name;
	} cases[] = {
		{ "USB1", "USB1" },
		{ "", "sda1" },
		{ "..", "_." },
		{ ".hidden", "_hidden" },
		{ "-rf", "_rf" },
		{ " x", "_x" },
		{ "a/b", "a_b" },
		{ "書類 2026", "書類 2026" },
		{ "\\x1b[31m", "_x1b_31m" },
		{ "\xff", "_" },
		{ "$(reboot)`x`;'\"", "__reboot__x____" },
	};
	char name[PLACE_NAME_MAX];
	char label[256];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		place_name(name, cases[i].label, "/dev/sda1");
		cr_expect_str_eq(name, cases[i].name);
	}
	label[0] = '\0';
	for (size_t i = 0; i < 40; i++)
		(void)strcat(label, "類");
	place_name(name, label, "/dev/sda1");
	cr_expect_eq(strlen(name), 60, "cut at a whole character");
}

Test(mount, only_what_is_ours_is_a_place)
{
	cr_expect_str_eq(place_of(PLACE_ROOT "/data"), "data");
	cr_expect_null(place_of(PLACE_ROOT));
	cr_expect_null(place_of(PLACE_ROOT "/"));
	cr_expect_null(place_of(PLACE_ROOT "/.."));
	cr_expect_null(place_of(PLACE_ROOT "/a/b"));
	cr_expect_null(place_of(PLACE_ROOT "x/data"));
	cr_expect_null(place_of("/etc"));
	cr_expect_null(place_of(""));
}
