/* SPDX-License-Identifier: Apache-2.0 */

#include "core/notify.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LISTEN_FDS_START 3 /* sd_listen_fds(3) */

void notify_send(const char *state)
{
	const char *path = secure_getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	cleanup_close int fd = -1;
	size_t len;

	if (!path || (path[0] != '/' && path[0] != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@') /* abstract: a leading NUL and no closing one */
		to.sun_path[0] = '\0';

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

int notify_listen_fd(int *ret_fd, struct err *err)
{
	const char *pid = secure_getenv("LISTEN_PID");
	const char *fds = secure_getenv("LISTEN_FDS");
	uint64_t number;

	if (!pid || !fds || parse_u64(pid, INT32_MAX, &number, err) < 0 ||
	    (pid_t)number != getpid() || strcmp(fds, "1") != 0)
		return err_set(err, -ENOTCONN,
			       "no socket was passed by the service manager; "
			       "remedy: start the daemon through its .socket unit");
	if (fcntl(LISTEN_FDS_START, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(err, -errno, "LISTEN_FDS: %m");
	*ret_fd = LISTEN_FDS_START;
	return 0;
}
