/* SPDX-License-Identifier: Apache-2.0 */

/* Server, client and submitter against each other over a real socket. */

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/err.h"
#include "ipc/client.h"
#include "ipc/event.h"
#include "ipc/media.h"
#include "ipc/server.h"
#include "ipc/submit.h"
#include "ipc/tokens.h"

static char path[64];

static int listen_on_path(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)snprintf(path, sizeof(path), "/tmp/sekisho-ipc-%d", getpid());
	(void)unlink(path);
	strcpy(at.sun_path, path);
	cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	cr_assert_eq(listen(fd, 16), 0);
	return fd;
}

static void answer_append(struct ipc_server *server, const struct ipc_request *request)
{
	struct ipc_log_ack ack = { .header.kind = IPC_LOG_ACK, .seq = 42 };

	ipc_reply(server, request->client, request->tag, &ack, sizeof(ack));
}

static void answer_status(struct ipc_server *server, const struct ipc_request *request)
{
	struct err err = { 0 };

	(void)err_set(&err, -ENODATA, "nothing here");
	ipc_reply_error(server, request->client, request->tag, &err);
}

static void answer_never(struct ipc_server *server, const struct ipc_request *request)
{
	(void)server;
	(void)request;
}

#define LIST_LEN 600 /* far more than a socket buffers */

static void answer_list(struct ipc_server *server, const struct ipc_request *request)
{
	struct ipc_header end = { .kind = IPC_END };

	for (uint32_t i = 0; i < LIST_LEN; i++) {
		struct ipc_otp_token token = { .header.kind = IPC_OTP_TOKEN, .failures = i };

		ipc_reply(server, request->client, request->tag, &token, sizeof(token));
	}
	ipc_reply(server, request->client, request->tag, &end, sizeof(end));
}

/* Reads the secret itself, as sekishod never does. */
static void answer_unlock(struct ipc_server *server, const struct ipc_request *request)
{
	struct ipc_header wanted = { .kind = IPC_AGENT_SECRET };
	struct ipc_media_mounted done = { .header.kind = IPC_MEDIA_MOUNTED };
	int ends[2];
	size_t len = 0;
	ssize_t n;

	if (pipe(ends) < 0)
		_exit(2);
	ipc_reply_fd(server, request->client, request->tag, &wanted, sizeof(wanted), ends[1]);
	(void)close(ends[1]);
	while ((n = read(ends[0], done.path + len, sizeof(done.path) - len)) > 0)
		len += (size_t)n;
	(void)close(ends[0]);
	ipc_reply(server, request->client, request->tag, &done, sizeof(done));
}

static const struct ipc_service services[] = {
	{ IPC_AGENT_UNLOCK, sizeof(struct ipc_agent_unlock), IPC_RIGHT_ANYONE, answer_unlock },
	{ IPC_OTP_LIST, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, answer_list },
	{ IPC_LOG_APPEND, sizeof(struct ipc_log_append), IPC_RIGHT_ANYONE, answer_append },
	{ IPC_LOG_STATUS, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, answer_status },
	{ IPC_OTP_STATUS, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, answer_never },
};

static pid_t start_server(void)
{
	int listen_fd = listen_on_path();
	pid_t pid = fork();

	if (pid == 0) {
		struct err err = { 0 };
		struct loop loop;
		struct ipc_server server;

		if (loop_init(&loop, &err) == 0 &&
		    ipc_server_init(&server, &loop, listen_fd, services,
				    sizeof(services) / sizeof(services[0]), NULL, &err) == 0)
			(void)loop_run(&loop, &err);
		_exit(1);
	}
	(void)close(listen_fd);
	return pid;
}

static void stop_server(pid_t pid)
{
	cr_expect_eq(waitpid(pid, NULL, WNOHANG), 0, "the server died");
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)unlink(path);
}

static int append(struct ipc_log_ack *ack, struct err *err)
{
	struct ipc_log_append event;

	ipc_event_init(&event, "test");
	return ipc_call(path, &event, sizeof(event), IPC_LOG_ACK, ack, sizeof(*ack), err);
}

static struct ipc_question unlock_question(const struct ipc_agent_unlock *request, size_t size)
{
	return (struct ipc_question){
		.path = path,
		.request = request,
		.request_size = size,
		.passed_fd = -1,
		.reply_kind = IPC_MEDIA_MOUNTED,
		.reply_size = sizeof(struct ipc_media_mounted),
		.timeout_us = 2000000,
	};
}

Test(ipc, a_secret_goes_by_a_pipe_of_its_own)
{
	pid_t pid = start_server();
	struct ipc_agent_unlock request = { .header = ipc_header(IPC_AGENT_UNLOCK) };
	struct ipc_question question = unlock_question(&request, sizeof(request));
	struct ipc_media_mounted mounted = { 0 };
	struct err err = { 0 };

	cr_expect_eq(ipc_call_secret(&question, "open sesame", 11, &mounted, &err), 0, "%s",
		     err.text);
	cr_expect_str_eq(mounted.path, "open sesame");

	/* Somebody who asks for no secret is told none. */
	request.header = ipc_header(IPC_LOG_STATUS);
	question.request_size = sizeof(struct ipc_header);
	cr_expect_eq(ipc_call_secret(&question, "open sesame", 11, &mounted, &err), -ENODATA);
	stop_server(pid);
}

