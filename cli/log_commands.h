/* SPDX-License-Identifier: Apache-2.0 */

/* What sekisho log does besides reading: proofs, seals, exports. */

#pragma once

#include <stdbool.h>
#include <stdio.h>

#define LOG_WORDS_MAX 2

struct err;

struct log_request {
	const char *dir; /* this terminal's log unless --dir was given */
	const char *key;
	const char *at;
	const char *tiles;
	const char *fiscal_year;
	const char *reason;
	const char *issuer;
	const char *approver;
	const char *words[LOG_WORDS_MAX]; /* NULL beyond n_words */
	int n_words;
};

/*
 * Each returns 0; -EBADMSG: it is not so; -ENODATA: what it takes was pruned;
 * or another error: it could not be tried.
 */
int log_prove(const struct log_request *request, struct err *err);
int log_consistency(const struct log_request *request, struct err *err);
int log_check_proof(const struct log_request *request, struct err *err);
int log_seal(const struct log_request *request, struct err *err);
int log_check_seal(const struct log_request *request, struct err *err);
int log_redact(const struct log_request *request, struct err *err);
int log_export(const struct log_request *request, struct err *err);

/**
 * log_command_run() - run the command that argv[1] names, and say what went wrong
 * @ret_status:	0 done, 1 it is not so, 2 pruned, 3 wrong usage or failed
 *
 * Return: false when it is none of these.
 */
bool log_command_run(int argc, char *argv[], int *ret_status, struct err *err);

/* Open the log that was asked for.  Return: its descriptor, the caller's, or an error. */
int log_open(const struct log_request *request, struct err *err);
