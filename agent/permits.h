/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The permits of this terminal, each in a file of its own below the state
 * directory: what was asked for, approved, used and returned.  A file that
 * cannot be read or is not whole is a permit that does not hold.
 *
 * MUST: a use is counted, and durable, before anything opens under it.
 */

#pragma once

#include "agent/seat.h"
#include "core/loop.h"
#include "permit/permit.h"

#define PERMITS_DIR "permits" /* below the state directory, root's alone */
#define PERMITS_MAX 4096      /* kept; those that ended longest ago make room */
#define PERMITS_WARNINGS 2    /* before the end: 10 minutes, 1 minute */

/* Who stands beside what a company brought in; forgotten with this run of the agent. */
struct permits_witness {
	uint64_t device; /* attached_device.id of what his code was given for; 0: none was */
	char session[SEAT_SESSION_MAX]; /* his */
	int64_t until_us;               /* CLOCK_BOOTTIME */
	bool is_refused;                /* what was to be on it is not: no code helps */
};

struct permits_entry {
	struct permits_entry *next;
	struct permit permit;
	struct permit_record record;
	struct permits_witness witness;
	unsigned int n_warned; /* of PERMITS_WARNINGS, in this run of the agent */
};

struct permits {
	struct loop *loop;
	int dirfd; /* -1: no permit is kept, and none holds */
	struct permits_entry *first;
	size_t n;
	uint8_t boot[ELAPSED_BOOT_LEN];
	struct loop_timer timer; /* until one of them begins, is about to end, or ends */

	/* Set by the owner: what they permit is another; @entry has come to its end; the end comes.
	 */
	void (*changed)(struct permits *permits);
	void (*ended)(struct permits *permits, const struct permits_entry *entry);
	void (*warn)(struct permits *permits, const struct permits_entry *entry, int64_t left_s);
};

int permits_init(struct permits *permits, struct loop *loop, const char *state_dir,
		 struct err *err);
void permits_deinit(struct permits *permits);

/* Begin to keep time; calls changed. */
void permits_start(struct permits *permits);

/* NULL: there is none of this number. */
struct permits_entry *permits_find(const struct permits *permits, const char *number);

/**
 * permits_next_number() - a number that was never given
 * @terminal:	name of this one
 * @out:	PERMIT_NUMBER_MAX bytes: "R8-T-0042-7"
 *
 * Durable before it is used.  Return: 0 or the error.
 */
int permits_next_number(struct permits *permits, const char *terminal, char *out, struct err *err);

/* Keep a new one.  Return: 0 or the error: then there is none. */
int permits_add(struct permits *permits, const struct permit *permit,
		const struct permit_record *record, struct err *err);

/* Keep another record of one.  Return: 0 or the error: the one before stays. */
int permits_change(struct permits *permits, struct permits_entry *entry,
		   const struct permit_record *record, struct err *err);

/* This moment, for elapsed_pass() and permit_approve(). */
struct elapsed_now permits_now(const struct permits *permits);

/**
 * permits_fill() - which permit holds for a device here and now
 * @facts:	its medium_number and medium as far as they are known; permit and
 *		permit_for are set
 *
 * Of several the one that writes, then the one that ends first.
 */
void permits_fill(const struct permits *permits, const char *terminal,
		  const struct policy_circumstances *at, struct policy_device *facts);

/* True when it holds here and now for a medium of this number. */
bool permits_holds(const struct permits *permits, const struct permits_entry *entry,
		   const char *medium, const char *terminal, const struct policy_circumstances *at);

/**
 * permits_check_use() - whether opening a medium is another use
 * @diskseq:	of the medium: one plug is one use, also over a restart of the agent
 * @ret_entry:	the permit
 *
 * Return: 1 when it is one to log and then to count, 0 when a counted one goes on,
 * or an error: it must not open.
 */
int permits_check_use(const struct permits *permits, const char *number, uint64_t diskseq,
		      const struct permits_entry **ret_entry, struct err *err);

/* Count it, durable, when the log has it.  Return: 0 or an error: it must not open. */
int permits_begin_use(struct permits *permits, const char *number, uint64_t diskseq,
		      struct err *err);

/* What was written in a use that has ended, added up. */
void permits_end_use(struct permits *permits, const char *number, uint64_t bytes, uint64_t files);
