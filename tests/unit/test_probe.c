/* SPDX-License-Identifier: Apache-2.0 */

/* The agent's side of looking at media, against a service in the medium's power. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/probe.h"
#include "core/err.h"
#include "ipc/client.h"
#include "ipc/connect.h"
#include "policy/device.h"

static char path[64];
static struct loop loop;
static unsigned int n_done;
static unsigned int n_wanted;
static int last_rc;
static struct ipc_media_found last;

/* One service that answers everybody with @answer. */
static pid_t start(const struct ipc_media_found *answer)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	pid_t pid;

	(void)snprintf(path, sizeof(path), "/tmp/sekisho-probe-%d", getpid());
	(void)unlink(path);
	strcpy(at.sun_path, path);
	cr_assert_eq(bind(listen_fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(listen_fd, 64), 0);
	pid = fork();
	while (pid == 0) {
		int fd = accept(listen_fd, NULL, NULL);
		struct ipc_media_probe request;
		int passed = -1;

		if (ipc_receive_fd(fd, &request, sizeof(request), &passed) == sizeof(request) &&
		    passed >= 0 && request.diskseq == 7)
			(void)send(fd, answer, sizeof(*answer), MSG_NOSIGNAL);
		(void)close(passed);
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

static void looked(struct probe *probe, int rc, const struct ipc_media_found *found)
{
	(void)probe;
	cr_expect_eq(found == NULL, rc < 0);
	last_rc = rc;
	if (found)
		last = *found;
	if (++n_done == n_wanted)
		loop_stop(&loop);
}

static void look_at(size_t n, size_t n_cancelled)
{
	struct probe probes[32] = { 0 };
	struct err err = { 0 };
	int disk = memfd_create("disk", MFD_CLOEXEC);

	n_done = 0;
	n_wanted = (unsigned int)(n - n_cancelled);
	cr_assert_eq(loop_init(&loop, &err), 0);
	for (size_t i = 0; i < n; i++)
		probe_start(&probes[i], &loop, path, disk, 7, looked);
	(void)close(disk); /* the caller's again at once */
	for (size_t i = 0; i < n_cancelled; i++)
		probe_cancel(&probes[i]);
	probe_cancel(&probes[n]); /* never started */
	(void)loop_run(&loop, &err);
	cr_expect_eq(n_done, n_wanted);
	loop_deinit(&loop);
}

static struct ipc_media_found stick(void)
{
	return (struct ipc_media_found){
		.header = ipc_header(IPC_MEDIA_FOUND),
		.medium = MEDIUM_PLAIN,
		.size = 4096,
		.n_found = 1,
		.n_volumes = 1,
		.volumes = { { .filesystem = "1234-abcd", .type = "vfat", .label = "書類" } },
	};
}

Test(probe, what_was_found_arrives)
{
	const struct ipc_media_found answer = stick();
	pid_t pid = start(&answer);

	look_at(1, 0);
	cr_expect_eq(last_rc, 0);
	cr_expect_eq(memcmp(&last, &answer, sizeof(last)), 0);
	stop(pid);
}

Test(probe, only_the_one_file_system_is_the_mediums)
{
	struct ipc_media_found found = stick();

	cr_expect_str_eq(probe_filesystem(&found), "1234-abcd");
	found.n_found = 2;
	cr_expect_str_eq(probe_filesystem(&found), "");
	found.n_volumes = 0;
	cr_expect_str_eq(probe_filesystem(&found), "");
}

Test(probe, many_at_once_and_some_that_have_gone)
{
	const struct ipc_media_found answer = stick();
	pid_t pid = start(&answer);

	look_at(31, 11);
	cr_expect_eq(last_rc, 0);
	stop(pid);
}

Test(probe, an_answer_that_cannot_be_is_none)
{
	struct ipc_media_found bad[10];

	for (size_t i = 0; i < 10; i++)
		bad[i] = stick();
	bad[0].medium = MEDIUM_UNKNOWN;
	bad[1].medium = 1U << 9 | MEDIUM_LUKS2;
	bad[2].code = 1;
	memset(bad[3].volumes[0].label, 'x', sizeof(bad[3].volumes[0].label));
	strcpy(bad[4].volumes[0].label, "\x1b[31m");
	strcpy(bad[5].volumes[0].type, "\xff");
	memset(bad[6].volumes[0].filesystem, 'x', sizeof(bad[6].volumes[0].filesystem));
	bad[7].header.kind = IPC_MEDIA_PROBE;
	bad[8].n_volumes = bad[8].n_found = IPC_VOLUMES_MAX + 1;
	bad[9].n_found = 0;
	for (size_t i = 0; i < 10; i++) {
		pid_t pid = start(&bad[i]);

		look_at(1, 0);
		cr_expect_eq(last_rc, -EPROTO, "case %zu: %d", i, last_rc);
		stop(pid);
	}
}

Test(probe, what_went_wrong_is_told)
{
	struct ipc_media_found answer = stick();
	pid_t pid;

	answer.code = -EIO;
	pid = start(&answer);
	look_at(1, 0);
	cr_expect_eq(last_rc, -EIO);
	stop(pid);
	look_at(1, 0);
	cr_expect_eq(last_rc, -ENOENT, "no service");
}
