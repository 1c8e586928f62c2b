/* SPDX-License-Identifier: Apache-2.0 */

/* A question and the descriptor it carries, against services of every kind. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/err.h"
#include "ipc/ask.h"
#include "ipc/client.h"
#include "ipc/connect.h"

#define TIMEOUT_US 300000

static char path[64];
static struct loop loop;
static unsigned int n_answers;
static unsigned int n_wanted = 1;
static int last_rc;
static uint64_t last_seq;

static int listen_here(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(path, sizeof(path), "/tmp/sekisho-ask-%d", getpid());
	(void)unlink(path);
	strcpy(at.sun_path, path);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(fd, 16), 0);
	return fd;
}

/* Answers each connection once, with the size of the file that was passed. */
static void serve(int listen_fd)
{
	for (;;) {
		int fd = accept(listen_fd, NULL, NULL);
		struct ipc_log_ack ack = { .header = ipc_header(IPC_LOG_ACK) };
		struct ipc_error error = { .header = ipc_header(IPC_ERROR), .code = -ENODATA };
		struct ipc_header request;
		int passed = -1;

		if (ipc_receive_fd(fd, &request, sizeof(request), &passed) == sizeof(request) &&
		    request.kind == IPC_LOG_STATUS) {
			ack.seq = passed < 0 ? 0 : (uint64_t)lseek(passed, 0, SEEK_END);
			(void)send(fd, &ack, sizeof(ack), MSG_NOSIGNAL);
		} else if (request.kind == IPC_LOG_RECALL) {
			(void)send(fd, &error, sizeof(error), MSG_NOSIGNAL);
		} else if (request.kind == IPC_OTP_LIST) {
			(void)send(fd, &ack, sizeof(ack) - 1, MSG_NOSIGNAL);
		} else if (request.kind == IPC_OTP_STATUS) {
			(void)sleep(5);
		}
		if (passed >= 0)
			(void)close(passed);
		(void)close(fd);
	}
}

static pid_t start(void)
{
	int listen_fd = listen_here();
	pid_t pid = fork();

	if (pid == 0)
		serve(listen_fd);
	(void)close(listen_fd);
	return pid;
}

static void stop(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)unlink(path);
}

static void answered(struct ipc_ask *ask, int rc, const void *reply)
{
	const struct ipc_log_ack *ack = reply;

	cr_expect_null(ask->loop);
	cr_expect_eq(reply == NULL, rc < 0);
	last_rc = rc;
	last_seq = ack ? ack->seq : 0;
	if (++n_answers == n_wanted)
		loop_stop(&loop);
}

static void begin(struct ipc_ask *ask, enum ipc_kind kind, int passed)
{
	struct ipc_header request = { .kind = (uint8_t)kind };
	const struct ipc_question question = {
		.path = path,
		.request = &request,
		.request_size = sizeof(request),
		.passed_fd = passed,
		.reply_kind = IPC_LOG_ACK,
		.reply_size = sizeof(struct ipc_log_ack),
		.timeout_us = TIMEOUT_US,
	};
	unsigned int before = n_answers;

	ipc_ask(ask, &loop, &question, answered);
	cr_expect_eq(n_answers, before, "called back before it returned");
}

static int ask_one(enum ipc_kind kind, int passed)
{
	struct ipc_ask ask;
	struct err err = { 0 };

	n_answers = 0;
	cr_assert_eq(loop_init(&loop, &err), 0);
	begin(&ask, kind, passed);
	(void)loop_run(&loop, &err);
	loop_deinit(&loop);
	cr_expect_eq(n_answers, 1);
	return last_rc;
}

Test(ask, a_descriptor_travels_along)
{
	pid_t pid = start();
	int image = memfd_create("image", MFD_CLOEXEC);

	cr_assert_eq(ftruncate(image, 4711), 0);
	cr_expect_eq(ask_one(IPC_LOG_STATUS, image), 0);
	cr_expect_eq(last_seq, 4711);
	cr_expect_geq(fcntl(image, F_GETFD), 0, "it stays the caller's");
	cr_expect_eq(ask_one(IPC_LOG_STATUS, -1), 0);
	cr_expect_eq(last_seq, 0);
	stop(pid);
}

Test(ask, every_failure_is_told_once)
{
	pid_t pid = start();
	int64_t begun_us;

	cr_expect_eq(ask_one(IPC_LOG_RECALL, -1), -ENODATA, "an error answer");
	cr_expect_eq(ask_one(IPC_OTP_LIST, -1), -EPROTO, "an answer of another size");
	cr_expect_eq(ask_one(IPC_LOG_APPEND, -1), -ECONNRESET, "no answer");
	begun_us = clock_read_us(CLOCK_BOOTTIME);
	cr_expect_eq(ask_one(IPC_OTP_STATUS, -1), -ETIMEDOUT, "a late answer");
	cr_expect_geq(clock_read_us(CLOCK_BOOTTIME) - begun_us, TIMEOUT_US);
	stop(pid);
	cr_expect_eq(ask_one(IPC_LOG_STATUS, -1), -ENOENT, "no service");
}

Test(ask, several_at_once_and_one_cancelled)
{
	pid_t pid = start();
	struct ipc_ask asks[4];
	struct err err = { 0 };

	cr_assert_eq(loop_init(&loop, &err), 0);
	n_wanted = 3;
	for (size_t i = 0; i < 4; i++)
		begin(&asks[i], IPC_LOG_STATUS, -1);
	ipc_ask_cancel(&asks[1]);
	ipc_ask_cancel(&asks[1]);
	(void)loop_run(&loop, &err);
	cr_expect_eq(n_answers, 3);
	cr_expect_eq(last_rc, 0);
	loop_deinit(&loop);
	stop(pid);
}

Test(ask, two_descriptors_are_refused_and_none_is_kept)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(2 * sizeof(int)),
				  .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS } };
	char byte = 'x';
	struct iovec bytes = { .iov_base = &byte, .iov_len = 1 };
	const struct msghdr packet = { .msg_iov = &bytes,
				       .msg_iovlen = 1,
				       .msg_control = &control,
				       .msg_controllen = sizeof(control) };
	int pair[2];
	int passed = -1;
	int next;

	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	memcpy(CMSG_DATA(&control.header), pair, sizeof(pair));
	cr_assert_eq(sendmsg(pair[0], &packet, 0), 1);
	next = dup(0);
	(void)close(next);
	cr_expect_eq(ipc_receive_fd(pair[1], &byte, 1, &passed), -EMSGSIZE);
	cr_expect_eq(passed, -1);
	cr_expect_eq(dup(0), next, "a descriptor was left open");
}
