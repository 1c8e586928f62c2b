/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What happened to media at this terminal and no signed register may have yet: the
 * supplement, register/events below the state directory.  Each entry of it has its
 * entry in the log first.  It has a block of every medium that it says something
 * of, so that a loss counts whatever register is in force, and without one.
 *
 * An act that is being recorded is written down before the log is asked
 * (register/intent): an agent that ends in between knows what may have happened.
 */

#pragma once

#include "ipc/event.h"
#include "ledger/ledger.h"

#define MEDIA_FOLDER "register" /* below the state directory */

struct err;

struct media_events {
	const char *state_dir;
	char *text; /* of the file as it should be */
	size_t len;
	struct ledger *ledger;        /* of @text; NULL: it cannot be read, nothing may open */
	bool is_unsaved;              /* the disk did not take it */
	char detail[IPC_TEXT_MAX];    /* what is wrong, or empty */
	struct ipc_log_append intent; /* type "": none was left behind */
};

/* Read file and intent. */
void media_events_start(struct media_events *events);

/**
 * media_events_describe() - an entry of the log as an entry of the supplement
 * @known:	has the medium, unless it is being registered
 * @id:		"TERMINAL/SEQ" of the entry
 * @ret:	the caller's, free() it
 *
 * Return: 0, -ENOMEM, or -EINVAL: what of it cannot stand in a register.
 */
int media_events_describe(const struct ipc_log_append *event, const struct ledger *known,
			  const char *id, policy_minute at, char **ret, struct err *err);

/**
 * media_events_add() - keep what the log has
 *
 * It counts from now on, also when the disk does not take it: then it is tried again.
 */
int media_events_add(struct media_events *events, const struct ipc_log_append *event,
		     const struct ledger *known, const char *id, policy_minute at, struct err *err);

/* Write what the disk did not take.  Return: 0 or the error of writing. */
int media_events_save(struct media_events *events, struct err *err);

/* What an entry is called: a log that began anew counts from 1, and no two have one name. */
void media_events_name(const struct media_events *events, const char *terminal, uint64_t seq,
		       char *out, size_t size);

/* Write an intent down, or strike it out (NULL). */
int media_events_intend(const struct media_events *events, const struct ipc_log_append *event,
			struct err *err);

/* The act that an entry of the log names, or LEDGER_ACT_NONE. */
enum ledger_act media_events_act(const struct ipc_log_append *event);

void media_events_deinit(struct media_events *events);
