/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A permit (利用許可): one medium, one person, one terminal, for so long, so often,
 * to read or to write, for a stated purpose, asked for by one and approved by
 * another.  Pure: no files, no clock, no log.  The language:
 *
 *     permit R8-T-0042-7 {
 *         purpose tax
 *         classification 3A
 *         medium T-0123
 *         terminal T-0042
 *         user sato
 *         section tax
 *         access write
 *         from 2026-12-25T14:30
 *         until 2026-12-25T16:30
 *         uses 1
 *         carrier "職員が施錠ケースで搬送"
 *         destination "国税局"
 *         requester sato
 *         approver yamada
 *     }
 *
 * What a company brings in for a day (access vendor) is in no register: the permit says
 * itself which medium it is (usb, serial), and its number is the medium's.  Its user is
 * the one who witnesses it, and proves by a code each time that he is there.
 *
 * A file of it that somebody signed whom the zone order names for permits is
 * approved beforehand; one that was approved at the terminal lies in the agent's
 * store, with its record behind it.
 */

#pragma once

#include "core/diag.h"
#include "core/elapsed.h"
#include "core/sums.h"
#include "policy/device.h"

#include <stdio.h>

#define PERMIT_NUMBER_MAX 64 /* bytes with NUL */
#define PERMIT_TEXT_MAX 256
#define PERMIT_BYTES_MAX 3000 /* of a signed one: goes through one message */
#define PERMIT_USES_MAX 99
#define PERMIT_EXPECTED_MAX 3 /* SHA-256 that are given in advance: one of a list names many */
#define PERMIT_HASH_HEX (2 * SUMS_HASH_SIZE)
#define PERMIT_VENDOR_S (60 * 60) /* after a code of the witness */

/* Each is one bit of a set: whoever may write may read. */
enum permit_access {
	PERMIT_NOTHING = 0,
	PERMIT_READ = 1 << 0,
	PERMIT_WRITE = 1 << 1,
	PERMIT_VENDOR = 1 << 2, /* reads what a company brought in; stands alone */
};

struct permit {
	char number[PERMIT_NUMBER_MAX];
	char purpose[POLICY_WORD_MAX]; /* data-exchange tax bank maintenance interzone
					* disaster other */
	char classification[8];        /* as in the register: "3A" */
	char medium[POLICY_WORD_MAX];  /* number in the register */
	char terminal[POLICY_WORD_MAX];
	char user[POLICY_WORD_MAX];
	char section[POLICY_WORD_MAX];
	enum permit_access access; /* PERMIT_READ, with or without PERMIT_WRITE; or PERMIT_VENDOR */
	policy_minute from;
	policy_minute until; /* the first minute it holds no more */
	unsigned int uses;
	char carrier[PERMIT_TEXT_MAX];
	char destination[PERMIT_TEXT_MAX];
	char company[PERMIT_TEXT_MAX]; /* these four: of maintenance by one */
	char contract[PERMIT_TEXT_MAX];
	char worker[PERMIT_TEXT_MAX];
	char subcontract[PERMIT_TEXT_MAX];
	char usb[sizeof("0951:1666")]; /* these four: of PERMIT_VENDOR alone */
	char serial[PERMIT_TEXT_MAX];  /* escaped, as struct policy_device has it */
	char scan[PERMIT_TEXT_MAX];    /* number of the scan station's record, or "" */
	char expected[PERMIT_EXPECTED_MAX * (PERMIT_HASH_HEX + 1)]; /* SHA-256 of files that are to
								     * be on it, blanks between */
	char note[PERMIT_TEXT_MAX];
	char requester[POLICY_WORD_MAX];
	char approver[POLICY_WORD_MAX]; /* "": not yet */
};

enum permit_stage {
	PERMIT_REVOKED = 0,
	PERMIT_DENIED = 1,
	PERMIT_CLOSED = 2,  /* returned, erasure confirmed */
	PERMIT_EXPIRED = 3, /* over, and not returned where it was used */
	PERMIT_REQUESTED = 4,
	PERMIT_APPROVED = 5,
};

