/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/device.h"

#include "core/err.h"
#include "core/parse.h"
#include "policy/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MINUTES_PER_DAY 1440
#define DAY_SHAPE "dddd-dd-dd"
#define MINUTE_SHAPE "dddd-dd-dd dd:dd"
#define NUMBER_OPEN "?" /* known when the medium was looked at */
#define ACCESS_READ "read"
#define ACCESS_WRITE "write"

const char *zone_name(enum zone zone)
{
	switch (zone) {
	case ZONE_UNASSIGNED:
		return "unassigned";
	case ZONE_MYNUMBER:
		return "mynumber";
	case ZONE_LGWAN:
		return "lgwan";
	case ZONE_INTERNET:
		return "internet";
	}
	abort(); /* no default above: the compiler names a missing case */
}

bool zone_from_name(const char *name, enum zone *ret)
{
	for (enum zone zone = 0; zone < ZONES; zone++) {
		if (strcmp(zone_name(zone), name) == 0) {
			*ret = zone;
			return true;
		}
	}
	return false;
}

/* Days since 0000-03-01: a year that begins in March has its odd day at the end. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = (month + 9) % 12;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1;
}

policy_minute policy_minute_of(int year, int month, int day, int hour, int minute)
{
	return days_of(year, month, day) * MINUTES_PER_DAY + hour * 60 + minute;
}

unsigned int policy_weekday(policy_minute minute)
{
	return (unsigned int)((minute / MINUTES_PER_DAY + 2) % 7); /* 0000-03-01 was a Wednesday */
}

void policy_minute_print(policy_minute minute, char *out)
{
	int64_t days = minute / MINUTES_PER_DAY;
	int rest = (int)(minute % MINUTES_PER_DAY);
	int year = (int)(days * 10000 / 3652425);
	int month = 1;
	int day;

	/* The estimate may be a year off at the turn of one. */
	while (days_of(year + 1, 1, 1) <= days)
		year++;
	while (days_of(year, 1, 1) > days)
		year--;
	while (month < 12 && days_of(year, month + 1, 1) <= days)
		month++;
	day = (int)(days - days_of(year, month, 1)) + 1;
	(void)snprintf(out, 24, "%04d-%02d-%02d %02d:%02d", year % 10000, month, day, rest / 60,
		       rest % 60);
}

bool policy_text_has_shape(const char *text, const char *shape)
{
	for (; *shape; shape++, text++) {
		if (*shape == 'd' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	}
	return *text == '\0';
}

static bool is_date(int year, int month, int day)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
	       (month != 2 || day < 29 || is_leap);
}

bool policy_minute_parse(const char *text, char separator, policy_minute *ret)
{
	char shape[] = MINUTE_SHAPE;
	int year = 0, month = 0, day = 0, hour = 23, minute = 59;

	shape[strlen(DAY_SHAPE)] = separator;
	if (!policy_text_has_shape(text, DAY_SHAPE) && !policy_text_has_shape(text, shape))
		return false;
	(void)sscanf(text, "%4d-%2d-%2d%*c%2d:%2d", &year, &month, &day, &hour, &minute);
	if (!is_date(year, month, day) || hour >= 24 || minute >= 60)
		return false;
	*ret = policy_minute_of(year, month, day, hour, minute);
	return true;
}

policy_minute policy_minute_from_clock(int64_t wall_s)
{
	time_t seconds = wall_s;
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return 0;
	return policy_minute_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
				tm.tm_min);
}

static bool set_text(char *out, size_t size, const char *value)
{
	size_t len = strlen(value);

	if (len >= size)
		return false;
	memcpy(out, value, len + 1);
	return true;
}

static bool set_id(uint16_t *ret, const char *value)
{
	struct err ignored = { 0 };

	return parse_hex16(value, ret, &ignored) == 0;
}

static bool set_names(uint32_t *ret, const struct name_table *table, const char *value)
{
	char copy[512];
	char *rest = copy;

	*ret = 0;
	if (!*value)
		return true; /* shows no class at all */
	if (!set_text(copy, sizeof(copy), value))
		return false;
	for (const char *word; (word = strsep(&rest, " ,"));) {
		uint32_t bit = names_find(table, word);

		if (bit == 0)
			return false;
		*ret |= bit;
	}
	return true;
}

