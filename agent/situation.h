/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Everything a verdict depends on besides the device: the policy in force, the
 * terminal's zone, the hour, and who sits there.  Says when one of them is
 * another than before.
 */

#pragma once

#include "agent/exceptions.h"
#include "agent/media_book.h"
#include "agent/rulebook.h"
#include "agent/seat.h"
#include "agent/site.h"

struct situation_paths {
	const char *state_dir;
	const char *policy;       /* the administrator's file */
	const char *packaged_dir; /* policies that come with the package */
	const char *log_socket;
	const char *otp_socket;
	const char *seat_dir; /* logind's */
};

struct situation {
	struct loop *loop;
	struct seat seat;
	struct site site;
	struct rulebook rulebook;
	struct media_book book;
	struct policy_circumstances at;
	const struct exceptions *exceptions; /* set by the owner; NULL: none can be declared */
	struct loop_timer minute;            /* runs while the policy asks for the time */
	struct loop_source policy_watch;     /* inotify on the folder of the administrator's file */
	const char *policy_name;             /* of that file, in its folder */
	bool is_started;                     /* what changes before is told at once, in the end */

	/* Set by the owner: judge again; something must be tried again later. */
	void (*changed)(struct situation *situation);
	/* Somebody else may sit there, or a session may have ended. */
	void (*seated)(struct situation *situation);
	void (*again)(struct situation *situation);
};

int situation_init(struct situation *situation, struct loop *loop,
		   const struct situation_paths *paths, struct ipc_submitter *log, struct err *err);
void situation_deinit(struct situation *situation);

/* Ask the log, read the files, and take the policy up; calls changed. */
void situation_start(struct situation *situation);

/* On SIGHUP: look at everything again. */
void situation_look(struct situation *situation);

/* What did not work is tried once more. */
void situation_retry(struct situation *situation);

/* Bring the time up to date before something is judged. */
void situation_refresh(struct situation *situation);
