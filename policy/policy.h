/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What may be plugged in, and where a login needs a code.  Deciding is pure: no
 * files, no clock, no logging, so that the agent, otpd, the command and the
 * tests ask the same functions.  The language is sekisho-policy(5).
 *
 * A policy is a handful of flat arrays: rules point to their conditions,
 * conditions to their values, and every text lies in one place and is named by
 * its offset there.  100,000 rules then take tens of megabytes less than as
 * objects of their own, and load in one piece.
 */

#pragma once

#include "core/cleanup.h"
#include "core/diag.h"
#include "policy/device.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define POLICY_BYTES_MAX (64 * 1024 * 1024) /* with all included files */
#define POLICY_RULES_MAX 200000
#define POLICY_VALUES_MAX 200000 /* of one condition or set */
#define POLICY_SETS_MAX 1000
#define POLICY_SERVICES_MAX 1024 /* lines and exemptions of one zone */
#define POLICY_NESTING_MAX 4     /* of includes */
#define POLICY_ID_MAX 64         /* bytes with NUL */
#define POLICY_TEXT_MAX 256      /* bytes with NUL of a reason, ticket or clause */

/* The rule id that log and lists show when no rule matched. */
#define POLICY_DEFAULT_RULE "default"
#define POLICY_NO_RULE UINT32_MAX

/* Written into the audit log; never renumber.  A smaller one is stricter. */
enum verdict {
	VERDICT_BLOCK = 0,
	VERDICT_READ_ONLY = 1,
	VERDICT_ALLOW = 2,
};

/* The same numbers as enum ipc_otp_need_value; 0 refuses by requiring. */
enum code_need {
	CODE_REQUIRED = 0,
	CODE_OPTIONAL = 1, /* of those who have a token */
	CODE_NONE = 2,
};

/* What holds once a policy's end date has passed; none opens anything more. */
enum expired {
	EXPIRED_BLOCK = 0,     /* every rule blocks */
	EXPIRED_READ_ONLY = 1, /* storage that was allowed can still be read */
	EXPIRED_KEEP = 2,      /* as before, with an alarm */
};

enum condition_kind {
	CONDITION_BUS,
	CONDITION_ONLY,
	CONDITION_INTERFACE,
	CONDITION_USB,
	CONDITION_SERIAL,
	CONDITION_PORT,
	CONDITION_CONNECT,
	CONDITION_SD_CID,
	CONDITION_THUNDERBOLT,
	CONDITION_MEDIUM,
	CONDITION_FILESYSTEM,
	CONDITION_MEDIUM_NUMBER,
	CONDITION_PERMIT,
	CONDITION_ZONE,
	CONDITION_USER,
	CONDITION_GROUP,
	CONDITION_HOURS,
	CONDITION_WEEKDAYS,
	CONDITION_UNTIL,
	CONDITION_EXCEPTION,
	CONDITION_KINDS /* how many there are */
};

/* An offset into policy.text, or 0 for none: "" stands there. */
typedef uint32_t policy_text;

/* Where something stands that a warning may have to point at; line 0: nowhere. */
struct policy_place {
	uint32_t line;
	uint16_t column;
	uint16_t file; /* in policy.files */
};

/* Any one of the values fulfils it; sets of names are one value with many bits. */
struct policy_condition {
	uint8_t kind;   /* enum condition_kind */
	uint8_t column; /* 255: there or behind */
	uint16_t set;   /* 1 + index into policy.sets, 0: its own values */
	uint32_t line;
	uint32_t first; /* in policy.values, sorted */
	uint32_t n;
};

struct policy_rule {
	policy_text id;
	policy_text reason;
	policy_text ticket;
	policy_text clause; /* of the city's policy that it answers */
	uint32_t line;
	uint32_t first; /* in policy.conditions */
	uint8_t n;
	uint8_t verdict; /* enum verdict */
	uint16_t file;   /* in policy.files */
};