/* What became of it; kept in the store behind the permit. */
struct permit_record {
	enum permit_stage stage;
	unsigned int used;
	struct elapsed since_approval;
	int64_t span_s;       /* from the approval until its end, however clocks are set */
	uint64_t use_diskseq; /* of the last use, in ... */
	uint8_t use_boot[ELAPSED_BOOT_LEN]; /* ... this boot: the agent started anew is no new use
					     */
	uint64_t bytes_written;
	uint64_t files_written;
	policy_minute returned; /* 0: not yet */
	char erased_by[POLICY_WORD_MAX];
};

/* At which a permit is asked for. */
struct permit_moment {
	const char *medium; /* number, "": none */
	const char *terminal;
	const char *user;     /* at the seat */
	policy_minute now;    /* local wall time, for the beginning; as set, not the latest */
	policy_minute latest; /* for the end */
	bool is_same_use;     /* the use that was counted last goes on */
};

enum permit_answer {
	PERMIT_NO_PERMIT = 0,
	PERMIT_NOT_YET = 1,
	PERMIT_OVER = 2,
	PERMIT_USED_UP = 3,
	PERMIT_OTHER_USER = 4,
	PERMIT_OTHER_TERMINAL = 5,
	PERMIT_HOLDS = 6,
};

/**
 * permit_load() - read one permit, without signatures
 * @ret_record:	what became of it, which only the store's files have; NULL: refuse one
 *
 * Return: 0, or the code of the first error in @diags.
 */
int permit_load(const char *file, const char *text, size_t len, struct permit *ret,
		struct permit_record *ret_record, struct diags *diags);

/* So that reading it gives the same; @record may be NULL.  Return: 0 or -EIO. */
int permit_print(const struct permit *permit, const struct permit_record *record, FILE *out);

typedef void permit_pair(void *ctx, const char *key, const char *value);

/* What it says but its number, by the keys of the log; "" where it says nothing. */
void permit_each(const struct permit *permit, permit_pair *add, void *ctx);
void permit_record_each(const struct permit_record *record, permit_pair *add, void *ctx);

/* The end of the fiscal year that a minute lies in: none is longer. */
policy_minute permit_year_end(policy_minute from);

/**
 * permit_check() - whether it can be asked for at all
 *
 * From before until, not over, no longer than the fiscal year in which it begins,
 * known purpose and classification, at least one use.  For what a company brings in:
 * company, contract and worker are named, the medium is told from others, and it ends
 * with the day on which it begins.
 *
 * Return: 0, -EINVAL or -ERANGE; @err names the field.
 */
int permit_check(const struct permit *permit, policy_minute now, struct err *err);

/**
 * permit_check_approver() - whether @approver may approve it
 *
 * Not the requester, and not who is to use it.  That he is on the section's list is
 * the register's to say.
 *
 * Return: 0 or -EPERM.
 */
int permit_check_approver(const struct permit *permit, const char *approver, struct err *err);

/**
 * permit_approve() - begin to count its time
 * @record:	of a requested one
 */
void permit_approve(const struct permit *permit, struct permit_record *record, policy_minute now,
		    const struct elapsed_now *clock);

/* Does it hold here and now?  A use that is going on counts once. */
enum permit_answer permit_ask(const struct permit *permit, const struct permit_record *record,
			      const struct permit_moment *moment);

/* Seconds until its end, 0: over.  As of the last elapsed_pass(). */
int64_t permit_left_s(const struct permit *permit, const struct permit_record *record,
		      policy_minute latest);

/* A word of the log's glossary for a refusal; NULL for PERMIT_HOLDS. */
const char *permit_answer_reason(enum permit_answer answer);
/* What it is good for, as a policy asks for it. */
enum permitted permit_is_for(const struct permit *permit);

static inline bool permit_is_vendor(const struct permit *permit)
{
	return permit->access == PERMIT_VENDOR;
}

/* True when @device is what a company brought in under @permit. */
bool permit_fits(const struct permit *permit, const struct policy_device *device);

/* The hashes of permit->expected, 32 bytes each.  Return: how many; it has passed permit_check().
 */
uint32_t permit_expected(const struct permit *permit,
			 uint8_t ret[static PERMIT_EXPECTED_MAX][SUMS_HASH_SIZE]);

const char *permit_stage_name(enum permit_stage stage);
const char *permit_access_name(enum permit_access access);
