/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/drivers.h"

#include "policy/class.h"

#include <stddef.h>

/* drivers/usb/storage of Linux: each of its special drivers has devices that the others leave. */
static const char *const storage[] = {
	"uas",         "usb-storage",  "ums-realtek",   "ums-alauda",
	"ums-cypress", "ums-datafab",  "ums_eneub6250", "ums-freecom",
	"ums-isd200",  "ums-jumpshot", "ums-karma",     "ums-onetouch",
	"ums-sddr09",  "ums-sddr55",   "ums-usbat",     NULL,
};
static const char *const input[] = { "usbhid", NULL };
static const char *const hub[] = { "hub", NULL };
static const char *const audio[] = { "snd-usb-audio", NULL };
static const char *const video[] = { "uvcvideo", NULL };
static const char *const printer[] = { "usblp", NULL };
/* Programs speak with these themselves. */
static const char *const none[] = { NULL };

const char *const *drivers_for(uint32_t classes)
{
	if ((classes & ~CLASSES_HID) == 0 && classes != 0)
		return input;
	switch (classes) {
	case CLASS_STORAGE:
		return storage;
	case CLASS_HUB:
		return hub;
	case CLASS_AUDIO:
		return audio;
	case CLASS_VIDEO:
		return video;
	case CLASS_PRINTER:
		return printer;
	case CLASS_PHONE:
	case CLASS_SMARTCARD:
	case CLASS_DFU:
		return none;
	default:
		return NULL;
	}
}
