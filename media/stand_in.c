/* SPDX-License-Identifier: Apache-2.0 */

#include "media/stand_in.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "media/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATH_LEN_MAX 128

int stand_in_wait(const struct stand_in *stand_in, struct err *err)
{
	struct pollfd fds[] = { { .fd = stand_in->asks, .events = POLLIN },
				{ .fd = stand_in->connection, .events = POLLIN } };
	int64_t left_us = stand_in->deadline_us - clock_read_us(CLOCK_BOOTTIME);
	int n = left_us <= 0 ? 0 : poll(fds, 2, (int)(left_us / 1000) + 1);

	if (n < 0 && errno != EINTR)
		return err_set(err, -errno, "poll: %m");
	if (n == 0)
		return err_set(err, -ETIMEDOUT, "%s cannot be read in time", stand_in->node);
	return 0;
}

/* What the program means to open; "" where that cannot be read. */
static void read_path(uint32_t pid, uint64_t address, char out[PATH_LEN_MAX])
{
	cleanup_close int memory = -1;
	char path[32];
	ssize_t n = 0;

	(void)snprintf(path, sizeof(path), "/proc/%u/mem", pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	if (memory >= 0)
		n = pread(memory, out, PATH_LEN_MAX, (off_t)address);
	if (n <= 0 || !memchr(out, '\0', (size_t)n))
		*out = '\0';
}

/* The kernel looks at what is let through as at any other call of the program's. */
static int respond(int fd, uint64_t id, int error, uint32_t flags)
{
	struct seccomp_notif_resp response = { .id = id, .error = error, .flags = flags };

	return ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static int hand_over(int fd, uint64_t id, int what)
{
	struct seccomp_notif_addfd add = { .id = id,
					   .flags = SECCOMP_ADDFD_FLAG_SEND,
					   .srcfd = (uint32_t)what,
					   .newfd_flags = O_CLOEXEC };

	return ioctl(fd, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
}

/* For a program that has the medium already, and may be in its power: nothing is let through. */
static int open_known(const struct stand_in *stand_in, const struct seccomp_notif *question,
		      const char *path)
{
	char stands_in[32];
	const struct {
		const char *asked;
		const char *opened;
	} known[] = {
		{ "/etc/nsswitch.conf", "/etc/nsswitch.conf" }, /* for its own name */
		{ "/etc/passwd", "/etc/passwd" },
		{ "/etc/mtab", "/dev/null" }, /* how much is mounted: that is no concern of its */
		{ ".", stands_in },           /* where it goes back to when it has mounted */
	};
	cleanup_close int fd = -1;

	(void)snprintf(stands_in, sizeof(stands_in), "/proc/%u/cwd", question->pid);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(path, known[i].asked) == 0)
			fd = open(known[i].opened, O_RDONLY | O_CLOEXEC);
	}
	return fd < 0 ? respond(stand_in->asks, question->id, -ENOENT, 0)
		      : hand_over(stand_in->asks, question->id, fd);
}

static int answer_open(struct stand_in *stand_in, const struct seccomp_notif *question)
{
	unsigned int at = question->data.nr == SYS_openat ? 1 : 0;
	char path[PATH_LEN_MAX];

	read_path(question->pid, question->data.args[at], path);
	if (strcmp(path, stand_in->node) == 0) {
		stand_in->is_reading = true;
		return hand_over(stand_in->asks, question->id, stand_in->device);
	}
	if (strcmp(path, FUSE_NODE) == 0)
		return hand_over(stand_in->asks, question->id, stand_in->fuse);
	if (stand_in->is_reading)
		return open_known(stand_in, question, path);
	return respond(stand_in->asks, question->id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

int stand_in_answer(struct stand_in *stand_in, struct err *err)
{
	struct seccomp_notif question = { 0 };
	struct pollfd ended = { .fd = stand_in->connection, .events = POLLIN };

	if (poll(&ended, 1, 0) == 1)
		return STAND_IN_HAS_ENDED;
	if (ioctl(stand_in->asks, SECCOMP_IOCTL_NOTIF_RECV, &question) < 0)
		return errno == ENOENT || errno == EINTR ? STAND_IN_GOES_ON
							 : err_set(err, -errno, "seccomp: %m");
	if (question.data.nr == SYS_mount) {
		stand_in->mounting = question.id;
		stand_in->wants_read_only = question.data.args[3] & MS_RDONLY;
		return 0;
	}
	/* One that has been killed meanwhile is not there to be answered. */
	if (answer_open(stand_in, &question) < 0 && errno != ENOENT)
		return err_set(err, -errno, "seccomp: %m");
	return STAND_IN_GOES_ON;
}

int stand_in_let_go(struct stand_in *stand_in, struct err *err)
{
	if (respond(stand_in->asks, stand_in->mounting, 0, 0) < 0)
		return err_set(err, -errno, "seccomp: %m");
	closep(&stand_in->asks);
	return 0;
}

void stand_in_close(struct stand_in *stand_in)
{
	closep(&stand_in->connection);
	closep(&stand_in->asks);
	closep(&stand_in->device);
	closep(&stand_in->fuse);
}
