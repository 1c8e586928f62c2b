/* SPDX-License-Identifier: Apache-2.0 */

#include "media/secret.h"

#include "core/clock.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void secret_wipe(struct secret *secret)
{
	explicit_bzero(secret, sizeof(*secret));
}

/* Return: what read(2) says, or -ETIMEDOUT. */
static ssize_t read_some(int fd, char *to, size_t room, int64_t deadline_us)
{
	struct pollfd pipe = { .fd = fd, .events = POLLIN };
	int64_t left_us = deadline_us - clock_read_us(CLOCK_BOOTTIME);
	ssize_t n;

	if (left_us <= 0 || poll(&pipe, 1, (int)(left_us / 1000) + 1) == 0)
		return -ETIMEDOUT;
	n = read(fd, to, room);
	return n < 0 ? -errno : n;
}

static int read_all(int fd, struct secret *secret)
{
	int64_t deadline_us = clock_read_us(CLOCK_BOOTTIME) + SECRET_WAIT_MS * INT64_C(1000);
	char more;

	for (;;) {
		bool is_full = secret->len == sizeof(secret->bytes);
		ssize_t n =
			read_some(fd, is_full ? &more : secret->bytes + secret->len,
				  is_full ? 1 : sizeof(secret->bytes) - secret->len, deadline_us);

		if (n == -EINTR || n == -EAGAIN)
			continue;
		if (n <= 0)
			return (int)n;
		if (is_full)
			return -E2BIG;
		secret->len += (size_t)n;
	}
}

int secret_read(int fd, struct secret *ret, struct err *err)
{
	struct stat st;
	int rc = -EBADF;

	ret->len = 0;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode))
		rc = read_all(fd, ret);
	if (rc == 0 && ret->len == 0)
		rc = -ECANCELED;
	if (rc < 0) {
		secret_wipe(ret);
		errno = -rc;
		return err_set(err, rc, "no passphrase was given: %m");
	}
	return 0;
}
