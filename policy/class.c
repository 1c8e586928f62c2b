/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/class.h"

#include <stdio.h>
#include <string.h>

#define ANY (-1)

static const struct class_name {
	enum device_class class;
	const char *name;
} class_table[] = {
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

#define N_CLASSES (sizeof(class_table) / sizeof(class_table[0]))

/* The first line that fits says it: special cases stand before their class. */
static const struct triple {
	int usb_class;
	int subclass;
	int protocol;
	enum device_class class;
} triples[] = {
	{ 0x01, ANY, ANY, CLASS_AUDIO },
	{ 0x02, 0x02, 0xff, CLASS_NETWORK }, /* RNDIS */
	{ 0x02, 0x02, ANY, CLASS_SERIAL },   /* ACM */
	{ 0x02, ANY, ANY, CLASS_NETWORK },   /* ECM, NCM, MBIM, ... */
	{ 0x03, 0x01, 0x01, CLASS_KEYBOARD },
	{ 0x03, 0x01, 0x02, CLASS_MOUSE },
	{ 0x03, ANY, ANY, CLASS_INPUT },
	{ 0x06, ANY, ANY, CLASS_PHONE }, /* cameras speak it too */
	{ 0x07, ANY, ANY, CLASS_PRINTER },
	{ 0x08, ANY, ANY, CLASS_STORAGE },
	{ 0x09, ANY, ANY, CLASS_HUB },
	{ USB_CLASS_CDC_DATA, ANY, ANY, CLASS_NETWORK },
	{ 0x0b, ANY, ANY, CLASS_SMARTCARD },
	{ 0x0e, ANY, ANY, CLASS_VIDEO },
	{ 0x10, ANY, ANY, CLASS_VIDEO },
	{ 0xe0, 0x01, 0x03, CLASS_NETWORK }, /* RNDIS */
	{ 0xe0, 0x01, ANY, CLASS_BLUETOOTH },
	{ 0xef, 0x04, ANY, CLASS_NETWORK }, /* RNDIS */
	{ 0xfe, 0x01, ANY, CLASS_DFU },
	{ 0xff, 0x42, 0x01, CLASS_PHONE },   /* ADB */
	{ 0xff, 0x42, 0x03, CLASS_PHONE },   /* fastboot */
	{ 0xff, 0xfd, 0x01, CLASS_NETWORK }, /* Apple tethering */
	{ 0xff, 0xfe, 0x02, CLASS_PHONE },   /* Apple usbmux */
	{ 0xff, ANY, ANY, CLASS_VENDOR },
};

enum device_class class_of_interface(uint8_t usb_class, uint8_t subclass, uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(triples) / sizeof(triples[0]); i++) {
		const struct triple *t = &triples[i];

		if (t->usb_class == usb_class && (t->subclass == ANY || t->subclass == subclass) &&
		    (t->protocol == ANY || t->protocol == protocol))
			return t->class;
	}
	return CLASS_OTHER;
}

enum device_class class_from_name(const char *name)
{
	for (size_t i = 0; i < N_CLASSES; i++) {
		if (strcmp(class_table[i].name, name) == 0)
			return class_table[i].class;
	}
	return CLASS_NONE;
}

const char *class_names(uint32_t classes, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < N_CLASSES; i++) {
		size_t len = strlen(class_table[i].name);

		if (!(classes & (uint32_t)class_table[i].class) || used + len + 2 > size)
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "",
					 class_table[i].name);
	}
	return out;
}