/* "0:storage 1:keyboard,mouse" */
static bool set_interfaces(struct policy_device *device, const char *value)
{
	char copy[POLICY_DEVICE_TEXT_MAX];
	char *rest = copy;

	device->n_interfaces = 0;
	if (!set_text(copy, sizeof(copy), value))
		return false;
	for (char *word; (word = strsep(&rest, " "));) {
		struct policy_interface *interface = &device->interfaces[device->n_interfaces];
		char *end = NULL;
		unsigned long number = strtoul(word, &end, 10);

		if (device->n_interfaces == POLICY_INTERFACES_MAX || end == word || *end != ':' ||
		    number > UINT8_MAX || !set_names(&interface->classes, &names_class, end + 1))
			return false;
		interface->number = (uint8_t)number;
		device->n_interfaces++;
	}
	return true;
}

/* "zeimu jumin" */
static bool set_words(char words[][POLICY_WORD_MAX], size_t max, size_t *ret_n, const char *value)
{
	char copy[POLICY_GROUPS_MAX * POLICY_WORD_MAX];
	char *rest = copy;

	*ret_n = 0;
	if (!*value)
		return true;
	if (!set_text(copy, sizeof(copy), value))
		return false;
	for (const char *word; (word = strsep(&rest, " "));) {
		if (*ret_n == max || !set_text(words[*ret_n], POLICY_WORD_MAX, word))
			return false;
		++*ret_n;
	}
	return true;
}

static bool set_number(struct policy_device *device, const char *value)
{
	device->is_unidentified = strcmp(value, NUMBER_OPEN) == 0;
	return set_text(device->medium_number, sizeof(device->medium_number),
			device->is_unidentified ? "" : value);
}

static bool set_access(struct policy_device *device, const char *value)
{
	device->permit_writes = strcmp(value, ACCESS_WRITE) == 0;
	return device->permit_writes || strcmp(value, ACCESS_READ) == 0;
}

static bool set_device(struct policy_device *d, const char *key, const char *value, bool *known)
{
	const struct {
		const char *key;
		char *out;
		size_t size;
	} texts[] = {
		{ "port", d->port, sizeof(d->port) },
		{ "sd_cid", d->sd_cid, sizeof(d->sd_cid) },
		{ "thunderbolt", d->thunderbolt, sizeof(d->thunderbolt) },
		{ "filesystem", d->filesystem, sizeof(d->filesystem) },
		{ "permit", d->permit, sizeof(d->permit) },
		{ "serial", d->serial, sizeof(d->serial) },
	};
	uint32_t bits = 0;
	bool ok;

	*known = true;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(texts[i].key, key) == 0)
			return set_text(texts[i].out, texts[i].size, value);
	}
	if (strcmp(key, "vid") == 0)
		return set_id(&d->vid, value);
	if (strcmp(key, "pid") == 0)
		return set_id(&d->pid, value);
	if (strcmp(key, "device_classes") == 0)
		return set_names(&d->classes, &names_class, value);
	if (strcmp(key, "interfaces") == 0)
		return set_interfaces(d, value);
	if (strcmp(key, "medium_number") == 0)
		return set_number(d, value);
	if (strcmp(key, "access") == 0)
		return set_access(d, value);
	if (strcmp(key, "medium") == 0)
		return set_names(&d->medium, &names_medium, value);
	if (strcmp(key, "bus") == 0) {
		ok = set_names(&bits, &names_bus, value);
		d->bus = (enum bus)bits;
		return ok;
	}
	if (strcmp(key, "connect") == 0) {
		ok = set_names(&bits, &names_connect, value);
		d->connect = (enum connect)bits;
		return ok;
	}
	*known = false;
	return true;
}

