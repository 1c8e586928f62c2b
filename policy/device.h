/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a rule can ask for: the facts of one device, and the circumstances under
 * which it is judged.  Both travel as "key value" pairs, in the log as between
 * processes, so that a verdict can be explained later and elsewhere from what
 * it was made of.
 */

#pragma once

#include "policy/class.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define POLICY_INTERFACES_MAX 32    /* of one device, as in the kernel (USB_MAXINTERFACES) */
#define POLICY_DEVICE_TEXT_MAX 1536 /* 126 UTF-16 units (USB 2.0, 9.6.7), every byte escaped */
#define POLICY_WORD_MAX 64          /* bytes with NUL of ports, users, groups, uuids */
#define POLICY_GROUPS_MAX 64
#define POLICY_EXCEPTIONS_MAX 8 /* declared at one time */

/* In the state file and in the log; never renumber. */
enum zone {
	ZONE_UNASSIGNED = 0,
	ZONE_MYNUMBER = 1,
	ZONE_LGWAN = 2,
	ZONE_INTERNET = 3,
};
#define ZONES 4

/* How a device is attached; each is one bit of a set. */
enum bus {
	BUS_NONE = 0,
	BUS_USB = 1 << 0,
	BUS_SD = 1 << 1, /* native SD and MMC slots */
	BUS_MEMSTICK = 1 << 2,
	BUS_THUNDERBOLT = 1 << 3,
	BUS_FIREWIRE = 1 << 4,
	BUS_PCI = 1 << 5, /* NVMe among them */
	BUS_ATA = 1 << 6,
	BUS_VIRTIO = 1 << 7,
};

/* What the firmware says of the port (sysfs connect_type); each is one bit. */
enum connect {
	CONNECT_UNKNOWN = 1 << 0,
	CONNECT_HOTPLUG = 1 << 1,
	CONNECT_HARDWIRED = 1 << 2,
	CONNECT_NOT_USED = 1 << 3,
};

/* What a permit that holds is good for; each is one bit of a set, and a permit has one. */
enum permitted {
	PERMITS_NOTHING = 0,
	PERMITS_READING = 1 << 0,
	PERMITS_WRITING = 1 << 1,
	PERMITS_VENDOR = 1 << 2, /* reading what a company brought in */
};

/* What was found on a medium; each is one bit of a set, 0 is not looked at yet. */
enum medium {
	MEDIUM_UNKNOWN = 0,
	MEDIUM_PLAIN = 1 << 0, /* anything that is not encrypted, also nothing at all */
	MEDIUM_LUKS2 = 1 << 1,
	MEDIUM_BITLOCKER = 1 << 2,
};

/* One interface of the device with all its alternate settings. */
struct policy_interface {
	uint8_t number;   /* bInterfaceNumber */
	uint32_t classes; /* set of enum device_class over the alternate settings */
};

/* Texts are escaped by text_escape(); one the device does not have is "". */
struct policy_device {
	enum bus bus;
	enum connect connect; /* 0 counts as unknown */
	uint16_t vid;
	uint16_t pid;
	uint32_t classes; /* of every interface in every configuration */
	uint32_t medium;  /* set of enum medium over everything on it */
	struct policy_interface interfaces[POLICY_INTERFACES_MAX]; /* active configuration */
	size_t n_interfaces;
	char port[POLICY_WORD_MAX];          /* "1-4.2" */
	char sd_cid[POLICY_WORD_MAX];        /* 32 hexadecimal digits, lower case */
	char thunderbolt[POLICY_WORD_MAX];   /* unique_id, lower case */
	char filesystem[POLICY_WORD_MAX];    /* uuid, lower case */
	char medium_number[POLICY_WORD_MAX]; /* in the media register */
	bool is_unidentified;                /* it may have one, known when it was looked at */
	char permit[POLICY_WORD_MAX];        /* number of the permit that holds here and now */
	enum permitted permit_for;           /* likewise; PERMITS_NOTHING without one */
	char serial[POLICY_DEVICE_TEXT_MAX];
};

/*
 * Local civil time in minutes since 0000-03-01: comparing needs no time zone,
 * and a policy says "until 2027-03-31" in the clerk's own calendar.
 */
typedef int64_t policy_minute;

struct policy_circumstances {
	enum zone zone;
	policy_minute now;
	policy_minute latest;       /* that ever was: ends stay over when the clock is set back */
	bool seat_known;            /* false: nobody can tell who sits there */
	char user[POLICY_WORD_MAX]; /* of the active seat, "": nobody */
	char groups[POLICY_GROUPS_MAX][POLICY_WORD_MAX];
	size_t n_groups;
	char exceptions[POLICY_EXCEPTIONS_MAX][POLICY_WORD_MAX]; /* that are declared now */
	size_t n_exceptions;
};

/* By what time an end is reckoned. */
static inline policy_minute policy_latest(const struct policy_circumstances *at)
{
	return at->latest > at->now ? at->latest : at->now;
}

policy_minute policy_minute_of(int year, int month, int day, int hour, int minute);

/* 0 is Monday. */
unsigned int policy_weekday(policy_minute minute);

/* "2027-03-31 17:15"; @out has 24 bytes. */
void policy_minute_print(policy_minute minute, char *out);

/* "2027-03-31T17:15", as the log and programs have it; @out likewise. */
void policy_minute_stamp(policy_minute minute, char *out);

/* As a file has it: with the end of the day left out, as people write it. */
void policy_minute_write(policy_minute minute, FILE *out);

/* A day, whose last minute is meant, or "2027-03-31T17:15" with @separator for the T. */
bool policy_minute_parse(const char *text, char separator, policy_minute *ret);

/* Character by character; a 'd' of @shape is any digit. */
bool policy_text_has_shape(const char *text, const char *shape);

/* Local time of @wall_s, seconds since 1970. */
policy_minute policy_minute_from_clock(int64_t wall_s);

/**
 * policy_record_set() - take one fact from a record
 * @value:	as policy_record_each() gave it
 *
 * Return: false for a value that cannot be; a key that is no fact is skipped.
 */
bool policy_record_set(struct policy_device *device, struct policy_circumstances *circumstances,
		       const char *key, const char *value);

/* "0951:1666", or the bus where devices have no such numbers.  Return: @out. */
const char *policy_device_id(const struct policy_device *device, char *out, size_t size);

/* Every fact that is there, as pairs; what a verdict depended on. */
void policy_record_each(const struct policy_device *device,
			const struct policy_circumstances *circumstances,
			void (*pair)(void *ctx, const char *key, const char *value), void *ctx);

/* True for a serial number that tells nothing apart: short, counting up, what makers leave there.
 */
bool policy_serial_is_weak(const char *serial);

const char *zone_name(enum zone zone);

/* Return: false, and nothing set, for a name that is no zone. */
bool zone_from_name(const char *name, enum zone *ret);
