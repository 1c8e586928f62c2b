/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/names.h"

#include "policy/device.h"

#include <stdio.h>
#include <string.h>

#define TABLE(list)                                                                                \
	{                                                                                          \
		list, sizeof(list) / sizeof(list[0])                                               \
	}

static const struct name classes[] = {
	{ CLASS_STORAGE, "storage" },
	{ CLASS_KEYBOARD, "keyboard" },
	{ CLASS_MOUSE, "mouse" },
	{ CLASS_INPUT, "input" },
	{ CLASS_HUB, "hub" },
	{ CLASS_PHONE, "phone" },
	{ CLASS_NETWORK, "network" },
	{ CLASS_SERIAL, "serial" },
	{ CLASS_PRINTER, "printer" },
	{ CLASS_SMARTCARD, "smartcard" },
	{ CLASS_AUDIO, "audio" },
	{ CLASS_VIDEO, "video" },
	{ CLASS_BLUETOOTH, "bluetooth" },
	{ CLASS_DFU, "dfu" },
	{ CLASS_VENDOR, "vendor" },
	{ CLASS_OTHER, "other" },
};

static const struct name buses[] = {
	{ BUS_USB, "usb" },           { BUS_SD, "sd" },
	{ BUS_MEMSTICK, "memstick" }, { BUS_THUNDERBOLT, "thunderbolt" },
	{ BUS_FIREWIRE, "firewire" }, { BUS_PCI, "pci" },
	{ BUS_ATA, "ata" },           { BUS_VIRTIO, "virtio" },
};

static const struct name connects[] = {
	{ CONNECT_HOTPLUG, "hotplug" },
	{ CONNECT_HARDWIRED, "hardwired" },
	{ CONNECT_NOT_USED, "not-used" },
	{ CONNECT_UNKNOWN, "unknown" },
};

static const struct name media[] = {
	{ MEDIUM_PLAIN, "plain" },
	{ MEDIUM_LUKS2, "luks2" },
	{ MEDIUM_BITLOCKER, "bitlocker" },
};

static const struct name zones[] = {
	{ 1u << ZONE_MYNUMBER, "mynumber" },
	{ 1u << ZONE_LGWAN, "lgwan" },
	{ 1u << ZONE_INTERNET, "internet" },
	{ 1u << ZONE_UNASSIGNED, "unassigned" },
};

static const struct name weekdays[] = {
	{ 1u << 0, "mon" }, { 1u << 1, "tue" }, { 1u << 2, "wed" }, { 1u << 3, "thu" },
	{ 1u << 4, "fri" }, { 1u << 5, "sat" }, { 1u << 6, "sun" },
};

/* Whoever may write may read; what a company brings in no rule for the city's media opens. */
static const struct name permits[] = {
	{ PERMITS_READING | PERMITS_WRITING, "read" },
	{ PERMITS_WRITING, "write" },
	{ PERMITS_VENDOR, "vendor" },
};

const struct name_table names_class = TABLE(classes);
const struct name_table names_bus = TABLE(buses);
const struct name_table names_connect = TABLE(connects);
const struct name_table names_medium = TABLE(media);
const struct name_table names_zone = TABLE(zones);
const struct name_table names_weekday = TABLE(weekdays);
const struct name_table names_permit = TABLE(permits);

uint32_t names_find(const struct name_table *table, const char *name)
{
	for (size_t i = 0; i < table->n; i++) {
		if (strcmp(table->names[i].name, name) == 0)
			return table->names[i].bit;
	}
	return 0;
}

/* Cut to @size. */
static void append(char *out, size_t size, const char *separator, const char *name)
{
	size_t used = strlen(out);

	if (used + strlen(separator) + strlen(name) + 1 <= size)
		(void)snprintf(out + used, size - used, "%s%s", used ? separator : "", name);
}

const char *names_list(const struct name_table *table, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < table->n; i++)
		append(out, size, " ", table->names[i].name);
	return out;
}

const char *names_join(const struct name_table *table, uint32_t bits, const char *separator,
		       char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < table->n; i++) {
		uint32_t bit = table->names[i].bit;

		if ((bits & bit) != bit)
			continue;
		append(out, size, separator, table->names[i].name);
		bits &= ~bit; /* a name that means all of it needs no second one */
	}
	return out;
}
