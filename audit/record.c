/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/record.h"

#include "audit/mynumber.h"
#include "audit/record_tables.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/parse.h"
#include "core/text.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CUT_MARK "\u2026"

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

static int check_value(const struct record_key *key, const char *value, struct err *err)
{
	if (!text_is_utf8(value, strlen(value)))
		return err_set(err, -EINVAL, "the value of '%s' is not UTF-8", key->name);
	if (key->number && !is_number(value))
		return err_set(err, -EINVAL, "the value of '%s' is not a number", key->name);
	return 0;
}

/* Sorts the fields of @record into the order of the key table. */
static int order_fields(const struct record *record, const char *ret_values[RECORD_KEYS],
			struct err *err)
{
	for (size_t i = 0; i < record->n_fields; i++) {
		const struct audit_field *field = &record->fields[i];
		size_t k = 0;
		int rc;

		while (k < RECORD_KEYS && strcmp(record_keys[k].name, field->key) != 0)
			k++;
		if (k == RECORD_KEYS)
			return err_set(err, -EINVAL, "the log knows no key '%.32s'", field->key);
		if (ret_values[k])
			return err_set(err, -EINVAL, "key '%s' is given twice",
				       record_keys[k].name);
		rc = check_value(&record_keys[k], field->value, err);
		if (rc < 0)
			return rc;
		if (*field->value)
			ret_values[k] = field->value;
	}
	return 0;
}

static void put_record(struct line *line, const struct record *record,
		       const char *const values[RECORD_KEYS], size_t value_max)
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
	for (size_t i = 0; i < RECORD_KEYS; i++) {
		if (!values[i])
			continue;
		put_format(line, ",\"%s\":", record_keys[i].name);
		if (record_keys[i].number)
			put(line, values[i], strlen(values[i]));
		else if (record_keys[i].is_prose)
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
	static const size_t value_max[] = { RECORD_MAX, 128, 32, 4, 1 };
	const char *values[RECORD_KEYS] = { NULL };
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
