/* SPDX-License-Identifier: Apache-2.0 */

/*
 * From a device to its verdict, to the log, to the gate - in this order (T-05).
 * An interface is opened only in the callback that says its entry is durable.
 */

#pragma once

#include "agent/media_seen.h"
#include "ipc/submit.h"

struct judge;

/* One log entry on its way and the interfaces that wait for it. */
struct petition {
	struct judge *judge;
	uint64_t id;     /* 0: free slot */
	uint64_t device; /* may have gone when the answer comes */
};

/* What the register has against a medium. */
struct bar {
	const char *reason; /* word of the log's glossary */
	const char *number; /* of the medium that it says it is */
	const char *node;   /* or "" */
};

struct judge {
	struct ipc_submitter *log;
	struct device_list *devices;
	const struct policy *policy;           /* NULL: none in force, everything blocks */
	const struct policy_circumstances *at; /* kept by the owner */
	bool enforcing;                        /* the terminal is set up */
	bool asks_input;                       /* the static rules open no more input devices */
	int gate_fd;                           /* directory of markers */
	struct media_seen seen;                /* what the register knows of a device */
	uint64_t last_petition;
	struct petition petitions[IPC_SUBMIT_MAX];

	/*
	 * Set by the owner: what is behind an open interface is granted no more.
	 * True when somebody uses it: judge_cut() follows when that has ended.
	 */
	bool (*end_use)(struct judge *judge, struct attached_device *device,
			const struct attached_interface *interface);

	/* Set by the owner: a medium is barred, say so; others may be barred or not any more. */
	void (*barred)(struct judge *judge, const struct attached_device *device,
		       const struct policy_device *facts, const struct bar *bar);
	void (*bars_changed)(struct judge *judge);

	/* Set by the owner: an interface was opened; something must be tried again later. */
	void (*opened)(struct judge *judge);
	void (*again)(struct judge *judge);
};

/* A slot for an entry about to be sent, freed by its callback; NULL: there is none. */
struct petition *judge_petition(struct judge *judge, const struct attached_device *device);

/* Find out anew which medium each device is, and say what is barred. */
void judge_identify(struct judge *judge);

/* Judge what has not been judged, or not been logged; nothing else changes. */
void judge_device(struct judge *judge, struct attached_device *device);
void judge_all(struct judge *judge);

/**
 * judge_reconsider() - after another policy, zone, person or hour, or after set-up
 *
 * Interfaces whose verdict stays the same are left alone.  One whose verdict
 * changed is closed first, also from allow to read-only: a medium that is
 * mounted writable would stay so.  Where it is in use, that is ended before.
 */
void judge_reconsider(struct judge *judge);

/**
 * judge_reconcile() - compare with sysfs, which is the truth
 *
 * What is open without having been opened by the agent or the static rules is
 * closed and logged as tampering; what was opened and is shut is judged anew.
 */
void judge_reconcile(struct judge *judge, struct attached_device *device);

/* Shut an interface on which something is granted no more, and judge it anew. */
void judge_cut(struct judge *judge, struct attached_device *device,
	       struct attached_interface *interface);

/**
 * judge_mark_revoked() - have it that a device which is revoked stays so over a restart
 *
 * Return: 0 or the error of making the marker; a look makes it again later.
 */
int judge_mark_revoked(const struct judge *judge, const struct attached_device *device,
		       struct err *err);

/* Take a device away at once and until it is plugged in again, whatever the policy says. */
void judge_revoke(struct judge *judge, struct attached_device *device);

/* Of a device just taken in: it was revoked before the agent was started again. */
void judge_recall(struct judge *judge, struct attached_device *device);

/* Say in the log that a device has gone. */
void judge_farewell(struct judge *judge, const struct attached_device *device);

/* True when the verdict closes at least one interface. */
bool judge_is_blocked(const struct attached_device *device);
