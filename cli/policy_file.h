/* SPDX-License-Identifier: Apache-2.0 */

/* A policy's file as the commands read it: draft or signed, with all its errors shown. */

#pragma once

#include "core/cleanup.h"
#include "note/note.h"
#include "policy/policy.h"

#define POLICY_LIVE "/etc/sekisho/sekisho.policy"

struct ipc_agent_state;

struct policy_file {
	const char *path;
	char *bytes;
	size_t len;
	struct note note; /* when it is signed */
	bool is_signed;   /* by whom is not checked */
	struct policy *policy;
};

/**
 * policy_file_read() - read and load
 * @ret:	policy_file_done() it in any case
 *
 * Everything that is wrong in it is printed to stderr, with the line and a caret.
 *
 * Return: 0, EXIT_FAILURE (it has errors, printed), or a negative errno when it
 * could not be read.
 */
int policy_file_read(const char *path, struct policy_file *ret, struct err *err);

/* What policy_load() reads: the text, and for a draft how includes are found. */
struct policy_source policy_file_source(struct policy_file *file);

/* Errors and warnings in the order of the text. */
void policy_file_print(const struct policy_file *file, struct diags *diags);

/*
 * The same, but what is wrong goes into @diags and is not printed.  Return: 0,
 * EXIT_FAILURE (@diags has errors), or a negative errno.
 */
int policy_file_load(const char *path, struct policy_file *ret, struct diags *diags,
		     struct err *err);

void policy_file_done(struct policy_file *file);
#define cleanup_policy_file cleanup_with(policy_file_done)

/* The file of the policy that sekishod says is in force; *@ret is the caller's. */
int policy_in_force_path(char **ret, struct err *err);

/* The same from an answer of the agent's that the caller has.  Return: 0 or -ENOMEM. */
int policy_path_of_state(const struct ipc_agent_state *state, char **ret, struct err *err);

/* A whole file, anybody's; "-" is the standard input.  Return: 0 or a negative errno. */
int read_any_file(const char *path, size_t max, char **ret, size_t *ret_len, struct err *err);
