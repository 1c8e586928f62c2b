/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A code given to sudo may be good for some minutes more, where the policy says
 * so.  It is bound to the user, the service and the session that gave it; the
 * kernel says which session asks.  Kept in memory and in boot time: a restart
 * or a clock that is set back never prolongs it.
 */

#pragma once

#include "ipc/protocol.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define GRACES_MAX 64 /* the oldest makes room */

/* The asker's session: its leader, told from a later process of the same number. */
struct grace_session {
	pid_t leader;
	uint64_t started; /* clock ticks since boot */
};

struct grace {
	char user[IPC_USER_MAX]; /* "": free */
	char service[IPC_WORD_MAX];
	struct grace_session session;
	int64_t since_us;    /* boot time of the code */
	int64_t promised_us; /* until when one answer "no code" is kept */
};

struct graces {
	struct grace entries[GRACES_MAX];
};

/* Who asks for what; @asker is the process at the other end of the socket. */
struct grace_request {
	pid_t asker;
	const char *user;
	const char *service;
	int64_t now_us;
};

/* A code was accepted. */
void grace_give(struct graces *graces, const struct grace_request *request);

/**
 * grace_promise() - whether no code needs to be asked for
 * @grace_s:	as the policy says now, 0: never
 *
 * Keeps the answer good for the time that it takes to type a password.
 */
bool grace_promise(struct graces *graces, const struct grace_request *request, uint32_t grace_s);

/* Whether a login without a code passes; redeems the promise. */
bool grace_redeem(struct graces *graces, const struct grace_request *request, uint32_t grace_s);

/* A token was revoked, or somebody who is not the user may be trying. */
void grace_forget(struct graces *graces, const char *user);
