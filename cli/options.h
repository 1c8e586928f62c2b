/* SPDX-License-Identifier: Apache-2.0 */

/* Reading a command's options, with complaints from the catalogue. */

#pragma once

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

/**
 * option_next() - getopt_long() that complains in the language of the process
 * @letters:	short options as for getopt(), without the leading ':'; may be ""
 *
 * Return: the option, -1 after the last one, or '?' when one is wrong, which
 * has been said.
 */
int option_next(int argc, char *argv[], const char *letters, const struct option *options);

/**
 * options_none() - of a command that knows --help and nothing else
 * @n_words:	how many words it takes; they begin at argv[optind]
 *
 * Return: 0, 1 (--help was asked for) or -EINVAL.
 */
int options_none(int argc, char *argv[], int n_words);

/* The same of one that knows --json as well. */
int options_json(int argc, char *argv[], int n_words, bool *ret_json);

/**
 * options_usage() - say how the command is used
 * @rc:	more than 0: it was asked for; else they were wrong
 *
 * Return: the exit status.
 */
int options_usage(int rc, void (*print)(FILE *out));
