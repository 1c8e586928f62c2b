/* SPDX-License-Identifier: Apache-2.0 */

#include "ipc/connect.h"

#include "core/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Room for one descriptor, aligned as the kernel wants it. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

int ipc_connect(const char *path, int *ret_fd)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	cleanup_close int fd = -1;

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

int ipc_send_fd(int fd, const void *message, size_t size, int passed)
{
	union control control = { 0 };
	struct iovec bytes = { .iov_len = size };
	struct msghdr packet = { .msg_iov = &bytes, .msg_iovlen = 1 };

	memcpy(&bytes.iov_base, &message, sizeof(message)); /* sendmsg() does not write to it */
	if (passed >= 0) {
		control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(passed)),
						   .cmsg_level = SOL_SOCKET,
						   .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.header), &passed, sizeof(passed));
		packet.msg_control = &control;
		packet.msg_controllen = sizeof(control);
	}
	return sendmsg(fd, &packet, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* More than one does not fit: the kernel drops the rest and sets MSG_CTRUNC. */
static int passed_fd(struct msghdr *packet)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(packet);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

ssize_t ipc_receive_fd(int fd, void *message, size_t size, int *ret_passed)
{
	union control control = { 0 };
	struct iovec bytes = { .iov_base = message, .iov_len = size };
	struct msghdr packet = { .msg_iov = &bytes,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = CMSG_LEN(sizeof(int)) };
	cleanup_close int passed = -1;
	ssize_t n = recvmsg(fd, &packet, MSG_CMSG_CLOEXEC);

	if (n < 0)
		return -errno;
	passed = passed_fd(&packet);
	if (packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EMSGSIZE;
	*ret_passed = take_fd(&passed);
	return n;
}
