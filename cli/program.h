/* SPDX-License-Identifier: Apache-2.0 */

/* Running the system's own tools (update-initramfs, pam-auth-update, ...). */

#pragma once

struct err;

/**
 * program_run() - run a program to its end, without a shell
 * @argv:	absolute path first, NULL last
 * @line:	called for each line of its standard output, without the newline;
 *		NULL throws the output away
 *
 * The program gets a clean environment (PATH, LANG=C, non-interactive
 * debconf) and no input; its standard error is the caller's.
 *
 * Return: 0, -ENOENT when it is not installed, or -EIO when it failed.
 */
int program_run(const char *const argv[], void (*line)(const char *text, void *ctx), void *ctx,
		struct err *err);

/* The same in the caller's own environment, for programs of his session. */
int program_run_here(const char *const argv[], struct err *err);
