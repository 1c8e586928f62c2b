/* SPDX-License-Identifier: Apache-2.0 */

#include "confine/filter.h"

#include "confine/capabilities.h"
#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>

DEFINE_CLEANUP(scmp_filter_ctx, seccomp_release)
#define cleanup_filter cleanup_with(seccomp_releasep)

const struct filter_rule filter_basics[FILTER_BASICS_N] = {
	{ .call = SCMP_SYS(brk) },
	{ .call = SCMP_SYS(munmap) },
	{ .call = SCMP_SYS(mremap) },
	{ .call = SCMP_SYS(madvise) },
	{ SCMP_SYS(mmap), FILTER_LACKS, 2, PROT_EXEC },
	{ .call = SCMP_SYS(clock_gettime) },
	{ .call = SCMP_SYS(getrandom) },
	{ .call = SCMP_SYS(futex) },
	{ .call = SCMP_SYS(restart_syscall) },
	{ .call = SCMP_SYS(rt_sigreturn) },
	{ .call = SCMP_SYS(exit_group) },
};

static uint32_t action_of(int action)
{
	if (action == FILTER_ALLOW)
		return SCMP_ACT_ALLOW;
	if (action == FILTER_ASK)
		return SCMP_ACT_NOTIFY;
	return action == FILTER_KILL ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO((uint32_t)action);
}

static int add_rule(scmp_filter_ctx filter, uint32_t action, const struct filter_rule *rule)
{
	switch (rule->test) {
	case FILTER_ANY:
		return seccomp_rule_add(filter, action, rule->call, 0);
	case FILTER_EQUALS:
		return seccomp_rule_add(filter, action, rule->call, 1,
					SCMP_CMP(rule->arg, SCMP_CMP_MASKED_EQ, UINT32_MAX,
						 rule->value));
	case FILTER_LACKS:
		return seccomp_rule_add(filter, action, rule->call, 1,
					SCMP_CMP(rule->arg, SCMP_CMP_MASKED_EQ, rule->value, 0));
	}
	return -EINVAL;
}

static int add_list(scmp_filter_ctx filter, const struct filter_list *list)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < list->n; i++)
		rc = add_rule(filter, action_of(list->action), &list->rules[i]);
	return rc;
}

/* @ret_fd: NULL where no rule asks. */
static int load(const struct filter_list *lists, size_t n_lists, int otherwise, int *ret_fd,
		struct err *err)
{
	cleanup_filter scmp_filter_ctx filter = seccomp_init(action_of(otherwise));
	int rc = filter ? 0 : -ENOMEM;
	int fd = -1;

	for (size_t i = 0; rc == 0 && i < n_lists; i++)
		rc = add_list(filter, &lists[i]);
	if (rc == 0)
		rc = seccomp_load(filter); /* sets no_new_privs first */
	if (rc == 0 && ret_fd) {
		fd = fcntl(seccomp_notify_fd(filter), F_DUPFD_CLOEXEC, 0);
		rc = fd < 0 ? -errno : 0;
	}
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "the system call filter cannot be installed: %m");
	}
	if (ret_fd)
		*ret_fd = fd;
	return 0;
}

int filter_load(const struct filter_list *lists, size_t n_lists, int otherwise, struct err *err)
{
	return load(lists, n_lists, otherwise, NULL, err);
}

int filter_load_asked(const struct filter_list *lists, size_t n_lists, int otherwise, int *ret_fd,
		      struct err *err)
{
	return load(lists, n_lists, otherwise, ret_fd, err);
}

int filter_confine(uint64_t capabilities, const struct filter_rule *rules, size_t n,
		   struct err *err)
{
	const struct filter_list lists[] = { FILTER_BASICS, { rules, n, FILTER_ALLOW } };
	int rc = capabilities_keep(capabilities, err);

	return rc < 0 ? rc : filter_load(lists, sizeof(lists) / sizeof(lists[0]), EPERM, err);
}
