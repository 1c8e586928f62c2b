/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who this terminal is, in which zone it stands, and whose signatures count:
 * the newest zone order, below the state directory.  What the log remembers of
 * it (the entry "terminal.state") is asked at start and outweighs every file.
 */

#pragma once

#include "core/clock.h"
#include "core/err.h"
#include "ipc/submit.h"
#include "policy/witness.h"

#define SITE_ORDER "order"           /* in force; below the state directory, 0644 */
#define SITE_ORDER_NEXT "order.next" /* on its way; while it exists the stricter zone counts */

/* An order that is being installed. */
struct site_installation {
	bool is_running;
	char bytes[ORDER_BYTES_MAX];
	size_t len;
	struct order order;
	struct witness before;                          /* what the log knew until then */
	enum zone zone_before;                          /* that counted until then */
	void (*done)(void *ctx, const struct err *err); /* @err->code 0: in force */
	void *ctx;
};

struct site {
	const char *state_dir;
	const char *log_socket;
	const char *otp_socket;
	struct ipc_submitter *log;

	enum zone zone; /* that counts now */
	bool has_order;
	struct order order; /* in force, matches the log */
	struct witness witness;
	struct clock_mark latest;  /* what ends, ends by it; two people's order sets it anew */
	bool is_witnessed;         /* the log has been asked */
	bool is_damaged;           /* what it says is not proven: nobody is believed */
	bool is_orphan;            /* it never heard of the order that lies here */
	bool is_unfinished;        /* a change did not come to its end: the stricter zone counts */
	char detail[IPC_TEXT_MAX]; /* what is wrong, or empty */
	struct site_installation installation;

	/* Set by the owner: zone or signers are others now; something must be tried again later. */
	void (*changed)(struct site *site);
	void (*again)(struct site *site);
};

/* Find out from the log and the files; waits for the log, but no longer than it may take. */
void site_read(struct site *site, policy_minute now);

/* Ask the log once more if it could not answer, and finish what was left unfinished. */
void site_retry(struct site *site, policy_minute now);

/**
 * site_install() - follow a new order, if it locks nobody out
 * @bytes:	the signed note
 * @done:	called once, also when nothing could be begun
 *
 * Written so that whatever fails half-way leaves the stricter of both zones:
 * order.next exists, then the log has the change, then the log has the new
 * state, which is when it counts.  A log that refuses the change leaves all as
 * it was.
 */
void site_install(struct site *site, const char *bytes, size_t len, policy_minute now,
		  void (*done)(void *ctx, const struct err *err), void *ctx);

/* Have the log remember the version of a policy before it is in force. */
void site_raise_version(struct site *site, uint64_t version, ipc_submitted *done, void *ctx);

/* The same of a register of media. */
void site_raise_register(struct site *site, uint64_t version, ipc_submitted *done, void *ctx);

/* The order whose signers count, or NULL: nobody's signature is asked for. */
const struct order *site_trusted(const struct site *site);

/* True when nobody's signature counts: the signers are not known for sure. */
bool site_is_cut_off(const struct site *site);
