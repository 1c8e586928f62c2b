/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The register of media (電磁的記録媒体管理台帳): which media the city owns, by what they
 * are known again, whose they are, what they may carry, and what became of them.
 * The language is sekisho-register(5):
 *
 *     register city {
 *         version 7
 *         expires 2027-03-31
 *     }
 *     section tax {
 *         name "税務課"
 *         approver sato ito
 *     }
 *     medium T-0123 {
 *         kind usb-stick
 *         usb 0951:1666
 *         serial 60A44C413FAE
 *         filesystem 6f1b2c3d-...
 *         unlocked 0951:1667 60A44C413FAF
 *         section tax
 *         zone mynumber
 *         classification 3A 2 2
 *         encryption luks2
 *         model "..."
 *         note "..."
 *     }
 *     event T-0123 lend {
 *         id "T-0042/381"
 *         at 2026-11-20T09:00
 *         by suzuki
 *         to sato
 *         due 2026-12-28
 *     }
 *
 * State follows from the events, in their order; a loss stays until it is found
 * by somebody who knew of it, and nothing comes back that was disposed of.  The file is a signed
 * note as a policy is; the events of one terminal that no signed register has yet are a supplement:
 * the same language without a head.  Pure: no files, no clock, no log.
 */

#pragma once

#include "core/cleanup.h"
#include "core/diag.h"
#include "policy/device.h"

#include <stdio.h>

#define LEDGER_BYTES_MAX (32 * 1024 * 1024)
#define LEDGER_MEDIA_MAX 100000
#define LEDGER_SECTIONS_MAX 1000
#define LEDGER_APPROVERS_MAX 64 /* of one section */
#define LEDGER_NUMBER_MAX 32    /* bytes with NUL: what stands on the sticker */

/* Each word stands in the file; the first of each is the strictest. */
enum ledger_state {
	LEDGER_DISPOSED = 0,
	LEDGER_DISPOSE_PENDING = 1, /* handed over, no certificate yet */
	LEDGER_LOST = 2,
	LEDGER_MISSING = 3, /* not presented when stock was taken */
	LEDGER_REGISTERED = 4,
	LEDGER_LENT = 5,
};

enum ledger_kind {
	LEDGER_OTHER = 0,
	LEDGER_USB_STICK = 1,
	LEDGER_USB_DISK = 2,
	LEDGER_SD_CARD = 3,
	LEDGER_OPTICAL = 4,
	LEDGER_FLOPPY = 5,
};

enum ledger_encryption {
	LEDGER_PLAIN = 0,    /* refused where a permit is to write */
	LEDGER_LUKS2 = 1,    /* seen on the medium each time */
	LEDGER_HARDWARE = 2, /* by its model; nobody can see it from outside */
};

/* 自治体機密性; the higher, the more it may carry. */
enum ledger_confidentiality {
	LEDGER_1 = 0,
	LEDGER_2 = 1,
	LEDGER_3C = 2,
	LEDGER_3B = 3,
	LEDGER_3A = 4,
};

enum ledger_act {
	LEDGER_ACT_NONE = 0,
	LEDGER_ACT_REGISTER = 1,
	LEDGER_ACT_LEND = 2,
	LEDGER_ACT_RETURN = 3, /* erased_by: who saw that nothing is left on it */
	LEDGER_ACT_LOST = 4,
	LEDGER_ACT_FOUND = 5,
	LEDGER_ACT_MISSING = 6,
	LEDGER_ACT_DISPOSE = 7, /* without a certificate: pending */
};

/* Texts are "" where there is none, and stay the ledger's. */
struct ledger_section {
	const char *id;
	const char *name;
	const char **approvers; /* user names */
	size_t n_approvers;
};

struct ledger_medium {
	const char *number;
	enum ledger_kind kind;
	bool has_usb;
	uint16_t vid;
	uint16_t pid;
	const char *serial; /* escaped, as struct policy_device has it */
	const char *sd_cid;
	const char *filesystem; /* uuid of what is on it: file system or LUKS header */
	bool has_unlocked;      /* it calls itself otherwise once it is unlocked */
	uint16_t unlocked_vid;
	uint16_t unlocked_pid;
	const char *unlocked_serial;
	const char *section;
	uint8_t zones; /* 1 << enum zone; 0: none */
	enum ledger_confidentiality confidentiality;
	uint8_t integrity;    /* 1 or 2 */
	uint8_t availability; /* 1 or 2 */
	enum ledger_encryption encryption;
	const char *model;
	const char *note;

	/* From its events. */
	enum ledger_state state;
	const char *holder;  /* LEDGER_LENT */
	policy_minute due;   /* likewise; 0: none was set */
	policy_minute since; /* of the state */
};

