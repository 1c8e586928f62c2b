/* SPDX-License-Identifier: Apache-2.0 */

#include "ipc/client.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "ipc/connect.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct call {
	const char *path;
	int fd;
	int64_t deadline_us; /* CLOCK_BOOTTIME */
	bool is_endless;     /* no deadline any more */
	struct err *err;
};

static int fail(struct call *call, int code)
{
	errno = -code;
	return err_set(call->err, code, "%s: %m", call->path);
}

static int wait_for(struct call *call, short events)
{
	int64_t left_us = call->deadline_us - clock_read_us(CLOCK_BOOTTIME);
	struct pollfd pollfd = { .fd = call->fd, .events = events };
	int n;

	if (left_us <= 0 && !call->is_endless)
		return fail(call, -ETIMEDOUT);
	n = poll(&pollfd, 1, call->is_endless ? -1 : (int)(left_us / 1000) + 1);
	if (n < 0 && errno != EINTR)
		return fail(call, -errno);
	return n > 0 ? 1 : 0; /* 0: look at the deadline again */
}

static int open_call(struct call *call, const char *path, int64_t timeout_us, struct err *err)
{
	int rc;

	*call = (struct call){
		.path = path,
		.fd = -1,
		.deadline_us = clock_read_us(CLOCK_BOOTTIME) + timeout_us,
		.err = err,
	};
	/* EAGAIN: the queue of connections is full; it empties as the daemon works. */
	while ((rc = ipc_connect(path, &call->fd)) == -EAGAIN) {
		if (clock_read_us(CLOCK_BOOTTIME) > call->deadline_us)
			return fail(call, -ETIMEDOUT);
		(void)poll(NULL, 0, 5);
	}
	return rc < 0 ? fail(call, rc) : 0;
}

static int send_request(struct call *call, const struct ipc_question *question)
{
	for (;;) {
		int rc = ipc_send_fd(call->fd, question->request, question->request_size,
				     question->passed_fd);
		int ready;

		if (rc == 0)
			return 0;
		if (rc != -EAGAIN && rc != -EINTR)
			return fail(call, rc);
		ready = wait_for(call, POLLOUT);
		if (ready < 0)
			return ready;
	}
}

/* One message into @reply and what came with it; returns its size. */
static ssize_t receive(struct call *call, void *reply, size_t size, int *ret_passed)
{
	for (;;) {
		int ready = wait_for(call, POLLIN);
		ssize_t n;

		if (ready < 0)
			return ready;
		if (ready == 0)
			continue;
		n = ipc_receive_fd(call->fd, reply, size, ret_passed);
		if (n == -EAGAIN || n == -EINTR)
			continue;
		if (n < 0)
			return fail(call, (int)n);
		if (n == 0)
			return fail(call, -ECONNRESET);
		return n;
	}
}

union reply {
	struct ipc_header header;
	struct ipc_error error;
	char bytes[IPC_MESSAGE_MAX];
};

/* Return: 1 for a reply of the kind wanted, 0 for the end of a list, or an error. */
static int receive_reply(struct call *call, union reply *reply, enum ipc_kind kind, size_t size,
			 int *ret_passed)
{
	cleanup_close int passed = -1;
	ssize_t n = receive(call, reply, sizeof(*reply), &passed);

	if (n < 0)
		return (int)n;
	if (n < (ssize_t)sizeof(reply->header) || reply->header.version != IPC_VERSION)
		return fail(call, -EPROTO);
	if (reply->header.kind == IPC_ERROR && n == sizeof(reply->error) && reply->error.code < 0) {
		reply->error.text[sizeof(reply->error.text) - 1] = '\0';
		return err_set(call->err, reply->error.code, "%s", reply->error.text);
	}
	if (reply->header.kind == IPC_END && n == sizeof(reply->header))
		return 0;
	if (reply->header.kind != kind || (size_t)n != size)
		return fail(call, -EPROTO);
	if (ret_passed)
		*ret_passed = take_fd(&passed);
	return 1;
}

static void wipe(union reply *reply)
{
	explicit_bzero(reply, sizeof(*reply)); /* may have held a secret */
}

static void call_done(const struct call *call)
{
	closep(&call->fd);
}

