/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Media that are mounted and in nobody's hands: the agent was not there when
 * they were taken out, or when what was granted ended.  Their use is ended as
 * any other: whoever has a file open is given STRAYS_GRACE_US.
 */

#pragma once

#include "agent/mount.h"
#include "agent/storage.h"

#define STRAYS_GRACE_US USE_GRACE_US

struct strays {
	struct loop *loop;
	const struct storage *storage;
	const char *mount_socket;
	struct mount mount; /* one question at a time */
	bool is_asking;
	char path[IPC_TEXT_MAX];   /* that is asked about */
	char detail[IPC_TEXT_MAX]; /* who used it, at the first try */
	bool is_cut;
	struct loop_timer timer; /* until what was in use is cut */
};

int strays_init(struct strays *strays, struct loop *loop, const struct storage *storage,
		const char *mount_socket, struct err *err);
void strays_deinit(struct strays *strays);

/* Look for some, and end the first; the others follow.  Only when what is attached has been judged.
 */
void strays_look(struct strays *strays);