Test(ipc, call_and_answer)
{
	pid_t pid = start_server();
	struct ipc_log_ack ack = { 0 };
	struct err err = { 0 };

	cr_expect_eq(append(&ack, &err), 0, "%s", err.text);
	cr_expect_eq(ack.seq, 42);
	stop_server(pid);
}

Test(ipc, an_error_reply_is_an_error)
{
	pid_t pid = start_server();
	struct ipc_header status = ipc_header(IPC_LOG_STATUS);
	struct ipc_log_state state;
	struct err err = { 0 };

	cr_expect_eq(ipc_call(path, &status, sizeof(status), IPC_LOG_STATE, &state, sizeof(state),
			      &err),
		     -ENODATA);
	cr_expect_str_eq(err.text, "nothing here");
	stop_server(pid);
}

static void count_in_order(const void *reply, void *ctx)
{
	const struct ipc_otp_token *token = reply;
	uint32_t *n = ctx;

	cr_expect_eq(token->failures, *n);
	(*n)++;
}

Test(ipc, a_long_list_arrives_whole)
{
	pid_t pid = start_server();
	struct ipc_header list = ipc_header(IPC_OTP_LIST);
	struct err err = { 0 };
	uint32_t n = 0;

	cr_expect_eq(ipc_call_list(path, &list, sizeof(list), IPC_OTP_TOKEN,
				   sizeof(struct ipc_otp_token), count_in_order, &n, &err),
		     0, "%s", err.text);
	cr_expect_eq(n, LIST_LEN);
	stop_server(pid);
}

Test(ipc, a_silent_daemon_is_a_timeout)
{
	pid_t pid = start_server();
	struct ipc_header status = ipc_header(IPC_OTP_STATUS);
	struct ipc_otp_state state;
	struct err err = { 0 };

	cr_expect_eq(ipc_call(path, &status, sizeof(status), IPC_OTP_STATE, &state, sizeof(state),
			      &err),
		     -ETIMEDOUT);
	stop_server(pid);
}

Test(ipc, malformed_messages_drop_the_client_not_the_daemon)
{
	pid_t pid = start_server();
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	static char bytes[IPC_MESSAGE_MAX + 1];
	const struct {
		uint8_t version;
		uint8_t kind;
		size_t size;
	} bad[] = {
		{ IPC_VERSION, IPC_LOG_APPEND, 3 },
		{ IPC_VERSION, IPC_LOG_APPEND, sizeof(struct ipc_log_append) - 1 },
		{ IPC_VERSION, IPC_LOG_APPEND, sizeof(struct ipc_log_append) + 1 },
		{ IPC_VERSION + 1, IPC_LOG_APPEND, sizeof(struct ipc_log_append) },
		{ IPC_VERSION, 0, sizeof(struct ipc_header) },
		{ IPC_VERSION, 255, sizeof(struct ipc_header) },
		{ IPC_VERSION, IPC_LOG_APPEND, sizeof(bytes) },
	};
	struct ipc_log_ack ack;
	struct err err = { 0 };

	strcpy(to.sun_path, path);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

		bytes[0] = (char)bad[i].version;
		bytes[1] = (char)bad[i].kind;
		cr_assert_eq(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
		cr_assert_eq(send(fd, bytes, bad[i].size, MSG_NOSIGNAL), (ssize_t)bad[i].size);
		cr_expect_eq(recv(fd, &ack, sizeof(ack), 0), 0, "case %zu was answered", i);
		(void)close(fd);
	}
	cr_expect_eq(append(&ack, &err), 0, "%s", err.text);
	stop_server(pid);
}

static struct loop loop;
static int results[3];
static unsigned int n_results;

static void done(void *ctx, int rc, uint64_t seq)
{
	(void)seq;
	*(int *)ctx = rc;
	if (++n_results == 2)
		loop_stop(&loop);
}

static void submit_two(void)
{
	struct ipc_submitter submitter;
	struct ipc_log_append event;
	struct err err = { 0 };

	cr_assert_eq(loop_init(&loop, &err), 0);
	cr_assert_eq(ipc_submitter_init(&submitter, &loop, path, &err), 0);
	ipc_event_init(&event, "test");
	results[0] = results[1] = 1;
	ipc_submit(&submitter, &event, done, &results[0]);
	ipc_submit(&submitter, &event, done, &results[1]);
	cr_expect_eq(results[0], 1, "called back before it returned");
	(void)loop_run(&loop, &err);
	ipc_submitter_deinit(&submitter);
	loop_deinit(&loop);
}

Test(ipc, submitted_events_are_acknowledged)
{
	pid_t pid = start_server();

	submit_two();
	cr_expect_eq(results[0], 0);
	cr_expect_eq(results[1], 0);
	stop_server(pid);
}

Test(ipc, a_log_that_is_down_refuses)
{
	(void)snprintf(path, sizeof(path), "/tmp/sekisho-ipc-none-%d", getpid());
	submit_two();
	cr_expect_eq(results[0], -ENOENT);
	cr_expect_eq(results[1], -ENOENT);
}

Test(ipc, a_log_that_hangs_is_a_refusal_in_time)
{
	int listen_fd = listen_on_path();

	submit_two();
	cr_expect_eq(results[0], -ETIMEDOUT);
	(void)close(listen_fd);
	(void)unlink(path);
}