struct policy_set {
	policy_text name;
	uint8_t kind;
	uint32_t first; /* in policy.values */
	uint32_t n;
};

/* "code NEED SERVICE..." of one zone. */
struct policy_code {
	policy_text service; /* PAM service name; 0: every service without a line of its own */
	enum code_need need;
	uint32_t grace_s; /* a code is good for this long in the same session, 0: once */
	/* Password and code come as one answer, whose last so many digits are the code; 0: as two.
	 */
	uint32_t one_answer;
	struct policy_place at;
};

/* Who need not give a code where, why, and until when. */
struct policy_exemption {
	policy_text id;
	policy_text service; /* 0: every service */
	policy_text user;    /* 0: every user */
	policy_text reason;
	policy_text ticket;
	policy_minute until; /* the last minute it holds */
	struct policy_place at;
};

struct policy_zone {
	bool present;
	struct policy_code *codes;
	size_t n_codes;
	struct policy_exemption *exemptions;
	size_t n_exemptions;
	policy_text clause;
	/* Each 0 where the policy does not say. */
	uint32_t window_steps; /* 1 + accepted steps to either side */
	uint32_t free_failures;
	uint32_t first_wait_s;
	uint32_t most_wait_s;
	/* Devices are only watched until this minute; 0: never. */
	policy_minute observe_until;
	struct policy_place observe_at;
	policy_text observe_exception; /* number of the exception that allows it */
	/*
	 * A verification key: names and SHA-256 of what is written to media are recorded,
	 * sealed to it; 0: they are not.
	 */
	policy_text record_files;
	struct policy_place record_files_at;
	/* What a company brings in must have been through a scan station. */
	bool scan_record;
};

struct policy_index; /* index.c */

struct policy {
	char *text; /* all texts, NUL-terminated, the first one empty */
	size_t text_len;
	struct policy_rule *rules;
	size_t n_rules;
	struct policy_condition *conditions;
	size_t n_conditions;
	uint64_t *values;
	size_t n_values;
	struct policy_set *sets;
	size_t n_sets;
	policy_text *files;
	size_t n_files;
	struct policy_zone zones[ZONES];
	struct policy_index *index;

	policy_text name;               /* from the head; 0: none */
	uint64_t version;               /* 0: none, such a policy cannot be signed */
	policy_minute expires;          /* the last minute it holds, 0: never */
	struct policy_place expires_at; /* or the head, where it does not say */
	enum expired when_expired;
};

/* One text to be read, and how to come by those that it includes. */
struct policy_source {
	const char *file; /* its name, for errors */
	const char *text; /* UTF-8; need not end in NUL */
	size_t len;
	/* Get "include NAME" of a draft; NULL refuses those that are not written out. */
	int (*include)(void *ctx, const char *name, char **ret_text, size_t *ret_len,
		       struct err *err);
	void *ctx;
};

/**
 * policy_load() - read a policy
 * @ret:	set on success only, policy_free() it
 * @diags:	takes everything that is wrong, not just the first
 *
 * Return: 0, or the code of the first error: -EINVAL (syntax or meaning),
 * -EILSEQ (not clean UTF-8), -E2BIG (a limit) or -ENOMEM.
 */
int policy_load(const struct policy_source *source, struct policy **ret, struct diags *diags);

void policy_free(struct policy *policy);

DEFINE_CLEANUP(struct policy *, policy_free)
#define cleanup_policy cleanup_with(policy_freep)

/* Bytes that a policy takes in memory, its index included. */
size_t policy_size(const struct policy *policy);

static inline const char *policy_word(const struct policy *policy, policy_text text)
{
	return policy->text + text;
}

/* Whether a condition or a rule holds. */
enum match {
	MATCH_NO = 0,
	MATCH_YES = 1,
	MATCH_UNKNOWN = 2, /* a fact is not known */
};

