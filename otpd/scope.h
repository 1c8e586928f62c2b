/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Where a code is needed: the policy in force and the terminal's zone, both
 * written by sekishod and read again when they change.
 */

#pragma once

#include "ipc/protocol.h"
#include "policy/policy.h"
#include "policy/terminal.h"

#include <sys/stat.h>

struct scope_file {
	const char *path;
	struct stat seen; /* as of the last reading */
	int code;         /* of the last reading: 0, -ENOENT, ... */
	char detail[IPC_TEXT_MAX];
};

struct scope {
	struct scope_file policy_file;
	struct scope_file terminal_file;
	struct policy *policy; /* NULL: none that can be read */
	struct terminal terminal;
	char detail[IPC_TEXT_MAX]; /* what is wrong, or empty */
};

void scope_init(struct scope *scope, const char *policy_path, const char *terminal_path);
void scope_deinit(struct scope *scope);

/**
 * scope_need() - whether a service needs a code now
 * @any_token:	at least one token was confirmed on this terminal
 *
 * Without a readable policy or zone a code is required, once there is a token:
 * before that nobody could give one.
 */
enum code_need scope_need(struct scope *scope, const char *service, bool any_token);

/* Read again what changed; for a status. */
void scope_refresh(struct scope *scope);