bool policy_record_set(struct policy_device *device, struct policy_circumstances *at,
		       const char *key, const char *value)
{
	bool known = false;
	bool ok = set_device(device, key, value, &known);

	if (known)
		return ok;
	if (strcmp(key, "zone") == 0)
		return zone_from_name(value, &at->zone);
	if (strcmp(key, "user") == 0) {
		at->seat_known = true;
		return set_text(at->user, sizeof(at->user), strcmp(value, "-") == 0 ? "" : value);
	}
	if (strcmp(key, "groups") == 0)
		return set_words(at->groups, POLICY_GROUPS_MAX, &at->n_groups, value);
	if (strcmp(key, "exceptions") == 0)
		return set_words(at->exceptions, POLICY_EXCEPTIONS_MAX, &at->n_exceptions, value);
	if (strcmp(key, "at") == 0)
		return strlen(value) == strlen(MINUTE_SHAPE) &&
		       policy_minute_parse(value, ' ', &at->now);
	return true;
}

const char *policy_device_id(const struct policy_device *device, char *out, size_t size)
{
	if (device->bus != BUS_USB)
		return names_join(&names_bus, device->bus, " ", out, size);
	(void)snprintf(out, size, "%04x:%04x", device->vid, device->pid);
	return out;
}

/* Passes a pair on unless its value is empty. */
struct pairs {
	void (*pair)(void *ctx, const char *key, const char *value);
	void *ctx;
};

static void give(const struct pairs *pairs, const char *key, const char *value)
{
	if (*value)
		pairs->pair(pairs->ctx, key, value);
}

static void give_names(const struct pairs *pairs, const char *key, const struct name_table *table,
		       uint32_t bits)
{
	char text[512];

	give(pairs, key, names_join(table, bits, " ", text, sizeof(text)));
}

static void give_interfaces(const struct pairs *pairs, const struct policy_device *device)
{
	char text[POLICY_DEVICE_TEXT_MAX] = "";
	size_t used = 0;

	for (size_t i = 0; i < device->n_interfaces && used < sizeof(text); i++) {
		char classes[256];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u:%s",
					 used ? " " : "", device->interfaces[i].number,
					 names_join(&names_class, device->interfaces[i].classes,
						    ",", classes, sizeof(classes)));
	}
	give(pairs, "interfaces", text);
}

static void give_words(const struct pairs *pairs, const char *key,
		       const char words[][POLICY_WORD_MAX], size_t n)
{
	char text[POLICY_GROUPS_MAX * POLICY_WORD_MAX] = "";
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? " " : "",
					 words[i]);
	give(pairs, key, text);
}

static void give_circumstances(const struct pairs *pairs, const struct policy_circumstances *at)
{
	char minute[24];

	give(pairs, "zone", zone_name(at->zone));
	if (at->seat_known)
		give(pairs, "user", *at->user ? at->user : "-");
	give_words(pairs, "groups", at->groups, at->n_groups);
	give_words(pairs, "exceptions", at->exceptions, at->n_exceptions);
	policy_minute_print(at->now, minute);
	give(pairs, "at", minute);
}

void policy_record_each(const struct policy_device *device, const struct policy_circumstances *at,
			void (*pair)(void *ctx, const char *key, const char *value), void *ctx)
{
	const struct pairs pairs = { pair, ctx };
	char id[8];

	give_names(&pairs, "bus", &names_bus, device->bus);
	if (device->bus == BUS_USB) {
		(void)snprintf(id, sizeof(id), "%04x", device->vid);
		give(&pairs, "vid", id);
		(void)snprintf(id, sizeof(id), "%04x", device->pid);
		give(&pairs, "pid", id);
	}
	give(&pairs, "serial", device->serial);
	give(&pairs, "port", device->port);
	give_names(&pairs, "connect", &names_connect, device->connect);
	give_names(&pairs, "device_classes", &names_class, device->classes);
	give_interfaces(&pairs, device);
	give(&pairs, "sd_cid", device->sd_cid);
	give(&pairs, "thunderbolt", device->thunderbolt);
	give_names(&pairs, "medium", &names_medium, device->medium);
	give(&pairs, "filesystem", device->filesystem);
	give(&pairs, "medium_number",
	     device->is_unidentified ? NUMBER_OPEN : device->medium_number);
	give(&pairs, "permit", device->permit);
	if (*device->permit)
		give(&pairs, "access", device->permit_writes ? ACCESS_WRITE : ACCESS_READ);
	if (at)
		give_circumstances(&pairs, at);
}
