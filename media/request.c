/* SPDX-License-Identifier: Apache-2.0 */

#include "media/request.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "ipc/connect.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>

static bool is_answered(const struct request_kind *kinds, const struct ipc_header *header,
			size_t size)
{
	if (size < sizeof(*header) || header->version != IPC_VERSION)
		return false;
	while (kinds->size != 0 && kinds->kind != header->kind)
		kinds++;
	return kinds->size == size;
}

int request_receive(int fd, const struct request_kind *kinds, void *message, size_t room,
		    int *ret_passed, struct err *err)
{
	cleanup_close int passed = -1;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	ssize_t n;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return err_set(err, -errno, "SO_PEERCRED: %m");
	/* Who runs this himself may ask himself. */
	if (peer.uid != 0 && peer.uid != geteuid())
		return err_set(err, -EPERM, "you may not do this; remedy: ask an administrator");
	n = ipc_receive_fd(fd, message, room, &passed);
	if (n < 0) {
		errno = (int)-n;
		return err_set(err, (int)n, "the request cannot be received: %m");
	}
	if (!is_answered(kinds, message, (size_t)n))
		return err_set(err, -EPROTO,
			       "a request of another kind; "
			       "remedy: restart sekishod, it may be older");
	*ret_passed = take_fd(&passed);
	return 0;
}

struct ipc_header request_answer(const struct ipc_header *request, enum ipc_kind kind)
{
	return (struct ipc_header){ .version = IPC_VERSION,
				    .kind = (uint8_t)kind,
				    .tag = request->tag };
}
