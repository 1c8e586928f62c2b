/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A list of the system calls that are left to a process.  One way to write such
 * a list down for everything that confines itself.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

struct err;

/* Which calls a rule is about, besides their number. */
enum filter_test {
	FILTER_ANY = 0,
	FILTER_EQUALS = 1, /* the lower 32 bits of argument @arg are @value */
	FILTER_LACKS = 2,  /* they have no bit of @value */
};

struct filter_rule {
	int call; /* SCMP_SYS() */
	enum filter_test test;
	unsigned int arg;
	uint32_t value;
};

/* What becomes of a call: allowed, ended with its process, or any errno. */
#define FILTER_ALLOW 0
#define FILTER_KILL (-1)
#define FILTER_ASK (-2) /* filter_load_asked() alone: another process says */

struct filter_list {
	const struct filter_rule *rules;
	size_t n;
	int action; /* FILTER_ALLOW, FILTER_KILL, FILTER_ASK or an errno */
};

/* What every process needs: memory that is never code, the time, and a way to end. */
#define FILTER_BASICS ((struct filter_list){ filter_basics, FILTER_BASICS_N, FILTER_ALLOW })
#define FILTER_BASICS_N 11
extern const struct filter_rule filter_basics[FILTER_BASICS_N];

/**
 * filter_load() - for the rest of this process
 * @lists:	no two may name a call under the same conditions
 * @otherwise:	what becomes of a call that no rule names, as filter_list.action
 *
 * Another architecture's calls end the process.
 *
 * Return: 0 or the error of seccomp(2).
 */
int filter_load(const struct filter_list *lists, size_t n_lists, int otherwise, struct err *err);

/**
 * filter_confine() - keep these capabilities and system calls, and what every process needs
 * @capabilities: set of CAPABILITY()
 *
 * Any other call is EPERM.  Return: 0 or the error.
 */
int filter_confine(uint64_t capabilities, const struct filter_rule *rules, size_t n,
		   struct err *err);

/**
 * filter_load_asked() - likewise, with calls that wait for another process to answer them
 * @ret_fd:	set on success only, close-on-exec, the caller's: whoever has it
 *		answers, by seccomp_unotify(2); when nobody has it any more they are
 *		-ENOSYS
 */
int filter_load_asked(const struct filter_list *lists, size_t n_lists, int otherwise, int *ret_fd,
		      struct err *err);
