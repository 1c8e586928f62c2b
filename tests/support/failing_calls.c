/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Preloaded into a login program: the call of number FAILING_CALL that
 * pam_sekisho.so makes to another library fails; 0: none.  How many there were
 * is written to the file that COUNTED_CALLS names.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static unsigned long n_calls;

static bool fails(const void *caller)
{
	const char *number = getenv("FAILING_CALL");
	Dl_info info;

	if (dladdr(caller, &info) == 0 || !info.dli_fname ||
	    !strstr(info.dli_fname, "pam_sekisho.so"))
		return false;
	errno = ENOMEM;
	return ++n_calls == (number ? strtoul(number, NULL, 10) : 0);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("COUNTED_CALLS");
	FILE *file = path ? fopen(path, "we") : NULL;

	if (file) {
		fprintf(file, "%lu\n", n_calls);
		(void)fclose(file);
	}
}

/* What a wrapped function calls: the next of its name, with its type. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

#define WRAP(type, name, failure, parameters, arguments)                                           \
	EXPORT type name parameters                                                                \
	{                                                                                          \
		return fails(CALLER) ? (failure) : NEXT(name) arguments;                           \
	}

EXPORT void *malloc(size_t size)
{
	return fails(CALLER) ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t n, size_t size)
{
	return fails(CALLER) ? NULL : __libc_calloc(n, size);
}

EXPORT void *reallocarray(void *old, size_t n, size_t size)
{
	return fails(CALLER) ? NULL : __libc_realloc(old, n * size);
}

EXPORT char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	void *copy = fails(CALLER) ? NULL : __libc_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}

WRAP(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, connect, -1, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
WRAP(int, poll, -1, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))
WRAP(ssize_t, sendmsg, -1, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRAP(ssize_t, recvmsg, -1, (int fd, struct msghdr *message, int flags), (fd, message, flags))
WRAP(ssize_t, read, -1, (int fd, void *buf, size_t size), (fd, buf, size))
WRAP(int, fstat, -1, (int fd, struct stat *ret), (fd, ret))
WRAP(int, clock_gettime, -1, (clockid_t id, struct timespec *ret), (id, ret))
WRAP(struct tm *, localtime_r, NULL, (const time_t *when, struct tm *ret), (when, ret))
WRAP(int, pam_get_user, PAM_BUF_ERR, (pam_handle_t * handle, const char **user, const char *prompt),
     (handle, user, prompt))
WRAP(int, pam_get_item, PAM_BUF_ERR, (const pam_handle_t *handle, int type, const void **item),
     (handle, type, item))
WRAP(int, pam_set_item, PAM_BUF_ERR, (pam_handle_t * handle, int type, const void *item),
     (handle, type, item))
WRAP(int, pam_get_data, PAM_BUF_ERR,
     (const pam_handle_t *handle, const char *name, const void **data), (handle, name, data))
WRAP(int, pam_set_data, PAM_BUF_ERR,
     (pam_handle_t * handle, const char *name, void *data,
      void (*cleanup)(pam_handle_t *, void *, int)),
     (handle, name, data, cleanup))
WRAP(int, pam_fail_delay, PAM_BUF_ERR, (pam_handle_t * handle, unsigned int delay_us),
     (handle, delay_us))

EXPORT int openat(int dirfd, const char *path, int flags, ...)
{
	return fails(CALLER) ? -1 : NEXT(openat)(dirfd, path, flags, 0);
}

EXPORT int pam_prompt(pam_handle_t *handle, int style, char **response, const char *fmt, ...)
{
	va_list ap;
	int rc;

	if (fails(CALLER))
		return PAM_CONV_ERR;
	va_start(ap, fmt);
	rc = pam_vprompt(handle, style, response, fmt, ap);
	va_end(ap);
	return rc;
}
