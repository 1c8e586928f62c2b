/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_filter.h"

#include "core/err.h"
#include "core/parse.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define ID_LEN 4 /* hex digits of a vendor or product number */
#define SEQ_MAX SEGMENT_SEQ_MAX
#define VALUE_MAX (2 * RECORD_MAX)

struct log_filter log_filter_all(void)
{
	return (struct log_filter){ .since_us = INT64_MIN,
				    .until_us = INT64_MAX,
				    .seq_last = UINT64_MAX };
}

static int parse_seq(const char *text, size_t len, uint64_t *ret)
{
	char digits[24];
	struct err ignored = { 0 };

	if (len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return parse_u64(digits, SEQ_MAX, ret, &ignored);
}

int log_filter_set_seq(struct log_filter *filter, const char *text, struct err *err)
{
	const char *dots = strstr(text, "..");
	size_t len = dots ? (size_t)(dots - text) : strlen(text);
	uint64_t first = 0;
	uint64_t last = UINT64_MAX;
	int rc = 0;

	if (len > 0 || !dots)
		rc = parse_seq(text, len, &first);
	if (rc == 0 && !dots)
		last = first;
	if (rc == 0 && dots && dots[2] != '\0')
		rc = parse_seq(dots + 2, strlen(dots + 2), &last);
	if (rc < 0 || first > last)
		return err_set(err, -EINVAL,
			       "'%s' names no entries; remedy: write 7, 7..9, 7.. or ..9", text);
	filter->seq_first = first;
	filter->seq_last = last;
	return 0;
}

/* "device", "device." and "device.*" mean all that begins so. */
static bool is_of_type(const char *type, size_t type_len, const char *wanted, size_t len)
{
	if (len >= 1 && wanted[len - 1] == '*')
		len--;
	if (len >= 1 && wanted[len - 1] == '.')
		len--;
	if (len == 0)
		return true;
	if (type_len < len || memcmp(type, wanted, len) != 0)
		return false;
	return type_len == len || type[len] == '.';
}

static bool is_of_types(const char *type, size_t type_len, const char *types)
{
	for (const char *at = types; *at; at += strspn(at, ", ")) {
		size_t len = strcspn(at, ", ");

		if (is_of_type(type, type_len, at, len))
			return true;
		at += len;
	}
	return false;
}

static bool is_known(const char *wanted, size_t len)
{
	const struct record_type *type = NULL;

	while ((type = record_type_next(type))) {
		if (is_of_type(type->name, strlen(type->name), wanted, len))
			return true;
	}
	return false;
}

int log_filter_check_types(const char *types, struct err *err)
{
	for (const char *at = types; *at; at += strspn(at, ", ")) {
		size_t len = strcspn(at, ", ");

		if (len == 0 || !is_known(at, len))
			return err_set(err, -EINVAL,
				       "there are no entries of type '%.*s'; remedy: "
				       "sekisho-log(5) lists them",
				       (int)len, at);
		at += len;
	}
	return 0;
}

bool log_filter_wants_row(const struct log_filter *filter)
{
	return filter->types || filter->user || filter->device || filter->verdict || filter->zone ||
	       filter->rule;
}

/* The value as it was before it was written as JSON; @out has VALUE_MAX bytes. */
static const char *plain(const struct seg_index_row *row, enum seg_index_column column, char *out)
{
	const char *value = row->values[column];
	size_t len = row->lens[column];
	json_auto_t *string = NULL;

	*out = '\0';
	if (len + 3 > VALUE_MAX)
		return out;
	if (len == 0 || !memchr(value, '\\', len)) {
		(void)snprintf(out, VALUE_MAX, "%.*s", (int)len, len ? value : "");
		return out;
	}
	(void)snprintf(out, VALUE_MAX, "\"%.*s\"", (int)len, value);
	string = json_loads(out, JSON_DECODE_ANY, NULL);
	(void)snprintf(out, VALUE_MAX, "%s", string ? json_string_value(string) : "");
	return out;
}

static bool is_value(const struct seg_index_row *row, enum seg_index_column column,
		     const char *wanted)
{
	const char *value = row->values[column];
	size_t len = row->lens[column];
	char text[VALUE_MAX];

	if (!wanted || len == 0 || !memchr(value, '\\', len))
		return !wanted ||
		       (strlen(wanted) == len && memcmp(wanted, len ? value : "", len) == 0);
	return strcmp(plain(row, column, text), wanted) == 0;
}

static bool is_id(const char *text)
{
	for (size_t i = 0; i < ID_LEN; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

/* "0781:5583" or "0781:5583:SERIAL" */
static bool is_device_number(const char *text)
{
	return is_id(text) && text[ID_LEN] == ':' && is_id(text + ID_LEN + 1) &&
	       (text[2 * ID_LEN + 1] == '\0' || text[2 * ID_LEN + 1] == ':');
}

static bool has_number(const struct seg_index_row *row, const char *wanted)
{
	const char *serial = wanted + 2 * ID_LEN + 1;

	return row->lens[SEG_INDEX_VID] == ID_LEN && row->lens[SEG_INDEX_PID] == ID_LEN &&
	       strncasecmp(row->values[SEG_INDEX_VID], wanted, ID_LEN) == 0 &&
	       strncasecmp(row->values[SEG_INDEX_PID], wanted + ID_LEN + 1, ID_LEN) == 0 &&
	       (*serial == '\0' || is_value(row, SEG_INDEX_SERIAL, serial + 1));
}

static bool is_device(const struct seg_index_row *row, const char *wanted)
{
	static const enum seg_index_column names[] = { SEG_INDEX_VENDOR, SEG_INDEX_PRODUCT,
						       SEG_INDEX_SERIAL };

	if (is_device_number(wanted))
		return has_number(row, wanted);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[VALUE_MAX];

		if (strcasestr(plain(row, names[i], text), wanted))
			return true;
	}
	return false;
}

/* What the log says every few minutes, whether something happened or not. */
static bool is_housekeeping(const struct seg_index_row *row)
{
	static const char *const types[] = { "log.heartbeat", "log.epoch" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i]) == row->lens[SEG_INDEX_TYPE] &&
		    memcmp(types[i], row->values[SEG_INDEX_TYPE], row->lens[SEG_INDEX_TYPE]) == 0)
			return true;
	}
	return false;
}

bool log_filter_has_row(const struct log_filter *filter, const struct seg_index_row *row)
{
	return (!filter->types || is_of_types(row->values[SEG_INDEX_TYPE],
					      row->lens[SEG_INDEX_TYPE], filter->types)) &&
	       is_value(row, SEG_INDEX_USER, filter->user) &&
	       is_value(row, SEG_INDEX_VERDICT, filter->verdict) &&
	       is_value(row, SEG_INDEX_ZONE, filter->zone) &&
	       is_value(row, SEG_INDEX_RULE, filter->rule) &&
	       (!filter->device || is_device(row, filter->device)) &&
	       (!filter->no_housekeeping || !is_housekeeping(row));
}

bool log_filter_has_time(const struct log_filter *filter, int64_t first_us, int64_t last_us)
{
	return last_us >= filter->since_us && first_us <= filter->until_us;
}

bool log_filter_has_seq(const struct log_filter *filter, uint64_t seq)
{
	return seq >= filter->seq_first && seq <= filter->seq_last;
}
