/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One event as one JSON line: fixed key order, integers only, no newline; the
 * bytes written are the bytes signed and nothing ever serialises them again.
 * docs/audit-format.md is the format, the tables here are its vocabulary.
 * Pure: time, salt and sender are passed in.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_MAX 4096 /* bytes of a line without its newline */
#define RECORD_SALT_SIZE 16
#define RECORD_BOOT_LEN 16                   /* hex digits of the boot id */
#define RECORD_TIME_LEN 27                   /* "2026-11-22T20:31:07.123456Z" */
#define RECORD_FIELDS_MAX 128                /* more than there are keys */
#define RECORD_NUMBER_MAX (INT64_C(1) << 53) /* what every JSON reader can hold */

struct cursor;
struct err;

/* Which daemon may say it; 0 is nobody. */
enum record_source {
	RECORD_SOURCE_NONE = 0,
	RECORD_SOURCE_LOG = 1,   /* sekisho-logd about itself */
	RECORD_SOURCE_AGENT = 2, /* sekishod */
	RECORD_SOURCE_OTP = 3,   /* sekisho-otpd */
};

struct record_type {
	const char *name;
	enum record_source source;
	bool critical;       /* somebody waits for it: never delayed, never dropped */
	const char *summary; /* English; tr() it where it is shown */
};

struct audit_field {
	const char *key;
	const char *value;
};

struct record {
	uint64_t seq;
	int64_t wall_us;  /* since 1970, UTC */
	int64_t boot_us;  /* CLOCK_BOOTTIME */
	const char *boot; /* RECORD_BOOT_LEN lower case hex digits */
	const char *type;
	uint32_t uid; /* who told the log, from SO_PEERCRED */
	int32_t pid;
	const struct audit_field *fields; /* in any order; empty values are left out */
	size_t n_fields;
	uint8_t salt[RECORD_SALT_SIZE]; /* random: a hash alone must not give the entry away */
};

/* What a proof needs of a line. */
struct record_prefix {
	uint64_t seq;
	int64_t wall_us;
	int64_t boot_us;
	const char *boot; /* points into the line, RECORD_BOOT_LEN bytes */
	const char *type; /* points into the line */
	size_t type_len;
};

/* Return: the type of that name, or NULL. */
const struct record_type *record_type_find(const char *name, size_t len);

/* All of them: the one after @type, the first for NULL, NULL behind the last. */
const struct record_type *record_type_next(const struct record_type *type);

/**
 * record_write() - render an event
 * @out:	at least RECORD_MAX + 1 bytes, NUL-terminated on success
 * @ret_len:	without the NUL
 *
 * Values that would make the line too long are cut and end in U+2026: a device
 * must not be able to keep itself out of the log by a long name.
 *
 * Return: 0, or -EINVAL: unknown type, unknown or repeated key, number that is
 * none, text that is not UTF-8; @err names it.
 */
int record_write(const struct record *record, char *out, size_t *ret_len, struct err *err);

/**
 * record_scan() - read the fixed-order prefix of a line and check how it ends
 *
 * Return: 0, or -EBADMSG.
 */
int record_scan(const char *line, size_t len, struct record_prefix *ret);

/**
 * record_field() - the value of one key, as it stands in a line that this code wrote
 * @ret:	from its first to behind its last character, without quotation marks
 *
 * Return: false when the line has no such key.  Strings stay escaped.
 */
bool record_field(const char *line, size_t len, const char *key, struct cursor *ret);

/* True when @line holds neither control characters nor broken UTF-8. */
bool record_is_text(const char *line, size_t len);

/* True for the keys that every entry has: number, times, type, process and salt. */
bool record_is_common_key(const char *key);

/* "2026-11-22T20:31:07.123456Z"; @out has RECORD_TIME_LEN + 1 bytes. */
void record_time_format(int64_t wall_us, char *out);