/* The one reply that ends a call. */
static int finish(struct call *call, const struct ipc_question *question, void *ret)
{
	union reply got;
	int rc = receive_reply(call, &got, question->reply_kind, question->reply_size, NULL);

	if (rc == 0)
		rc = fail(call, -EPROTO);
	if (rc == 1)
		memcpy(ret, &got, question->reply_size);
	wipe(&got);
	return rc == 1 ? 0 : rc;
}

int ipc_call_question(const struct ipc_question *question, void *reply, struct err *err)
{
	cleanup_with(call_done) struct call call = { .fd = -1 };
	int rc = open_call(&call, question->path, question->timeout_us, err);

	if (rc == 0)
		rc = send_request(&call, question);
	return rc == 0 ? finish(&call, question, reply) : rc;
}

int ipc_call(const char *path, void *request, size_t request_size, enum ipc_kind reply_kind,
	     void *reply, size_t reply_size, struct err *err)
{
	const struct ipc_question question = {
		.path = path,
		.request = request,
		.request_size = request_size,
		.passed_fd = -1,
		.reply_kind = reply_kind,
		.reply_size = reply_size,
		.timeout_us = IPC_CLIENT_TIMEOUT_MS * INT64_C(1000),
	};

	((struct ipc_header *)request)->version = IPC_VERSION;
	return ipc_call_question(&question, reply, err);
}

/* When nobody reads it the answer says why. */
static int tell_secret(struct call *call, const char *secret, size_t len)
{
	cleanup_close int pipe = -1;
	union reply got;
	int rc = receive_reply(call, &got, IPC_AGENT_SECRET, sizeof(got.header), &pipe);

	if (rc == 0 || (rc == 1 && pipe < 0))
		return fail(call, -EPROTO);
	if (rc == 1)
		(void)file_write_all(pipe, secret, len);
	return rc == 1 ? 0 : rc;
}

int ipc_call_secret(const struct ipc_question *question, const char *secret, size_t len,
		    void *reply, struct err *err)
{
	cleanup_with(call_done) struct call call = { .fd = -1 };
	struct ipc_question asked = *question;
	int rc = open_call(&call, question->path, question->timeout_us, err);

	asked.passed_fd = -1;
	if (rc == 0)
		rc = send_request(&call, &asked);
	if (rc == 0)
		rc = tell_secret(&call, secret, len);
	return rc == 0 ? finish(&call, question, reply) : rc;
}

static int begin(struct call *call, const char *path, void *request, size_t request_size,
		 struct err *err)
{
	const struct ipc_question question = { .request = request,
					       .request_size = request_size,
					       .passed_fd = -1 };
	int rc = open_call(call, path, IPC_CLIENT_TIMEOUT_MS * INT64_C(1000), err);

	((struct ipc_header *)request)->version = IPC_VERSION;
	return rc == 0 ? send_request(call, &question) : rc;
}

int ipc_call_list(const char *path, void *request, size_t request_size, enum ipc_kind reply_kind,
		  size_t reply_size, void (*item)(const void *reply, void *ctx), void *ctx,
		  struct err *err)
{
	cleanup_with(call_done) struct call call = { .fd = -1 };
	int rc = begin(&call, path, request, request_size, err);
	union reply got;

	while (rc == 0) {
		rc = receive_reply(&call, &got, reply_kind, reply_size, NULL);
		if (rc <= 0)
			return rc;
		item(&got, ctx);
		rc = 0;
	}
	return rc;
}

int ipc_call_stream(const char *path, void *request, size_t request_size, enum ipc_kind reply_kind,
		    size_t reply_size, bool (*item)(const void *reply, void *ctx), void *ctx,
		    struct err *err)
{
	cleanup_with(call_done) struct call call = { .fd = -1 };
	int rc = begin(&call, path, request, request_size, err);
	union reply got;

	call.is_endless = true;
	while (rc == 0) {
		rc = receive_reply(&call, &got, reply_kind, reply_size, NULL);
		if (rc == 0)
			rc = fail(&call, -EPROTO);
		if (rc < 0 || item(&got, ctx))
			return rc < 0 ? rc : 0;
		rc = 0;
	}
	return rc;
}
