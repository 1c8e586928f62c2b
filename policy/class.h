/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What an interface is, by the names a policy uses.  The kernel's drivers are
 * chosen by the same class, subclass and protocol (USB-IF defined class codes),
 * so a device cannot claim one thing here and be another thing there.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

/* Each is one bit of a set; 0 is no set at all and matches nothing. */
enum device_class {
	CLASS_NONE = 0,
	CLASS_STORAGE = 1 << 0,
	CLASS_KEYBOARD = 1 << 1,
	CLASS_MOUSE = 1 << 2,
	CLASS_INPUT = 1 << 3, /* any other HID */
	CLASS_HUB = 1 << 4,
	CLASS_PHONE = 1 << 5, /* still image (PTP, MTP), ADB, fastboot, Apple */
	CLASS_NETWORK = 1 << 6,
	CLASS_SERIAL = 1 << 7,
	CLASS_PRINTER = 1 << 8,
	CLASS_SMARTCARD = 1 << 9,
	CLASS_AUDIO = 1 << 10,
	CLASS_VIDEO = 1 << 11,
	CLASS_BLUETOOTH = 1 << 12,
	CLASS_DFU = 1 << 13,
	CLASS_VENDOR = 1 << 14,
	CLASS_OTHER = 1 << 15,
};

#define CLASSES_HID ((uint32_t)(CLASS_KEYBOARD | CLASS_MOUSE | CLASS_INPUT))

#define USB_CLASS_CDC_DATA 0x0a /* carries what the control interface before it is */

/* What bInterfaceClass, bInterfaceSubClass and bInterfaceProtocol say together. */
enum device_class class_of_interface(uint8_t usb_class, uint8_t subclass, uint8_t protocol);

/* The names in the set @classes with a blank between, cut to @size.  Return: @out. */
const char *class_names(uint32_t classes, char *out, size_t size);
