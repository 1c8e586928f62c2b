/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The policy in force and how another one takes its place.
 *
 * The administrator's file is a proposal.  One that is signed by somebody who
 * may, newer than any before, and without an error is logged, its version goes
 * into the log's memory, it is put where otpd and the command read it, and is
 * then in force, all at once.  Any other leaves the present one in force, and
 * status and log say why (T-09).  Until there is one the package's policy for
 * the terminal's zone is in force.
 */

#pragma once

#include "agent/site.h"
#include "ipc/submit.h"
#include "policy/policy.h"

#define RULEBOOK_HASH_MAX 17 /* 16 hexadecimal digits with NUL */

/* A policy with the bytes it was read from; in force it has none any more. */
struct rulebook_text {
	struct policy *policy; /* NULL: none */
	char *bytes;
	size_t len;
	char hash[RULEBOOK_HASH_MAX]; /* SHA-256 of the bytes, its beginning */
	char signer[POLICY_WORD_MAX]; /* "": not signed, and none was asked for */
};

struct rulebook {
	const char *file;         /* the administrator's */
	const char *state_dir;    /* accepted bytes are policy/current below it */
	const char *packaged_dir; /* ZONE.policy below it */
	struct ipc_submitter *log;
	struct site *site;

	struct rulebook_text in_force;
	bool is_packaged;
	char detail[IPC_TEXT_MAX];   /* why the administrator's file is not, or empty */
	char refused[IPC_TEXT_MAX];  /* the refusal that the log has, or empty */
	struct rulebook_text coming; /* accepted, the log is being told */
	uint64_t coming_order;       /* its signer was checked against that one, 0: none */
	bool is_logging;
	bool must_look; /* the file changed meanwhile */
	bool expiry_logged;

	/* Set by the owner: another policy is in force; something must be tried again later. */
	void (*changed)(struct rulebook *rulebook);
	void (*again)(struct rulebook *rulebook);

	/* Somebody waits for what becomes of the administrator's file. */
	void (*done)(void *ctx, const struct err *err);
	void *ctx;
};

/*
 * Take up again what was in force when the agent stopped; or the package's policy.  Also when the
 * zone or the signers are others.
 */
void rulebook_start(struct rulebook *rulebook);

/**
 * rulebook_look() - see what the administrator's file proposes
 * @done:	told the outcome, once; may be NULL
 */
void rulebook_look(struct rulebook *rulebook, policy_minute now,
		   void (*done)(void *ctx, const struct err *err), void *ctx);

/* Log once that the policy's end has passed. */
void rulebook_tick(struct rulebook *rulebook, policy_minute now);

void rulebook_deinit(struct rulebook *rulebook);
