/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What may be plugged in, and where a login needs a code.  Deciding is pure: no
 * files, no clock, no logging, so that the agent, otpd, the command and the
 * tests ask the same functions.  The language is sekisho-policy(5).
 */

#pragma once

#include "core/cleanup.h"
#include "policy/class.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_FILE_MAX (1024 * 1024) /* bytes */
#define POLICY_RULES_MAX 20000
#define POLICY_VALUES_MAX 1024 /* of one condition, e.g. serial numbers in one rule */
#define POLICY_ID_MAX 64       /* bytes with NUL */
#define POLICY_REASON_MAX 256
#define POLICY_INTERFACES_MAX 32    /* of one device, as in the kernel (USB_MAXINTERFACES) */
#define POLICY_DEVICE_TEXT_MAX 1536 /* 126 UTF-16 units (USB 2.0, 9.6.7), every byte escaped */

/* The rule id that log and lists show when no rule matched. */
#define POLICY_DEFAULT_RULE "default"

struct err;

/* Written into the audit log; never renumber. */
enum verdict {
	VERDICT_BLOCK = 0,
	VERDICT_READ_ONLY = 1,
	VERDICT_ALLOW = 2,
};

/* In the state file and in the log; never renumber. */
enum zone {
	ZONE_UNASSIGNED = 0,
	ZONE_MYNUMBER = 1,
	ZONE_LGWAN = 2,
	ZONE_INTERNET = 3,
};
#define ZONES 4

/* The same numbers as enum ipc_otp_need_value; 0 refuses by requiring. */
enum code_need {
	CODE_REQUIRED = 0,
	CODE_OPTIONAL = 1, /* of those who have a token */
	CODE_NONE = 2,
};

/* One interface of the device with all its alternate settings. */
struct policy_interface {
	uint8_t number;   /* bInterfaceNumber */
	uint32_t classes; /* set of enum device_class over the alternate settings */
};

/* The facts a rule can ask for; texts are escaped by text_escape(). */
struct policy_device {
	uint16_t vid;
	uint16_t pid;
	char serial[POLICY_DEVICE_TEXT_MAX]; /* "" when it has none */
	uint32_t classes;                    /* of every interface in every configuration */
	struct policy_interface interfaces[POLICY_INTERFACES_MAX]; /* active configuration */
	size_t n_interfaces;
};

struct policy_usb_id {
	uint16_t vid;
	uint16_t pid;
};

/* Conditions hold together; one that is absent (0, NULL) always holds. */
struct policy_rule {
	char id[POLICY_ID_MAX];
	enum verdict verdict;
	unsigned int line;
	struct policy_usb_id *usb_ids; /* any of them */
	size_t n_usb_ids;
	char **serials; /* any of them, equal byte for byte */
	size_t n_serials;
	uint32_t only;      /* every interface of the device is in this set */
	uint32_t interface; /* the interface judged is in this set */
	char *reason;       /* free text, or NULL */
};

/* "code VALUE SERVICE..." of one zone. */
struct policy_code {
	char *service; /* PAM service name; NULL: every service without a line of its own */
	enum code_need need;
};

struct policy_zone {
	bool present;
	struct policy_code *codes;
	size_t n_codes;
};

struct policy {
	struct policy_rule *rules;
	size_t n_rules;
	struct policy_zone zones[ZONES];
};

/**
 * policy_load() - read a policy
 * @file:	its name, for errors
 * @text:	the whole file, UTF-8; need not end in NUL
 * @len:	bytes, at most POLICY_FILE_MAX
 * @ret:	set on success only, policy_free() it
 * @err:	set on failure, text begins with "FILE:LINE:COLUMN: "
 *
 * Return: 0, -EINVAL (syntax or meaning), -EILSEQ (not clean UTF-8), -E2BIG
 * (a limit) or -ENOMEM.
 */
int policy_load(const char *file, const char *text, size_t len, struct policy **ret,
		struct err *err);

void policy_free(struct policy *policy);

DEFINE_CLEANUP(struct policy *, policy_free)
#define cleanup_policy cleanup_with(policy_freep)

/**
 * policy_decide() - the verdict for one interface of a device
 * @policy:	NULL (none is in force) blocks
 * @index:	into @device->interfaces; out of range blocks
 * @ret_rule:	the rule that decided, or NULL when none matched
 *
 * The first rule that matches wins; no match blocks.  Read-only means something
 * for storage alone: for any other interface such a rule blocks.
 */
enum verdict policy_decide(const struct policy *policy, const struct policy_device *device,
			   size_t index, const struct policy_rule **ret_rule);

/**
 * policy_code_need() - whether a login needs a code
 * @policy:	NULL requires
 * @service:	PAM service name
 *
 * The zone's line for the service counts; else its line for all; else mynumber
 * requires, lgwan and internet ask those who have a token, unassigned asks nobody.
 */
enum code_need policy_code_need(const struct policy *policy, enum zone zone, const char *service);

const char *verdict_name(enum verdict verdict);
const char *zone_name(enum zone zone);

/* Return: false, and nothing set, for a name that is no zone. */
bool zone_from_name(const char *name, enum zone *ret);
