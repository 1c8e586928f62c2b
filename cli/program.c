/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/program.h"

#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

static char *const clean_environment[] = {
	(char[]){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" },
	(char[]){ "LANG=C" },
	(char[]){ "DEBIAN_FRONTEND=noninteractive" },
	NULL,
};

/* Starts @argv with its output in a pipe. */
static int start(const char *const argv[], char *const environment[], pid_t *ret_pid,
		 int *ret_out_fd, struct err *err)
{
	posix_spawn_file_actions_t actions;
	cleanup_close int read_fd = -1;
	cleanup_close int write_fd = -1;
	char *args[16] = { NULL };
	int fds[2];
	int rc;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_set(err, -errno, "pipe2: %m");
	read_fd = fds[0];
	write_fd = fds[1];

	/* posix_spawn() wants writable pointers but does not write. */
	for (size_t i = 0; argv[i] && i + 1 < sizeof(args) / sizeof(args[0]); i++)
		memcpy(&args[i], &argv[i], sizeof(args[i]));

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_adddup2(&actions, write_fd, STDOUT_FILENO);
	rc = posix_spawn(ret_pid, argv[0], &actions, NULL, args, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (rc != 0) {
		errno = rc;
		return err_set(err, -rc, "%s: %m", argv[0]);
	}
	*ret_out_fd = take_fd(&read_fd);
	return 0;
}

static void read_lines(int fd, void (*line)(const char *text, void *ctx), void *ctx)
{
	cleanup_fclose FILE *out = fdopen(fd, "r");
	cleanup_free char *text = NULL;
	size_t size = 0;
	ssize_t len;

	if (!out) {
		(void)close(fd);
		return;
	}
	while ((len = getline(&text, &size, out)) > 0) {
		if (text[len - 1] == '\n')
			text[len - 1] = '\0';
		if (line)
			line(text, ctx);
	}
}

static int run(const char *const argv[], char *const environment[],
	       void (*line)(const char *text, void *ctx), void *ctx, struct err *err)
{
	int status = 0;
	int out_fd = -1;
	pid_t pid = -1;
	int rc = start(argv, environment, &pid, &out_fd, err);

	if (rc < 0)
		return rc;
	read_lines(out_fd, line, ctx);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(err, -EIO, "%s failed; remedy: run it by hand and see what it says",
			       argv[0]);
	return 0;
}

int program_run(const char *const argv[], void (*line)(const char *text, void *ctx), void *ctx,
		struct err *err)
{
	return run(argv, clean_environment, line, ctx, err);
}

int program_run_here(const char *const argv[], struct err *err)
{
	return run(argv, environ, NULL, NULL, err);
}
