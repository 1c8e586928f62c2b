/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The register of media in force, and how another one takes its place: as
 * agent/rulebook.h does it for the policy.  The administrator's file is a proposal;
 * one that is signed by somebody who may, newer than any before, not over and
 * without an error is logged, its version goes into the log's memory, and it is
 * in force.  Any other leaves the present one in force.
 *
 * What counts is that register with what happened here since (agent/media_events.h).
 */

#pragma once

#include "agent/media_events.h"
#include "agent/site.h"

#define MEDIA_BOOK_HASH_MAX 17 /* 16 hexadecimal digits with NUL */

/* A register with the bytes it was read from; in force it has none any more. */
struct media_book_text {
	struct ledger *ledger; /* NULL: none */
	char *bytes;
	size_t len;
	char hash[MEDIA_BOOK_HASH_MAX];
	char signer[POLICY_WORD_MAX]; /* "": not signed, and none was asked for */
};

struct media_book {
	char *file;            /* the administrator's, beside his policy */
	const char *state_dir; /* accepted bytes are register/current below it */
	struct ipc_submitter *log;
	struct site *site;

	struct media_book_text in_force;
	struct media_events events;
	struct ledger *ledger; /* both together: what counts; NULL: nothing is known */

	char detail[IPC_TEXT_MAX];     /* why the administrator's file is not, or empty */
	char refused[IPC_TEXT_MAX];    /* the refusal that the log has, or empty */
	struct media_book_text coming; /* accepted, the log is being told */
	uint64_t coming_order;         /* its signer was checked against that one, 0: none */
	bool is_logging;
	bool must_look; /* the file changed meanwhile */
	bool expiry_logged;
	bool is_redoing; /* the log is told again of a loss that it may not have */

	/* Set by the owner: judge again; something must be tried again later. */
	void (*changed)(struct media_book *book);
	void (*again)(struct media_book *book);

	/* Somebody waits for what becomes of the administrator's file. */
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
};

/* Take up what was in force when the agent stopped; also when the signers are others. */
void media_book_start(struct media_book *book);

/* As rulebook_look(). */
void media_book_look(struct media_book *book, policy_minute now,
		     void (*done)(void *ctx, const struct err *err), void *ctx);

/* Say once that the register's end has passed; judge again then. */
void media_book_tick(struct media_book *book, policy_minute now);

/* True while the register has an end that is to come. */
bool media_book_asks_time(const struct media_book *book);

/* Its end has passed: whom it names is not known any more; what is barred stays so. */
bool media_book_is_expired(const struct media_book *book, policy_minute now);

/* True when it cannot be known what happened here: no medium of the register may open. */
bool media_book_is_broken(const struct media_book *book);

/* What did not work is tried once more. */
void media_book_retry(struct media_book *book, policy_minute now);

/* What status shows: the first thing that is wrong, or "". */
const char *media_book_detail(const struct media_book *book);

/**
 * media_book_record() - something happened to a medium, and the log has it
 * @seq:	of its entry
 */
int media_book_record(struct media_book *book, const struct ipc_log_append *event, uint64_t seq,
		      policy_minute at, struct err *err);

void media_book_deinit(struct media_book *book);
