/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The policy in force.  Read from the administrator's file, checked, logged,
 * and then put where otpd and the command read it.  A file that cannot be
 * accepted leaves no policy: everything blocks, and the status says why (T-09).
 */

#pragma once

#include "ipc/submit.h"
#include "policy/policy.h"

#define RULEBOOK_HASH_MAX 17 /* 16 hexadecimal digits with NUL */

struct rulebook {
	const char *file;      /* the administrator's */
	const char *state_dir; /* accepted bytes go to policy/current below it */
	struct ipc_submitter *log;
	struct policy *policy;        /* NULL: none is accepted */
	char detail[IPC_TEXT_MAX];    /* what is wrong, or empty */
	char hash[RULEBOOK_HASH_MAX]; /* SHA-256 of the bytes, its beginning */
	char *accepted;               /* logged or being logged, not yet installed */
	size_t accepted_len;
	bool is_unlogged; /* the log refused; tried again later */

	void (*again)(struct rulebook *rulebook); /* set by the owner */
};

/* Read the file; @rulebook->policy is then the new one or NULL. */
void rulebook_load(struct rulebook *rulebook);

/* Log and install once more what the log refused. */
void rulebook_retry(struct rulebook *rulebook);

void rulebook_deinit(struct rulebook *rulebook);
