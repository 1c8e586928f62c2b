/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Where a code is needed and how it is checked: the policy in force and the
 * terminal's zone.  Both are files that sekishod writes; what they may say is
 * in the log, which is asked whenever one of them changes.  A changed file
 * thus never makes a code less needed.
 */

#pragma once

#include "core/clock.h"
#include "ipc/protocol.h"
#include "policy/witness.h"

#include <sys/stat.h>

struct scope_paths {
	const char *policy;       /* accepted last */
	const char *order;        /* in force; ORDER.next is on its way */
	const char *packaged_dir; /* ZONE.policy, until one has been accepted */
};

enum scope_file {
	SCOPE_POLICY,
	SCOPE_ORDER,
	SCOPE_ORDER_NEXT,
	SCOPE_FILES /* how many there are */
};

struct scope {
	char *paths[SCOPE_FILES];
	const char *packaged_dir;
	struct stat seen[SCOPE_FILES]; /* as of the last reading */
	struct clock clock;
	struct clock_mark latest; /* exemptions end by it */
	int64_t again_us;         /* boot time before which the log is not asked again */
	bool is_read;

	struct witness witness;
	bool is_witnessed;         /* the log has been asked */
	bool is_unfinished;        /* between two zones */
	struct policy *policy;     /* NULL: none that can be believed */
	char detail[IPC_TEXT_MAX]; /* what is wrong, or empty */

	/* Ask the log; 0 also when it has no such entry. */
	int (*recall)(void *ctx, struct witness *ret, struct err *err);
	void *ctx;
};

/**
 * scope_init() - set the paths
 * @recall:	asks the log
 *
 * Return: 0 or -ENOMEM.
 */
int scope_init(struct scope *scope, const struct scope_paths *paths, struct clock clock,
	       int (*recall)(void *ctx, struct witness *ret, struct err *err), void *ctx,
	       struct err *err);
void scope_deinit(struct scope *scope);

/**
 * scope_of() - what holds for a login now
 * @any_token:	at least one token was confirmed on this terminal
 *
 * Without a policy or zone that can be believed a code is required, once there
 * is a token: before that nobody could give one.  In mynumber it is in any case.
 */
void scope_of(struct scope *scope, const char *service, const char *user, bool any_token,
	      struct code_scope *ret);

/* Read again what changed; for a status. */
void scope_refresh(struct scope *scope);
