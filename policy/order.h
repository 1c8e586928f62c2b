/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A zone order: what a terminal is called, in which zone it stands, and whose
 * signatures count on it.  A signed note (C2SP) by two different people; the
 * terminal's first one is its enrolment.  Each order says everything anew, so
 * that the newest alone is the whole truth.
 *
 *     order T-0042 {
 *         number 2
 *         zone mynumber
 *         reason "moved to the tax office"
 *         erase-certificate "R8-0113"
 *         user sato ito
 *         signer suzuki "suzuki+1f2e3d4c+AQ..." policy order register
 *         signer tanaka "tanaka+55667788+AQ..." order
 *     }
 */

#pragma once

#include "core/diag.h"
#include "note/note.h"
#include "policy/policy.h"

#define ORDER_BYTES_MAX 3840 /* of the whole note: goes through one message */
#define ORDER_SIGNERS_MAX 16
#define ORDER_USERS_MAX 32
#define ORDER_TERMINAL_MAX 64 /* bytes with NUL */
#define ORDER_HASH_MAX 65     /* hexadecimal SHA-256 of the note, with NUL */

/* Somebody whose signature counts. */
struct order_signer {
	char person[POLICY_WORD_MAX];
	struct note_key key;
	bool may_sign_policies;
	bool may_sign_orders;
	bool may_sign_registers; /* of media */
};

struct order {
	char terminal[ORDER_TERMINAL_MAX];
	uint64_t number; /* strictly increasing */
	enum zone zone;
	policy_minute valid_until; /* to be installed by then, 0: any time */
	char reason[POLICY_TEXT_MAX];
	char ticket[POLICY_TEXT_MAX];
	char erase_certificate[POLICY_TEXT_MAX];
	struct order_signer signers[ORDER_SIGNERS_MAX];
	size_t n_signers;
	char users[ORDER_USERS_MAX][POLICY_WORD_MAX]; /* who are to work there and need a token */
	size_t n_users;
};

/**
 * order_load() - read the text of an order, signed or not
 * @text:	without the signatures
 * @ret:	set on success only
 *
 * Return: 0 or the code of the first error in @diags.
 */
int order_load(const char *file, const char *text, size_t len, struct order *ret,
	       struct diags *diags);

/**
 * order_check_signatures() - that two different people who may signed it
 * @trusted:	the order in force; for a terminal's first one the order itself
 * @ret_people:	"suzuki tanaka", of those who signed, as many as fit; ERR_TEXT_MAX
 *		bytes
 *
 * Return: 0, or -EKEYREJECTED.
 */
int order_check_signatures(const struct note *note, const struct order *trusted, char *ret_people,
			   struct err *err);

/**
 * order_check_succession() - that it may follow the one in force
 * @present:	NULL: this is the terminal's first
 *
 * Return: 0, -ESTALE (not newer), -EXDEV (for another terminal) or -ETIME
 * (not to be installed any more).
 */
int order_check_succession(const struct order *order, const struct order *present,
			   policy_minute now, struct err *err);

/* Who of those that may signed the policy, or NULL: nobody did. */
const struct order_signer *order_policy_signer(const struct note *policy,
					       const struct order *trusted);

/* The same of a register of media. */
const struct order_signer *order_register_signer(const struct note *ledger,
						 const struct order *trusted);

/* The stricter of two zones for media: mynumber, then unassigned, lgwan, internet. */
enum zone zone_stricter(enum zone a, enum zone b);

void order_hash(const char *bytes, size_t len, char ret[static ORDER_HASH_MAX]);
