/* SPDX-License-Identifier: Apache-2.0 */

#include "media/serve.h"

#include "confine/filter.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"
#include "ipc/connect.h"
#include "ipc/media.h"
#include "media/fuse.h"
#include "media/ntfs.h"
#include "media/request.h"

#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/*
 * ntfs-3g mounts by itself: on a directory that it may write to, and that stays
 * as it is.  Where it is mounted in truth it never learns.
 */
#define PLACE_VARIABLE "RUNTIME_DIRECTORY"

#define LOOK_MS 2000    /* between two looks whether it is still mounted */
#define LINGER_MS 10000 /* what it may take to end by itself when it is not */

static const struct filter_rule asked[] = {
	{ .call = SCMP_SYS(open) },
	{ .call = SCMP_SYS(openat) },
	{ .call = SCMP_SYS(mount) },
};

/* Other ways to do the same, and what another of its kind would suffer from. */
static const struct filter_rule refused[] = {
	{ .call = SCMP_SYS(creat) },
	{ .call = SCMP_SYS(openat2) },
	{ .call = SCMP_SYS(open_tree) },
	{ .call = SCMP_SYS(fsopen) },
	{ .call = SCMP_SYS(move_mount) },
	{ .call = SCMP_SYS(umount2) },
	{ .call = SCMP_SYS(io_uring_setup) },
	{ .call = SCMP_SYS(bpf) },
	{ .call = SCMP_SYS(ptrace) },
	{ .call = SCMP_SYS(process_vm_readv) },
	{ .call = SCMP_SYS(process_vm_writev) },
	{ .call = SCMP_SYS(kill) },
	{ .call = SCMP_SYS(pidfd_send_signal) },
};

static int tell(int fd, const struct ipc_header *request, int code, int status, int passed)
{
	const struct ipc_media_served answer = {
		.header = request_answer(request, IPC_MEDIA_SERVED),
		.code = code,
		.status = (uint32_t)status,
	};

	return ipc_send_fd(fd, &answer, sizeof(answer), passed);
}

/* Does not return. */
static void become(int fd, const struct ipc_media_serve *request)
{
	static const struct filter_list lists[] = {
		{ asked, N_ELEMENTS(asked), FILTER_ASK },
		{ refused, N_ELEMENTS(refused), EPERM },
	};
	const char *place = getenv(PLACE_VARIABLE);
	char options[NTFS_OPTIONS_MAX];
	char program[] = NTFS_PROGRAM;
	char option[] = "-o";
	char node[sizeof(request->node)];
	char directory[256];
	char *argv[] = { program, option, options, node, directory, NULL };
	cleanup_close int asks = -1;
	struct err err = { 0 };
	int rc;

	ntfs_options(request, options);
	(void)snprintf(node, sizeof(node), "%s", request->node);
	(void)snprintf(directory, sizeof(directory), "%s", place ? place : "/");
	rc = filter_load_asked(lists, N_ELEMENTS(lists), FILTER_ALLOW, &asks, &err);
	if (rc < 0)
		log_error("%s", err.text);
	else if (tell(fd, &request->header, 0, 0, asks) == 0)
		(void)execv(program, argv);
	_exit(127);
}

/* Return: whether poll(2) has anything to say of @fd. */
static bool says(int fd, short events, int timeout_ms)
{
	struct pollfd source = { .fd = fd, .events = events };

	return poll(&source, 1, timeout_ms) == 1;
}

/*
 * Until it has ended, or is ended because it outlives its mount.  Not by waiting
 * for the connection to FUSE: that would wake this process with each request.
 */
static void stay(int connection, int fuse, int child)
{
	while (!says(child, POLLIN, LOOK_MS)) {
		if (!says(connection, 0, 0) || !says(fuse, 0, 0))
			continue; /* not mounted yet, or still */
		if (!says(child, POLLIN, LINGER_MS))
			(void)pidfd_send_signal(child, SIGKILL, NULL, 0);
		return;
	}
}

/* Told to stop, it writes out first; this process waits for that. */
static int watch(int connection, int fuse, pid_t pid)
{
	cleanup_close int child = pidfd_open(pid, 0);
	int status = 0;

	(void)signal(SIGTERM, SIG_IGN);
	if (child >= 0)
		stay(connection, fuse, child);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

int serve_run(int fd, struct err *err)
{
	static const struct request_kind kinds[] = {
		{ IPC_MEDIA_SERVE, sizeof(struct ipc_media_serve) },
		{ 0 },
	};
	struct ipc_media_serve request = { 0 };
	cleanup_close int fuse = -1;
	int rc = request_receive(fd, kinds, &request, sizeof(request), &fuse, err);
	pid_t pid;

	if (rc < 0)
		return rc;
	if (fuse < 0)
		return err_set(err, -EBADF, "%s was not passed", FUSE_NODE);
	request.node[sizeof(request.node) - 1] = '\0';
	pid = fork();
	if (pid == 0)
		become(fd, &request);
	if (pid < 0) {
		rc = -errno;
		(void)tell(fd, &request.header, rc, 0, -1);
		return err_set(err, rc, "fork: %m");
	}
	/* Once it was mounted nobody waits for this. */
	(void)tell(fd, &request.header, 0, watch(fd, fuse, pid), -1);
	return 0;
}
