/* SPDX-License-Identifier: Apache-2.0 */

#include "ipc/ask.h"

#include "core/err.h"
#include "ipc/connect.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

union message {
	struct ipc_header header;
	struct ipc_error error;
	char bytes[IPC_MESSAGE_MAX];
};

void ipc_ask_cancel(struct ipc_ask *ask)
{
	int fd = ask->source.fd;

	if (!ask->loop)
		return;
	loop_remove(ask->loop, &ask->source);
	loop_timer_deinit(ask->loop, &ask->timer);
	if (fd >= 0)
		(void)close(fd);
	ask->loop = NULL;
}

/* Everything is given back first: the callback may ask again, or free @ask. */
static void finish(struct ipc_ask *ask, int rc, const void *reply)
{
	if (rc == 0 && ask->keeps) {
		loop_remove(ask->loop, &ask->source);
		ask->kept_fd = ask->source.fd;
		ask->source.fd = -1;
	}
	ipc_ask_cancel(ask);
	ask->done(ask, rc, rc < 0 ? NULL : reply);
}

static void timer_expired(struct loop_timer *timer)
{
	struct ipc_ask *ask = container_of(timer, struct ipc_ask, timer);

	finish(ask, ask->rc, NULL);
}

static int check_reply(const struct ipc_ask *ask, const union message *reply, size_t size)
{
	if (size < sizeof(reply->header) || reply->header.version != IPC_VERSION)
		return -EPROTO;
	if (reply->header.kind == IPC_ERROR && size == sizeof(reply->error) &&
	    reply->error.code < 0)
		return reply->error.code;
	return reply->header.kind == ask->reply_kind && size == ask->reply_size ? 0 : -EPROTO;
}

static void answered(struct loop_source *source, uint32_t events)
{
	struct ipc_ask *ask = container_of(source, struct ipc_ask, source);
	union message reply;
	ssize_t n = recv(source->fd, &reply, sizeof(reply), MSG_DONTWAIT | MSG_TRUNC);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		finish(ask, n < 0 ? -errno : -ECONNRESET, NULL);
	else
		finish(ask, check_reply(ask, &reply, (size_t)n), &reply);
}

static int send_question(struct ipc_ask *ask, const struct ipc_question *question)
{
	union message copy;
	struct err err = { 0 };
	int rc;

	if (question->request_size > sizeof(copy))
		return -EMSGSIZE;
	memcpy(&copy, question->request, question->request_size);
	copy.header.version = IPC_VERSION;
	rc = ipc_connect(question->path, &ask->source.fd);
	/* The socket is new and its buffer empty: one message always fits. */
	if (rc == 0)
		rc = ipc_send_fd(ask->source.fd, &copy, question->request_size,
				 question->passed_fd);
	explicit_bzero(&copy, sizeof(copy)); /* there may be codes in it */
	return rc == 0 ? loop_add(ask->loop, &ask->source, EPOLLIN, &err) : rc;
}

void ipc_ask(struct ipc_ask *ask, struct loop *loop, const struct ipc_question *question,
	     void (*done)(struct ipc_ask *ask, int rc, const void *reply))
{
	struct err err = { 0 };

	*ask = (struct ipc_ask){
		.loop = loop,
		.source = { .fd = -1, .run = answered },
		.reply_kind = question->reply_kind,
		.reply_size = question->reply_size,
		.keeps = question->keeps,
		.kept_fd = -1,
		.done = done,
	};
	if (loop_timer_init(loop, &ask->timer, timer_expired, &err) < 0) {
		finish(ask, err.code, NULL);
		return;
	}
	ask->rc = send_question(ask, question);
	/* What failed is reported on the next turn of the loop. */
	loop_timer_set(&ask->timer, ask->rc < 0 ? 1 : question->timeout_us);
	if (ask->rc == 0)
		ask->rc = -ETIMEDOUT;
}
