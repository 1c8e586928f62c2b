/* SPDX-License-Identifier: Apache-2.0 */

/* What the values of each kind of condition look like. */

#include "policy/condition.h"

#include "core/lang.h"

#include <string.h>

#define DIGITS "0123456789"
#define HEX DIGITS "abcdef"
#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* "1-4.2" and "1-4.*": a star anywhere else would never match, or match the wrong hub. */
static bool is_port(const char *text)
{
	size_t n = strspn(text, DIGITS);

	if (n == 0 || text[n++] != '-')
		return false;
	for (bool is_first = true;; is_first = false) {
		size_t digits = strspn(text + n, DIGITS);

		if (digits == 0)
			return !is_first && strcmp(text + n, "*") == 0;
		n += digits;
		if (text[n] == '\0')
			return true;
		if (text[n++] != '.')
			return false;
	}
}

static bool is_uuid(const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if ((text[i] == '-') != is_dash)
			return false;
	}
	return true;
}

/* A part of a number, as in T-*, would never match; "?" is what a record says of one not known. */
static bool is_medium_number(const char *text)
{
	return !strpbrk(text, "*?");
}

/* clang-format off */
const struct condition_info condition_infos[CONDITION_KINDS] = {
	[CONDITION_BUS] = { .name = "bus", .shape = VALUE_NAMES, .names = &names_bus,
		.remedy = N_("one of %s") },
	[CONDITION_ONLY] = { .name = "only", .shape = VALUE_NAMES, .names = &names_class,
		.is_exact_set = true, .remedy = N_("one of %s") },
	[CONDITION_INTERFACE] = { .name = "interface", .shape = VALUE_NAMES, .names = &names_class,
		.is_exact_set = true, .remedy = N_("one of %s") },
	[CONDITION_USB] = { .name = "usb", .shape = VALUE_USB, .is_identity = true },
	[CONDITION_SERIAL] = { .name = "serial", .shape = VALUE_TEXT, .is_identity = true,
		.min_len = 1, .max_len = POLICY_DEVICE_TEXT_MAX - 1,
		.remedy = N_("copy the serial number from `sekisho devices`") },
	[CONDITION_PORT] = { .name = "port", .shape = VALUE_TEXT,
		.min_len = 1, .max_len = POLICY_WORD_MAX - 1, .has_shape = is_port,
		.remedy = N_("a port as `sekisho devices` shows it, as 1-4.2, or 1-4.* for a hub") },
	[CONDITION_CONNECT] = { .name = "connect", .shape = VALUE_NAMES, .names = &names_connect,
		.remedy = N_("one of %s") },
	[CONDITION_SD_CID] = { .name = "sd-cid", .shape = VALUE_TEXT, .is_identity = true,
		.allowed = HEX, .min_len = 32, .max_len = 32, .ignore_case = true,
		.remedy = N_("32 hexadecimal digits, from the card's cid file") },
	[CONDITION_THUNDERBOLT] = { .name = "thunderbolt", .shape = VALUE_TEXT, .is_identity = true,
		.allowed = HEX "-", .min_len = 36, .max_len = 36, .ignore_case = true,
		.has_shape = is_uuid,
		.remedy = N_("a uuid, from the device's unique_id file") },
	[CONDITION_MEDIUM] = { .name = "medium", .shape = VALUE_NAMES, .names = &names_medium,
		.is_exact_set = true, .remedy = N_("one of %s") },
	[CONDITION_FILESYSTEM] = { .name = "filesystem", .shape = VALUE_TEXT, .is_identity = true,
		.allowed = HEX "-", .min_len = 4, .max_len = 36, .ignore_case = true,
		.remedy = N_("the uuid that lsblk -o UUID shows") },
	[CONDITION_MEDIUM_NUMBER] = { .name = "medium-number", .shape = VALUE_TEXT,
		.is_identity = true, .min_len = 1, .max_len = POLICY_WORD_MAX - 1,
		.has_shape = is_medium_number, .any = "*",
		.remedy = N_("the number on the medium's sticker, or * for every one of the "
			     "register") },
	[CONDITION_PERMIT] = { .name = "permit", .shape = VALUE_NAMES, .names = &names_permit,
		.is_single = true, .remedy = N_("one of %s") },
	[CONDITION_ZONE] = { .name = "zone", .shape = VALUE_NAMES, .names = &names_zone,
		.remedy = N_("one of %s") },
	[CONDITION_USER] = { .name = "user", .shape = VALUE_TEXT, .allowed = WORD,
		.min_len = 1, .max_len = POLICY_WORD_MAX - 1, .remedy = N_("a login name") },
	[CONDITION_GROUP] = { .name = "group", .shape = VALUE_TEXT, .allowed = WORD,
		.min_len = 1, .max_len = POLICY_WORD_MAX - 1, .remedy = N_("a group's name") },
	[CONDITION_HOURS] = { .name = "hours", .shape = VALUE_HOURS },
	[CONDITION_WEEKDAYS] = { .name = "weekdays", .shape = VALUE_NAMES,
		.names = &names_weekday, .remedy = N_("one of %s, or a span as mon-fri") },
	[CONDITION_UNTIL] = { .name = "until", .shape = VALUE_MINUTE, .is_single = true },
	[CONDITION_EXCEPTION] = { .name = "exception", .shape = VALUE_TEXT, .allowed = WORD,
		.min_len = 1, .max_len = POLICY_WORD_MAX - 1,
		.remedy = N_("the name under which the exception is declared") },
};
/* clang-format on */

const char *condition_name(enum condition_kind kind)
{
	return condition_infos[kind].name;
}

enum condition_kind condition_from_name(const char *name)
{
	enum condition_kind kind = 0;

	while (kind < CONDITION_KINDS && strcmp(condition_infos[kind].name, name) != 0)
		kind++;
	return kind;
}
