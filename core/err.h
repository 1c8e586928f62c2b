/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One error value for the whole project: a negative errno for the program and
 * one sentence for the person, in the language of the process.  It lives on the caller's stack,
 * needs no freeing, and works when memory has run out.
 */

#pragma once

#define ERR_TEXT_MAX 512 /* bytes */

struct err {
	int code;                /* negative errno; 0 until err_set() */
	char text[ERR_TEXT_MAX]; /* no trailing newline or full stop */
};

/**
 * err_set() - record a new failure
 * @err:	where to record it, never NULL
 * @code:	negative errno
 * @fmt:	what was being attempted; "%m" expands to the current errno
 *
 * Return: @code, so that callers can write "return err_set(...)".
 */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * err_wrap() - say what the failed step was part of
 * @err:	a recorded failure
 * @fmt:	context, put in front of the existing text with ": "
 *
 * Return: the code already recorded in @err.
 */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
