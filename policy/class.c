/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/class.h"

#include "policy/names.h"

#define ANY (-1)

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

const char *class_names(uint32_t classes, char *out, size_t size)
{
	return names_join(&names_class, classes, " ", out, size);
}
