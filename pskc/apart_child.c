/* SPDX-License-Identifier: Apache-2.0 */

#include "pskc/apart_child.h"

#include "confine/capabilities.h"
#include "confine/filter.h"
#include "core/diag.h"

#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534
#define MEMORY_MAX (384UL * 1024 * 1024) /* bytes: a file of 8 MiB of the smallest elements */
#define TIME_MAX 10                      /* seconds of computing: most rounds for a password */

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define CALL(name)                                                                                 \
	{                                                                                          \
		.call = SCMP_SYS(name)                                                             \
	}

static const struct filter_rule allowed[] = {
	CALL(recvfrom), CALL(sendto),
#ifdef SEKISHO_SANITIZED
	CALL(write),    CALL(gettid), CALL(sigaltstack), CALL(prlimit64), CALL(sched_getaffinity),
#endif
};

/* What the C library looks for: a time zone, a converter for a rare encoding, room to sort in. */
static const struct filter_rule refused[] = {
	CALL(open),       CALL(openat),   CALL(access),     CALL(faccessat),
	CALL(faccessat2), CALL(stat),     CALL(fstat),      CALL(newfstatat),
	CALL(statx),      CALL(readlink), CALL(readlinkat), CALL(sysinfo),
};

static int limit(int resource, rlim_t most, struct err *err)
{
	const struct rlimit limits = { .rlim_cur = most, .rlim_max = most };

	return setrlimit((__rlimit_resource_t)resource, &limits) == 0
		       ? 0
		       : err_set(err, -errno, "setrlimit: %m");
}

static int set_limits(struct err *err)
{
	int rc = limit(RLIMIT_CPU, TIME_MAX, err);

#ifndef SEKISHO_SANITIZED /* its shadow alone is larger */
	if (rc == 0)
		rc = limit(RLIMIT_DATA, MEMORY_MAX, err);
#endif
	if (rc == 0)
		rc = limit(RLIMIT_CORE, 0, err);
	if (rc == 0)
		rc = limit(RLIMIT_FSIZE, 0, err);
	if (rc == 0)
		rc = limit(RLIMIT_NOFILE, 1, err);
	return rc;
}

/* Nobody in particular; whoever is not root stays who he is and has little to lose. */
static int drop_user(struct err *err)
{
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
			       setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return err_set(err, -errno, "setresuid: %m");
	return capabilities_keep(0, err);
}

static int confine(struct err *err)
{
	const struct filter_list lists[] = {
		FILTER_BASICS,
		{ allowed, N_ELEMENTS(allowed), FILTER_ALLOW },
		{ refused, N_ELEMENTS(refused), EACCES },
	};
	int rc = drop_user(err);

	/* After the change of user: that would undo both. */
	if (rc == 0 && (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0))
		rc = err_set(err, -errno, "prctl: %m");
	if (rc == 0)
		rc = set_limits(err);
	if (rc == 0)
		rc = filter_load(lists, N_ELEMENTS(lists), FILTER_KILL, err);
	return rc;
}

/* Nothing of what libraries do at exit(3), or a sanitizer before it, passes the filter. */
static _Noreturn void end(void)
{
	for (;;)
		(void)syscall(SYS_exit_group, 0);
}

/* A caller that is gone ends it. */
static void send_record(struct apart_record *record)
{
	ssize_t n = send(STDIN_FILENO, record, sizeof(*record), MSG_NOSIGNAL);

	sodium_memzero(record, sizeof(*record));
	if (n != (ssize_t)sizeof(*record))
		end();
}

static void send_error(int code, unsigned int line, const char *text)
{
	struct apart_record record = { .kind = APART_ERROR, .code = code, .line = line };

	(void)snprintf(record.text, sizeof(record.text), "%s", text);
	send_record(&record);
}

static _Noreturn void end_with(const struct diags *diags)
{
	struct apart_record record = { .kind = APART_END,
				       .code = diags->code,
				       .n = diags->n_errors };

	for (size_t i = 0; i < diags->n; i++)
		send_error(diags->list[i].code, diags->list[i].line, diags->list[i].text);
	send_record(&record);
	end();
}

static void read_tokens(struct pskc *pskc, struct diags *diags)
{
	struct apart_opener opener;
	struct pskc_opener how = { 0 };
	struct pskc_token *tokens = NULL;
	size_t n = 0;

	if (recv(STDIN_FILENO, &opener, sizeof(opener), 0) != (ssize_t)sizeof(opener))
		end();
	if (opener.key_len > 0)
		how = (struct pskc_opener){ .key = opener.key, .key_len = opener.key_len };
	if (opener.has_password)
		how.password = opener.password;
	if (pskc_read(pskc, &how, opener.now_s, &tokens, &n, diags) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		struct apart_record record = { .kind = APART_TOKEN, .token = tokens[i] };

		send_record(&record);
	}
}

_Noreturn void apart_child_run(int fd, const char *name, const char *bytes, size_t len)
{
	struct apart_record record = { .kind = APART_FRAME };
	struct diags diags = { 0 };
	struct pskc *pskc = NULL;
	struct err err = { 0 };

	if (dup2(fd, STDIN_FILENO) < 0)
		end();
#ifdef SEKISHO_SANITIZED
	(void)close_range(STDERR_FILENO + 1, ~0U, 0); /* it has something to say */
#else
	(void)close_range(STDOUT_FILENO, ~0U, 0);
#endif
	if (confine(&err) < 0) {
		(void)diag_error(&diags, &(struct diag_place){ name, 1, 1 }, err.code, "%s",
				 err.text);
		end_with(&diags);
	}
	if (pskc_open(name, bytes, len, &pskc, &diags) < 0)
		end_with(&diags);
	record.frame = (struct pskc_frame){ .protection = pskc_protection(pskc),
					    .is_signed = pskc_is_signed(pskc) };
	send_record(&record);
	read_tokens(pskc, &diags);
	end_with(&diags);
}