struct ledger_event {
	const char *number; /* of the medium */
	enum ledger_act act;
	const char *id; /* "TERMINAL/SEQ" of its entry in a log: no event counts twice */
	policy_minute at;
	const char *by;
	const char *approver;
	const char *to;
	policy_minute due;
	const char *erased_by;
	policy_minute noticed; /* 認知 */
	/* LEDGER_ACT_FOUND: the losses that it ends, ids with a blank between.  Where the
	 * file does not say: all that stand before it, there and in what it adds to. */
	const char *answers;
	const char *method; /* of disposal */
	const char *certificate;
	const char *note;
};

struct ledger_index; /* index.c */

struct ledger {
	const char *name;
	uint64_t version;      /* 0: a draft or a supplement */
	policy_minute expires; /* the last minute it holds, 0: never */
	struct ledger_section *sections;
	size_t n_sections;
	struct ledger_medium *media; /* by number */
	size_t n_media;
	struct ledger_event *events; /* as they stand in the file */
	size_t n_events;
	struct ledger_index *index;
	void *texts;
};

/**
 * ledger_load() - read a register, a draft or a supplement
 * @text:	without signatures
 * @base:	what a supplement adds to: its events are checked against it; else NULL
 *
 * Return: 0, or the code of the first error in @diags, as policy_load().
 */
int ledger_load(const char *file, const char *text, size_t len, const struct ledger *base,
		struct ledger **ret, struct diags *diags);

/**
 * ledger_merge() - a register with what happened at a terminal since
 *
 * Events that @base has already (by id) count once.  Of two that cannot both be,
 * the stricter state stays.  A new ledger; both stay the caller's.
 *
 * Return: 0 or -ENOMEM.
 */
int ledger_merge(const struct ledger *base, const struct ledger *supplement, struct ledger **ret,
		 struct err *err);

/* Write it so that reading it again gives the same one.  Return: 0 or -EIO. */
int ledger_print(const struct ledger *ledger, FILE *out);
void ledger_print_medium(const struct ledger_medium *medium, FILE *out);
void ledger_print_event(const struct ledger_event *event, FILE *out);

void ledger_free(struct ledger *ledger);

DEFINE_CLEANUP(struct ledger *, ledger_free)
#define cleanup_ledger cleanup_with(ledger_freep)

const struct ledger_medium *ledger_medium(const struct ledger *ledger, const char *number);
const struct ledger_section *ledger_section(const struct ledger *ledger, const char *id);
bool ledger_may_approve(const struct ledger *ledger, const char *section, const char *user);

enum ledger_match {
	LEDGER_UNKNOWN = 0,    /* nothing in the register looks like it */
	LEDGER_MISMATCH = 1,   /* it calls itself one of ours, and something else about it is
				* wrong: a copy of its name, or another medium in its case */
	LEDGER_UNDECIDED = 2,  /* what is on it must be looked at first */
	LEDGER_AMBIGUOUS = 3,  /* two entries fit */
	LEDGER_IDENTIFIED = 4, /* it is @ret */
};

/**
 * ledger_identify() - which medium of the register a device is
 * @device:	its facts; medium and filesystem as far as they are known
 * @ret:	also for LEDGER_MISMATCH and LEDGER_UNDECIDED: as whom it poses; else NULL
 *
 * At most 20 us with 10,000 media: one look into a hash.
 */
enum ledger_match ledger_identify(const struct ledger *ledger, const struct policy_device *device,
				  const struct ledger_medium **ret);

/* True for a serial number that says little: short, counting up, all the same, shared. */
bool ledger_serial_is_weak(const struct ledger *ledger, const struct ledger_medium *medium);

/* Whether it may be used at all, in this zone; why not: a word of the log's glossary, else NULL. */
const char *ledger_refusal(const struct ledger_medium *medium, enum zone zone);

/* What has not come back though it was due. */
static inline bool ledger_is_overdue(const struct ledger_medium *medium, policy_minute now)
{
	return medium->state == LEDGER_LENT && medium->due != 0 && medium->due < now;
}

const char *ledger_state_name(enum ledger_state state);
const char *ledger_kind_name(enum ledger_kind kind);
const char *ledger_encryption_name(enum ledger_encryption encryption);
const char *ledger_confidentiality_name(enum ledger_confidentiality confidentiality);
const char *ledger_act_name(enum ledger_act act);
bool ledger_kind_from_name(const char *name, enum ledger_kind *ret);
bool ledger_encryption_from_name(const char *name, enum ledger_encryption *ret);
bool ledger_confidentiality_from_name(const char *name, enum ledger_confidentiality *ret);
bool ledger_act_from_name(const char *name, enum ledger_act *ret);
