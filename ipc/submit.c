/* SPDX-License-Identifier: Apache-2.0 */

#include "ipc/submit.h"

#include "core/clock.h"
#include "core/err.h"
#include "ipc/connect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct ipc_pending {
	uint32_t tag; /* 0: free slot */
	int rc;       /* not 0: failed already, reported from the timer */
	int64_t deadline_us;
	ipc_submitted *done;
	void *ctx;
};

static void disconnect(struct ipc_submitter *submitter)
{
	int fd = submitter->source.fd;

	loop_remove(submitter->loop, &submitter->source);
	submitter->source.fd = -1;
	if (fd >= 0)
		(void)close(fd);
}

/* The slot is freed first: the callback may submit again. */
static void finish(struct ipc_submitter *submitter, struct ipc_pending *pending, int rc,
		   uint64_t seq)
{
	struct ipc_pending done = *pending;

	*pending = (struct ipc_pending){ 0 };
	submitter->ok = rc == 0;
	if (done.done)
		done.done(done.ctx, rc, seq);
}

static void arm_timer(struct ipc_submitter *submitter)
{
	int64_t first_us = INT64_MAX;
	int64_t now_us = clock_read_us(CLOCK_BOOTTIME);

	for (size_t i = 0; i < IPC_SUBMIT_MAX; i++) {
		const struct ipc_pending *pending = &submitter->pending[i];

		if (pending->tag && pending->deadline_us < first_us)
			first_us = pending->deadline_us;
	}
	if (first_us == INT64_MAX)
		loop_timer_set(&submitter->timer, 0);
	else
		loop_timer_set(&submitter->timer, first_us > now_us ? first_us - now_us : 1);
}

static void timer_expired(struct loop_timer *timer)
{
	struct ipc_submitter *submitter = container_of(timer, struct ipc_submitter, timer);
	int64_t now_us = clock_read_us(CLOCK_BOOTTIME);

	for (size_t i = 0; i < IPC_SUBMIT_MAX; i++) {
		struct ipc_pending *pending = &submitter->pending[i];

		if (pending->tag && pending->deadline_us <= now_us)
			finish(submitter, pending, pending->rc ? pending->rc : -ETIMEDOUT, 0);
	}
	arm_timer(submitter);
}

static void fail_all(struct ipc_submitter *submitter, int rc)
{
	for (size_t i = 0; i < IPC_SUBMIT_MAX; i++) {
		struct ipc_pending *pending = &submitter->pending[i];

		if (pending->tag) {
			pending->rc = rc;
			pending->deadline_us = 0;
		}
	}
	arm_timer(submitter);
}

static void acknowledged(struct ipc_submitter *submitter, const struct ipc_log_ack *ack)
{
	for (size_t i = 0; i < IPC_SUBMIT_MAX; i++) {
		if (submitter->pending[i].tag == ack->header.tag) {
			finish(submitter, &submitter->pending[i], ack->code, ack->seq);
			break;
		}
	}
	arm_timer(submitter);
}

static void submitter_run(struct loop_source *source, uint32_t events)
{
	struct ipc_submitter *submitter = container_of(source, struct ipc_submitter, source);
	struct ipc_log_ack ack;
	ssize_t n = recv(source->fd, &ack, sizeof(ack), MSG_DONTWAIT | MSG_TRUNC);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == sizeof(ack) && ack.header.version == IPC_VERSION &&
	    ack.header.kind == IPC_LOG_ACK && ack.header.tag != 0) {
		acknowledged(submitter, &ack);
		return;
	}
	disconnect(submitter);
	fail_all(submitter, n == 0 ? -ECONNRESET : -EPROTO);
}

static int connect_to_log(struct ipc_submitter *submitter)
{
	struct err err = { 0 };
	int fd;
	int rc;

	if (submitter->source.fd >= 0)
		return 0;
	rc = ipc_connect(submitter->path, &fd);
	if (rc < 0)
		return rc;
	submitter->source = (struct loop_source){ .fd = fd, .run = submitter_run };
	if (loop_add(submitter->loop, &submitter->source, EPOLLIN, &err) < 0) {
		disconnect(submitter);
		return err.code;
	}
	return 0;
}

static struct ipc_pending *free_slot(struct ipc_submitter *submitter)
{
	for (size_t i = 0; i < IPC_SUBMIT_MAX; i++) {
		if (submitter->pending[i].tag == 0)
			return &submitter->pending[i];
	}
	return NULL;
}

static int send_event(struct ipc_submitter *submitter, const struct ipc_log_append *event,
		      uint32_t tag)
{
	struct ipc_log_append copy = *event;
	int rc = connect_to_log(submitter);

	if (rc < 0)
		return rc;
	copy.header =
		(struct ipc_header){ .version = IPC_VERSION, .kind = IPC_LOG_APPEND, .tag = tag };
	if (send(submitter->source.fd, &copy, sizeof(copy), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

void ipc_submit(struct ipc_submitter *submitter, const struct ipc_log_append *event,
		ipc_submitted *done, void *ctx)
{
	struct ipc_pending *pending = free_slot(submitter);

	if (!pending) {
		/* The caller gets its refusal now: there is no slot to remember it in. */
		submitter->ok = false;
		if (done)
			done(ctx, -EBUSY, 0);
		return;
	}
	if (++submitter->next_tag == 0)
		submitter->next_tag = 1;
	*pending = (struct ipc_pending){
		.tag = submitter->next_tag,
		.deadline_us = clock_read_us(CLOCK_BOOTTIME) + IPC_LOG_TIMEOUT_MS * 1000,
		.done = done,
		.ctx = ctx,
	};
	pending->rc = send_event(submitter, event, pending->tag);
	if (pending->rc < 0)
		pending->deadline_us = 0; /* reported on the next turn of the loop */
	arm_timer(submitter);
}

int ipc_submitter_init(struct ipc_submitter *submitter, struct loop *loop, const char *path,
		       struct err *err)
{
	*submitter = (struct ipc_submitter){
		.loop = loop,
		.path = path,
		.source = { .fd = -1 },
		.timer = { .source = { .fd = -1 } },
		.pending = calloc(IPC_SUBMIT_MAX, sizeof(struct ipc_pending)),
		.ok = true,
	};
	if (!submitter->pending)
		return err_set(err, -ENOMEM, "out of memory");
	return loop_timer_init(loop, &submitter->timer, timer_expired, err);
}

void ipc_submitter_deinit(struct ipc_submitter *submitter)
{
	disconnect(submitter);
	loop_timer_deinit(submitter->loop, &submitter->timer);
	free(submitter->pending);
	submitter->pending = NULL;
}
