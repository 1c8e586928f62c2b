/* SPDX-License-Identifier: Apache-2.0 */

/* Read with a JSON library and written again with record_write(): only the one form comes out the
 * same. */

#include "audit/deep.h"

#include "core/err.h"
#include "core/lang.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_TEXT 24 /* bytes of an int64_t with NUL */

struct reading {
	struct record record;
	struct audit_field fields[RECORD_FIELDS_MAX];
	char numbers[RECORD_FIELDS_MAX][NUMBER_TEXT];
	char type[64];
	char boot[RECORD_BOOT_LEN + 1];
};

static bool take_field(struct reading *reading, const char *key, const json_t *value)
{
	size_t i = reading->record.n_fields;

	if (i == RECORD_FIELDS_MAX || !(json_is_string(value) || json_is_integer(value)))
		return false;
	if (json_is_integer(value))
		(void)snprintf(reading->numbers[i], NUMBER_TEXT, "%" JSON_INTEGER_FORMAT,
			       json_integer_value(value));
	reading->fields[i].key = key;
	reading->fields[i].value =
		json_is_string(value) ? json_string_value(value) : reading->numbers[i];
	reading->record.n_fields++;
	return *reading->fields[i].value != '\0';
}

static bool take_sender(struct reading *reading, const json_t *by)
{
	json_int_t uid = json_integer_value(json_object_get(by, "uid"));
	json_int_t pid = json_integer_value(json_object_get(by, "pid"));

	reading->record.uid = (uint32_t)uid;
	reading->record.pid = (int32_t)pid;
	return uid >= 0 && uid <= UINT32_MAX && pid >= INT32_MIN && pid <= INT32_MAX;
}

static bool take_salt(struct reading *reading, const char *text)
{
	size_t len;

	return text &&
	       sodium_base642bin(reading->record.salt, RECORD_SALT_SIZE, text, strlen(text), NULL,
				 &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	       len == RECORD_SALT_SIZE;
}

static bool take_object(struct reading *reading, json_t *object, const struct record_prefix *prefix)
{
	const char *key;
	json_t *value;

	if (prefix->type_len >= sizeof(reading->type))
		return false;
	memcpy(reading->type, prefix->type, prefix->type_len);
	memcpy(reading->boot, prefix->boot, RECORD_BOOT_LEN);
	reading->record = (struct record){ .seq = prefix->seq,
					   .wall_us = prefix->wall_us,
					   .boot_us = prefix->boot_us,
					   .boot = reading->boot,
					   .type = reading->type,
					   .fields = reading->fields };
	json_object_foreach(object, key, value)
	{
		if (!record_is_common_key(key) && !take_field(reading, key, value))
			return false;
	}
	return take_sender(reading, json_object_get(object, "by")) &&
	       take_salt(reading, json_string_value(json_object_get(object, "n")));
}

static const char *name_error(const json_error_t *error)
{
	if (json_error_code(error) == json_error_duplicate_key)
		return N_("an entry has a key twice");
	if (json_error_code(error) == json_error_invalid_utf8)
		return N_("an entry is not UTF-8");
	return N_("an entry is not JSON");
}

const char *deep_check(const char *line, size_t len, const struct record_prefix *prefix)
{
	struct reading reading = { 0 };
	char again[RECORD_MAX + 1];
	struct err err = { 0 };
	size_t again_len;
	json_error_t error;
	json_auto_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);

	if (!object)
		return name_error(&error);
	if (!record_type_find(prefix->type, prefix->type_len))
		return N_("an entry is of a type that the log does not know");
	if (!take_object(&reading, object, prefix) ||
	    record_write(&reading.record, again, &again_len, &err) < 0)
		return N_("an entry has a key or a value that the log does not know");
	if (again_len != len || memcmp(again, line, len) != 0)
		return N_("an entry is not in the one form that entries have");
	return NULL;
}
