/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Where a process came from, as the kernel and logind have it: what it says
 * itself, such as the PAM_TTY of a program that anybody may start with another
 * terminal on its standard input, proves nothing.
 *
 * The kernel gives each login a number which a program keeps through su, sudo,
 * setsid(2) and new terminals (proc(5), sessionid); logind calls its session so.
 */

#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum origin {
	ORIGIN_UNKNOWN = 0, /* in a login that logind does not know, or nothing can be known */
	ORIGIN_REMOTE = 1,  /* in a login from elsewhere */
	ORIGIN_SEAT = 2,    /* in a login at a seat of this machine */
	ORIGIN_SERVICE = 3, /* in no login: a service, as getty and greeters are */
};

enum origin origin_of(pid_t pid);

/**
 * origin_terminal() - the controlling terminal of a process
 * @ret:	0: it has none; set on success only
 *
 * Return: false when that cannot be known.
 */
bool origin_terminal(pid_t pid, dev_t *ret);
