/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/watched.h"

#include "core/err.h"
#include "ipc/connect.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAG 1 /* of what is an answer, and not news */

/* For a medium that may have gone: its gate is shut already. */
#define EMERGENCY_US (1 * INT64_C(1000000))

void watched_end(struct watched *watched)
{
	if (!watched->loop)
		return;
	loop_remove(watched->loop, &watched->source);
	loop_timer_deinit(watched->loop, &watched->timer);
	(void)close(watched->source.fd);
	watched->loop = NULL;
	watched->is_asked = false;
}

static void timer_expired(struct loop_timer *timer)
{
	struct watched *watched = container_of(timer, struct watched, timer);

	watched->is_asked = false;
	watched->settled(watched, -ETIMEDOUT);
}

static bool is_sound(const struct ipc_media_written *written, ssize_t size)
{
	return size == (ssize_t)sizeof(*written) && written->header.version == IPC_VERSION &&
	       written->header.kind == IPC_MEDIA_WRITTEN && written->code <= 0;
}

static void heard(struct watched *watched)
{
	struct ipc_media_written *last = &watched->last;
	bool is_answer = watched->is_asked && last->header.tag == TAG;
	int rc = last->code;

	watched->is_known = true;
	if (!is_answer && last->header.tag != TAG) {
		watched->missed(watched);
		return;
	}
	if (!is_answer) { /* too late: whoever asked has gone on without */
		if (rc == 0)
			watched_end(watched);
		return;
	}
	watched->is_asked = false;
	loop_timer_set(&watched->timer, 0);
	watched->settled(watched, rc);
}

static void readable(struct loop_source *source, uint32_t events)
{
	struct watched *watched = container_of(source, struct watched, source);
	struct ipc_media_written written;
	ssize_t n = recv(source->fd, &written, sizeof(written), MSG_DONTWAIT | MSG_TRUNC);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (is_sound(&written, n)) {
		watched->last = written;
		heard(watched);
		return;
	}
	watched_end(watched);
	watched->lost(watched);
}

int watched_begin(struct watched *watched, struct loop *loop, int fd, struct err *err)
{
	watched->loop = loop;
	watched->source = (struct loop_source){ .fd = fd, .run = readable };
	watched->timer = (struct loop_timer){ .source.fd = -1 };
	watched->is_asked = false;
	watched->is_known = false;
	if (loop_timer_init(loop, &watched->timer, timer_expired, err) < 0 ||
	    loop_add(loop, &watched->source, EPOLLIN, err) < 0) {
		watched_end(watched);
		return err->code;
	}
	return 0;
}

int watched_settle(struct watched *watched, bool emergency,
		   void (*settled)(struct watched *watched, int rc))
{
	const struct ipc_media_settle question = {
		.header = { .version = IPC_VERSION, .kind = IPC_MEDIA_SETTLE, .tag = TAG },
		.emergency = emergency,
	};

	if (!watched->loop)
		return -ENOTCONN;
	watched->settled = settled;
	watched->is_asked = true;
	/* What cannot be sent is not answered either. */
	(void)ipc_send_fd(watched->source.fd, &question, sizeof(question), -1);
	loop_timer_set(&watched->timer,
		       emergency ? EMERGENCY_US : IPC_UNMOUNT_TIMEOUT_MS * INT64_C(1000));
	return 0;
}
