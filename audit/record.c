/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/record.h"

#include "audit/mynumber.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"
#include "core/text.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CUT_MARK "\u2026"

static const struct record_type types[] = {
	{ "log.start", RECORD_SOURCE_LOG, true, N_("log started") },
	{ "log.recovered", RECORD_SOURCE_LOG, true, N_("log recovered after a crash") },
	{ "log.damaged", RECORD_SOURCE_LOG, true, N_("LOG DAMAGED") },
	{ "log.stop", RECORD_SOURCE_LOG, true, N_("log stopped") },
	{ "log.epoch", RECORD_SOURCE_LOG, true, N_("next signing key") },
	{ "log.heartbeat", RECORD_SOURCE_LOG, false, N_("still watching") },
	{ "log.prune", RECORD_SOURCE_LOG, true, N_("oldest entries removed") },
	{ "log.key", RECORD_SOURCE_LOG, true, N_("identity key changed") },
	{ "log.full", RECORD_SOURCE_LOG, true, N_("disk of the log FULL") },
	{ "log.lost", RECORD_SOURCE_LOG, true, N_("entries LOST") },
	{ "log.ioerror", RECORD_SOURCE_LOG, true, N_("disk of the log FAILED") },
	{ "clock.step", RECORD_SOURCE_LOG, true, N_("clock was set") },
	{ "system.suspend", RECORD_SOURCE_LOG, true, N_("terminal goes to sleep") },
	{ "system.resume", RECORD_SOURCE_LOG, true, N_("terminal woke up") },
	{ "log.redact", RECORD_SOURCE_OTP, true, N_("entry to be BLACKED OUT") },
	{ "agent.start", RECORD_SOURCE_AGENT, false, N_("guard started") },
	{ "agent.stop", RECORD_SOURCE_AGENT, false, N_("guard stopped") },
	{ "policy.load", RECORD_SOURCE_AGENT, true, N_("policy in force") },
	{ "policy.reject", RECORD_SOURCE_AGENT, true, N_("policy refused") },
	{ "device.block", RECORD_SOURCE_AGENT, true, N_("device BLOCKED") },
	{ "device.read-only", RECORD_SOURCE_AGENT, true, N_("device read-only") },
	{ "device.allow", RECORD_SOURCE_AGENT, true, N_("device allowed") },
	{ "device.probe", RECORD_SOURCE_AGENT, true, N_("medium is looked at") },
	{ "device.revoke", RECORD_SOURCE_AGENT, true, N_("device REVOKED") },
	{ "device.remove", RECORD_SOURCE_AGENT, false, N_("device removed") },
	{ "medium.mount", RECORD_SOURCE_AGENT, true, N_("medium in use") },
	{ "medium.fail", RECORD_SOURCE_AGENT, false, N_("medium cannot be used") },
	{ "medium.unmount", RECORD_SOURCE_AGENT, true, N_("medium written out and closed") },
	{ "medium.cut", RECORD_SOURCE_AGENT, true, N_("medium TAKEN AWAY in use") },
	{ "usb.static", RECORD_SOURCE_AGENT, false, N_("input device or hub") },
	{ "gate.tamper", RECORD_SOURCE_AGENT, true, N_("GATE WAS OPENED") },
	{ "gate.restore", RECORD_SOURCE_AGENT, true, N_("gate closed again") },
	{ "mfa.success", RECORD_SOURCE_OTP, true, N_("code accepted") },
	{ "mfa.fail", RECORD_SOURCE_OTP, true, N_("code WRONG") },
	{ "mfa.replay", RECORD_SOURCE_OTP, true, N_("code USED TWICE") },
	{ "mfa.lock", RECORD_SOURCE_OTP, true, N_("codes LOCKED") },
	{ "mfa.skip", RECORD_SOURCE_OTP, true, N_("no code required") },
	{ "mfa.unavailable", RECORD_SOURCE_OTP, true, N_("no code could be checked") },
	{ "mfa.unlock", RECORD_SOURCE_OTP, true, N_("codes unlocked") },
	{ "token.enroll", RECORD_SOURCE_OTP, true, N_("token made") },
	{ "token.confirm", RECORD_SOURCE_OTP, true, N_("token confirmed") },
	{ "token.revoke", RECORD_SOURCE_OTP, true, N_("token revoked") },
	{ "token.import", RECORD_SOURCE_OTP, true, N_("tokens imported") },
	{ "token.assign", RECORD_SOURCE_OTP, true, N_("token assigned") },
	{ "token.resync", RECORD_SOURCE_OTP, true, N_("token's clock looked for") },
	{ "clock.drift", RECORD_SOURCE_OTP, true, N_("clock RUNS WRONG") },
	{ "code.challenge", RECORD_SOURCE_OTP, true, N_("temporary code asked for") },
	{ "code.issue", RECORD_SOURCE_OTP, true, N_("temporary code ISSUED") },
	{ "code.temporary", RECORD_SOURCE_OTP, true, N_("temporary code accepted") },
	{ "code.fail", RECORD_SOURCE_OTP, true, N_("temporary code WRONG") },
	{ "code.envelope", RECORD_SOURCE_OTP, true, N_("code FROM AN ENVELOPE accepted") },
	{ "code.recovery", RECORD_SOURCE_OTP, true, N_("recovery code accepted") },
	{ "code.revoke", RECORD_SOURCE_OTP, true, N_("temporary code revoked") },
	{ "token.envelope", RECORD_SOURCE_OTP, true, N_("codes for envelopes made") },
	{ "token.recovery", RECORD_SOURCE_OTP, true, N_("recovery codes made") },
	{ "token.backup", RECORD_SOURCE_OTP, true, N_("host key given to a person as a backup") },
	{ "token.restore", RECORD_SOURCE_OTP, true, N_("host key put back or sealed anew") },
	{ "token.escrow", RECORD_SOURCE_OTP, true,
	  N_("key of temporary codes given to a help desk") },
	{ "clock.rollback", RECORD_SOURCE_OTP, true, N_("clock set back") },
	{ "policy.expire", RECORD_SOURCE_AGENT, true, N_("policy EXPIRED") },
	{ "policy.observe", RECORD_SOURCE_AGENT, true, N_("watched only, NOT blocked") },
	{ "zone.change", RECORD_SOURCE_AGENT, true, N_("zone changed") },
	{ "order.reject", RECORD_SOURCE_AGENT, true, N_("zone order refused") },
	{ "terminal.state", RECORD_SOURCE_AGENT, true, N_("terminal, zone and policy version") },
	{ "terminal.tamper", RECORD_SOURCE_AGENT, true, N_("terminal's files DO NOT FIT the log") },
	{ "admin.action", RECORD_SOURCE_AGENT, true, N_("administration") },
};

