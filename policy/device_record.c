/* SPDX-License-Identifier: Apache-2.0 */

/* Facts and circumstances as pairs, both ways. */

#include "policy/device.h"

#include "core/err.h"
#include "core/parse.h"
#include "policy/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_SHAPE "dddd-dd-dd dd:dd"
#define NUMBER_OPEN "?" /* known when the medium was looked at */

static const struct name accesses[] = {
	{ PERMITS_READING, "read" },
	{ PERMITS_WRITING, "write" },
	{ PERMITS_VENDOR, "vendor" },
};
static const struct name_table names_access = { accesses, sizeof(accesses) / sizeof(accesses[0]) };

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
	device->permit_for = (enum permitted)names_find(&names_access, value);
	return device->permit_for != PERMITS_NOTHING;
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
		return policy_text_has_shape(value, MINUTE_SHAPE) &&
		       policy_minute_parse(value, ' ', &at->now);
	return true;
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
		give_names(&pairs, "access", &names_access, device->permit_for);
	if (at)
		give_circumstances(&pairs, at);
}
