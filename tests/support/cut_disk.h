/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A disk that stops at a chosen call, for a test that is linked with --wrap for
 * write, pwrite64, fdatasync and fsync.  Included by one file of a program.
 */

#pragma once

#include <criterion/criterion.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define UNDO_MAX 64

/* What a crash leaves of the write at which it happens, and of those before it. */
enum crash {
	CRASH_BEFORE = 0,    /* killed before the call */
	CRASH_HALF = 1,      /* killed, half of the bytes are written */
	CRASH_POWER = 2,     /* whatever was not synced is gone */
	CRASH_REORDERED = 3, /* as before, but this last write went through */
	N_CRASHES = 4,
};

/* A write that is not yet synced, and what it replaced. */
struct undo {
	int fd;
	off_t offset;
	off_t size; /* of the file */
	size_t len;
	char bytes[65536];
};

static int crash_at; /* the n-th call from now on, 0: none */
static enum crash crash_kind;
static struct undo undos[UNDO_MAX];
static size_t n_undos;

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd);

static void remember(int fd, size_t len, off_t offset)
{
	struct undo *undo = &undos[n_undos++];
	struct stat st;

	cr_assert_lt(n_undos, UNDO_MAX);
	cr_assert_leq(len, sizeof(undo->bytes));
	cr_assert_eq(fstat(fd, &st), 0);
	*undo = (struct undo){ .fd = fd, .offset = offset, .size = st.st_size, .len = len };
	(void)!pread(fd, undo->bytes, len, offset);
}

static void forget(int fd)
{
	size_t n = 0;

	for (size_t i = 0; i < n_undos; i++) {
		if (undos[i].fd != fd)
			undos[n++] = undos[i];
	}
	n_undos = n;
}

static void lose_power(size_t n)
{
	for (; n > 0; n--) {
		const struct undo *undo = &undos[n - 1];

		(void)__real_pwrite64(undo->fd, undo->bytes, undo->len, undo->offset);
		(void)!ftruncate(undo->fd, undo->size);
	}
}

static bool is_now(void)
{
	return crash_at > 0 && --crash_at == 0;
}

static void crash_in_write(int fd, const void *bytes, size_t len, off_t offset)
{
	if (crash_kind == CRASH_POWER || crash_kind == CRASH_REORDERED)
		lose_power(n_undos);
	if (crash_kind == CRASH_HALF)
		(void)__real_pwrite64(fd, bytes, len / 2, offset);
	if (crash_kind == CRASH_REORDERED)
		(void)__real_pwrite64(fd, bytes, len, offset);
	_exit(1);
}

static void crash_in_sync(void)
{
	if (crash_kind == CRASH_POWER)
		lose_power(n_undos);
	_exit(1);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	off_t offset = lseek(fd, 0, SEEK_CUR);

	if (crash_at > 0)
		remember(fd, len, offset);
	if (is_now())
		crash_in_write(fd, bytes, len, offset);
	return __real_write(fd, bytes, len);
}

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
	if (crash_at > 0)
		remember(fd, len, offset);
	if (is_now())
		crash_in_write(fd, bytes, len, offset);
	return __real_pwrite64(fd, bytes, len, offset);
}

int __wrap_fdatasync(int fd)
{
	if (is_now())
		crash_in_sync();
	forget(fd);
	return __real_fdatasync(fd);
}

int __wrap_fsync(int fd)
{
	if (is_now())
		crash_in_sync();
	forget(fd);
	return __real_fsync(fd);
}

/* Return: false when the whole story was over before that call. */
static bool crash_in_child(int at, enum crash kind, void (*story)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		crash_at = at;
		crash_kind = kind;
		story();
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status) == 1;
}