/* The order of the keys in a line; docs/audit-format.md. */
static const struct key {
	const char *name;
	bool number;
	bool is_prose; /* people write it: mynumber_mask() */
} keys[] = {
	{ "verdict", false, false },
	{ "vid", false, false },
	{ "pid", false, false },
	{ "serial", false, false },
	{ "vendor", false, false },
	{ "product", false, false },
	{ "classes", false, false },
	{ "interface", false, false },
	{ "interfaces", false, false },
	{ "bus", false, false },
	{ "port", false, false },
	{ "connect", false, false },
	{ "device_classes", false, false },
	{ "sd_cid", false, false },
	{ "thunderbolt", false, false },
	{ "medium", false, false },
	{ "filesystem", false, false },
	{ "medium_number", false, false },
	{ "path", false, false },
	{ "node", false, false },
	{ "mount", false, true },
	{ "diskseq", true, false },
	{ "user", false, false },
	{ "groups", false, false },
	{ "uid", true, false },
	{ "ruser", false, false },
	{ "rhost", false, false },
	{ "service", false, false },
	{ "tty", false, false },
	{ "pid_caller", true, false },
	{ "user_session", false, false },
	{ "token", false, false },
	{ "result", false, false },
	{ "step", true, false },
	{ "wait", true, false },
	{ "rule", false, false },
	{ "policy", false, false },
	{ "version", true, false },
	{ "signer", false, false },
	{ "terminal", false, false },
	{ "zone", false, false },
	{ "order", true, false },
	{ "keys", false, false },
	{ "latest", true, false },
	{ "ticket", false, true },
	{ "certificate", false, true },
	{ "action", false, false },
	{ "found", false, false },
	{ "expected", false, false },
	{ "offset", true, false },
	{ "count", true, false },
	{ "bytes", true, false },
	{ "epoch", true, false },
	{ "epoch_key", false, false },
	{ "epoch_sig", false, false },
	{ "first", true, false },
	{ "root", false, false },
	{ "seq_of", true, false },
	{ "leaf", false, false },
	{ "key", false, false },
	{ "approver", false, false },
	{ "reason", false, true },
	{ "detail", false, true },
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

const struct record_type *record_type_find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i].name) == len && memcmp(types[i].name, name, len) == 0)
			return &types[i];
	}
	return NULL;
}