struct policy_decision {
	enum verdict verdict;
	/* No medium that could be in it gets more; above @verdict: looking at it may open it. */
	enum verdict at_best;
	uint32_t rule;     /* in policy.rules, or POLICY_NO_RULE */
	bool is_uncertain; /* an unknown fact made it stricter than it may have to be */
	bool is_expired;   /* the policy's end made it stricter */
};

/**
 * policy_decide() - the verdict for one interface of a device
 * @policy:	NULL (none is in force) blocks
 * @index:	into @device->interfaces; out of range blocks
 *
 * The first rule that matches wins; no match blocks.  Where a fact is not known
 * the strictest of what could come out counts.  Read-only means something for
 * storage alone: for any other interface such a rule blocks.
 */
void policy_decide(const struct policy *policy, const struct policy_device *device, size_t index,
		   const struct policy_circumstances *circumstances, struct policy_decision *ret);

/* What one rule came to on the way to a decision. */
struct policy_step {
	uint32_t rule;
	enum match match;
	const struct policy_condition *condition; /* MATCH_NO: the first that failed;
						   * MATCH_UNKNOWN: the first not known, what
						   * the medium tells before the rest */
};

/**
 * policy_explain() - the same decision, told step by step
 * @step:	called for each rule in order, the deciding one last; may be NULL
 *
 * Asks every rule and no index: the plain meaning of the language.
 */
void policy_explain(const struct policy *policy, const struct policy_device *device, size_t index,
		    const struct policy_circumstances *circumstances,
		    void (*step)(void *ctx, const struct policy_step *step), void *ctx,
		    struct policy_decision *ret);

/* True when some rule opens something by a permit of this kind. */
bool policy_opens_for(const struct policy *policy, enum permitted permit);

/* True when a rule holds by a permit: what it opens is a use of it. */
bool policy_rule_asks_permit(const struct policy *policy, uint32_t rule);

/* True when the verdicts of a policy depend on the time, or on who sits there; permits do on both.
 */
bool policy_asks_time(const struct policy *policy);
bool policy_asks_seat(const struct policy *policy);

/* True when a rule blocks keyboards, mice or other input by their class: new ones must be allowed.
 */
bool policy_asks_input(const struct policy *policy);

bool policy_is_expired(const struct policy *policy, policy_minute now);

/* True when devices of the zone are only watched now; never beyond the policy's own end. */
bool policy_observes(const struct policy *policy, const struct policy_circumstances *at);

/* What holds for one login. */
struct code_scope {
	enum code_need need;
	policy_text exemption;  /* id of the one that applies, 0: none */
	bool is_stated;         /* a line or an exemption of the zone says so */
	uint32_t grace_s;       /* as in struct policy_code */
	uint32_t one_answer;    /* likewise */
	uint32_t window_steps;  /* 0 where the policy does not say, as below */
	uint32_t free_failures; /* cost no wait */
	uint32_t first_wait_s;
	uint32_t most_wait_s;
};

/**
 * policy_code_scope() - whether a login needs a code, and how it is checked
 * @policy:	NULL requires
 * @service:	PAM service name
 * @user:	may be ""
 *
 * An exemption that has not ended counts; else the zone's line for the service;
 * else its line for all.  A service that is left out where others have a line
 * needs a code.  In a zone without any line mynumber requires, lgwan and internet
 * ask those who have a token, unassigned asks nobody.
 */
void policy_code_scope(const struct policy *policy, enum zone zone, const char *service,
		       const char *user, policy_minute now, struct code_scope *ret);

/* Write a policy so that reading it again gives the same one.  Return: 0 or -EIO. */
int policy_print(const struct policy *policy, FILE *out);
/* One condition as it would be written: "serial 60A44C413FAE". */
void policy_print_condition(const struct policy *policy, const struct policy_condition *condition,
			    FILE *out);

const char *verdict_name(enum verdict verdict);
const char *code_need_name(enum code_need need);
const char *expired_name(enum expired expired);
const char *condition_name(enum condition_kind kind);