const struct record_type *record_type_next(const struct record_type *type)
{
	const struct record_type *next = type ? type + 1 : types;

	return next < types + sizeof(types) / sizeof(types[0]) ? next : NULL;
}

bool record_is_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)line[i] < 0x20)
			return false;
	}
	return text_is_utf8(line, len);
}

void record_time_format(int64_t wall_us, char *out)
{
	const int64_t last_us = INT64_C(253402300799999999); /* of the year 9999 */
	int64_t at_us = wall_us < 0 ? 0 : wall_us > last_us ? last_us : wall_us;
	time_t sec = at_us / CLOCK_US_PER_SEC;
	struct tm tm;
	size_t len;

	(void)gmtime_r(&sec, &tm);
	len = strftime(out, RECORD_TIME_LEN + 1, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out + len, RECORD_TIME_LEN + 1 - len, ".%06dZ",
		       (int)(at_us % CLOCK_US_PER_SEC));
}

/* A line as it grows; once full it stays full. */
struct line {
	char *text; /* RECORD_MAX + 1 bytes */
	size_t len;
	bool full;
};

static void put(struct line *line, const char *text, size_t len)
{
	if (line->full || len > RECORD_MAX - line->len) {
		line->full = true;
		return;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

__attribute__((format(printf, 2, 3))) static void put_format(struct line *line, const char *fmt,
							     ...)
{
	char text[256];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	put(line, text, (size_t)len);
}

/* One character inside a JSON string; what no terminal may see is written as \uXXXX. */
static void put_character(struct line *line, const char *text, size_t len, uint32_t c)
{
	if (c == '"' || c == '\\')
		put_format(line, "\\%c", (char)c);
	else if (!text_is_unsafe(c))
		put(line, text, len);
	else if (c < 0x10000)
		put_format(line, "\\u%04x", c);
	else
		put_format(line, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
			   0xdc00 + ((c - 0x10000) & 0x3ff));
}

/* At most @max characters of @value. */
static void put_string(struct line *line, const char *value, size_t max)
{
	size_t len = strlen(value);
	size_t n_characters = 0;

	put(line, "\"", 1);
	for (size_t i = 0; i < len; n_characters++) {
		uint32_t c = 0;
		size_t n = text_next(value + i, len - i, &c);

		if (n_characters == max) {
			put(line, CUT_MARK, strlen(CUT_MARK));
			break;
		}
		put_character(line, value + i, n, c);
		i += n;
	}
	put(line, "\"", 1);
}

/* No personal number gets into the log; what is longer than a line is cut in any case. */
static void put_prose(struct line *line, const char *value, size_t max)
{
	char text[RECORD_MAX + 4];
	size_t len = strlen(value);

	if (len >= sizeof(text)) {
		for (len = sizeof(text) - 1; text_is_continuation(value[len]); len--)
			;
	}
	memcpy(text, value, len);
	text[len] = '\0';
	mynumber_mask(text);
	put_string(line, text, max);
}

static bool is_number(const char *value)
{
	const char *digits = value + (value[0] == '-');
	struct err err = { 0 };
	uint64_t number;

	if (digits[0] == '0' && value[1] != '\0')
		return false;
	return parse_u64(digits, (uint64_t)RECORD_NUMBER_MAX, &number, &err) == 0;
}

bool record_is_common_key(const char *key)
{
	static const char *const common[] = { "v", "seq", "t", "bt", "boot", "type", "by", "n" };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (strcmp(common[i], key) == 0)
			return true;
	}
	return false;
}

static int check_value(const struct key *key, const char *value, struct err *err)
{
	if (!text_is_utf8(value, strlen(value)))
		return err_set(err, -EINVAL, "the value of '%s' is not UTF-8", key->name);
	if (key->number && !is_number(value))
		return err_set(err, -EINVAL, "the value of '%s' is not a number", key->name);
	return 0;
}

/* Sorts the fields of @record into the order of the key table. */
static int order_fields(const struct record *record, const char *ret_values[N_KEYS],
			struct err *err)
{
	for (size_t i = 0; i < record->n_fields; i++) {
		const struct audit_field *field = &record->fields[i];
		size_t k = 0;
		int rc;

		while (k < N_KEYS && strcmp(keys[k].name, field->key) != 0)
			k++;
		if (k == N_KEYS)
			return err_set(err, -EINVAL, "the log knows no key '%.32s'", field->key);
		if (ret_values[k])
			return err_set(err, -EINVAL, "key '%s' is given twice", keys[k].name);
		rc = check_value(&keys[k], field->value, err);
		if (rc < 0)
			return rc;
		if (*field->value)
			ret_values[k] = field->value;
	}
	return 0;
}

static void put_record(struct line *line, const struct record *record,
		       const char *const values[N_KEYS], size_t value_max)
{
	char salt[sodium_base64_ENCODED_LEN(RECORD_SALT_SIZE,
					    sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
	char when[RECORD_TIME_LEN + 1];

	record_time_format(record->wall_us, when);
	put_format(line, "{\"v\":1,\"seq\":%" PRIu64 ",\"t\":\"%s\",\"bt\":%" PRId64, record->seq,
		   when, record->boot_us);
	put_format(line, ",\"boot\":\"%.16s\",\"type\":\"%s\"", record->boot, record->type);
	put_format(line, ",\"by\":{\"uid\":%" PRIu32 ",\"pid\":%" PRId32 "}", record->uid,
		   record->pid);
	for (size_t i = 0; i < N_KEYS; i++) {
		if (!values[i])
			continue;
		put_format(line, ",\"%s\":", keys[i].name);
		if (keys[i].number)
			put(line, values[i], strlen(values[i]));
		else if (keys[i].is_prose)
			put_prose(line, values[i], value_max);
		else
			put_string(line, values[i], value_max);
	}
	(void)sodium_bin2base64(salt, sizeof(salt), record->salt, RECORD_SALT_SIZE,
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	put_format(line, ",\"n\":\"%s\"}", salt);
}

int record_write(const struct record *record, char *out, size_t *ret_len, struct err *err)
{
	/* The last fits whatever the values are: every character as \uXXXX\uXXXX. */
	static const size_t value_max[] = { RECORD_MAX, 128, 32, 4 };
	const char *values[N_KEYS] = { NULL };
	int rc = order_fields(record, values, err);

	if (rc < 0)
		return rc;
	if (!record_type_find(record->type, strlen(record->type)))
		return err_set(err, -EINVAL, "the log knows no type '%.32s'", record->type);
	for (size_t i = 0; i < sizeof(value_max) / sizeof(value_max[0]); i++) {
		struct line line = { .text = out };

		put_record(&line, record, values, value_max[i]);
		if (line.full)
			continue;
		out[line.len] = '\0';
		*ret_len = line.len;
		return 0;
	}
	return err_set(err, -EMSGSIZE, "the entry is too long");
}
