/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/descriptors.h"

#include <string.h>

#define TYPE_CONFIGURATION 0x02
#define TYPE_INTERFACE 0x04
#define DEVICE_SIZE 18
#define VENDOR 8 /* where they stand in the device descriptor */
#define PRODUCT 10
#define N_CONFIGURATIONS 17
#define CONFIGURATION_SIZE 9
#define INTERFACE_SIZE 9

struct reader {
	struct policy_device *device;
	uint8_t active;
	uint8_t configuration; /* being read */
	uint32_t control;      /* class of the last communications interface in it */
	bool malformed;
};

struct policy_interface *descriptors_interface(struct policy_device *device, uint8_t number)
{
	for (size_t i = 0; i < device->n_interfaces; i++) {
		if (device->interfaces[i].number == number)
			return &device->interfaces[i];
	}
	if (device->n_interfaces == POLICY_INTERFACES_MAX)
		return NULL;
	device->interfaces[device->n_interfaces] = (struct policy_interface){ .number = number };
	return &device->interfaces[device->n_interfaces++];
}

/* A data interface does the work of the control interface before it (CDC 1.2, 3.4). */
static uint32_t class_of(struct reader *r, const uint8_t *descriptor)
{
	uint8_t usb_class = descriptor[5];
	uint32_t class = (uint32_t)class_of_interface(usb_class, descriptor[6], descriptor[7]);

	if (usb_class == USB_CLASS_CDC_DATA && r->control != 0)
		return r->control;
	if (usb_class == 0x02)
		r->control = class;
	return class;
}

static void read_interface(struct reader *r, const uint8_t *descriptor)
{
	uint32_t class = class_of(r, descriptor);
	struct policy_interface *interface;

	r->device->classes |= class;
	if (r->configuration != r->active)
		return;
	interface = descriptors_interface(r->device, descriptor[2]);
	if (interface)
		interface->classes |= class;
	else
		r->malformed = true;
}

/* The kernel gives up the rest of a configuration at the first impossible length. */
static void read_configuration(struct reader *r, const uint8_t *bytes, size_t len)
{
	r->configuration = bytes[5];
	r->control = 0;
	for (size_t pos = bytes[0]; pos < len;) {
		size_t size = bytes[pos];

		if (len - pos < 2 || size < 2 || size > len - pos) {
			r->malformed = true;
			return;
		}
		if (bytes[pos + 1] == TYPE_CONFIGURATION ||
		    (bytes[pos + 1] == TYPE_INTERFACE && size < INTERFACE_SIZE))
			r->malformed = true;
		else if (bytes[pos + 1] == TYPE_INTERFACE)
			read_interface(r, bytes + pos);
		pos += size;
	}
}

static size_t configuration_length(const uint8_t *bytes, size_t len)
{
	size_t total;

	if (len < CONFIGURATION_SIZE || bytes[0] < CONFIGURATION_SIZE ||
	    bytes[1] != TYPE_CONFIGURATION)
		return 0;
	total = (size_t)bytes[2] | (size_t)bytes[3] << 8;
	return total < bytes[0] || total > len ? 0 : total;
}

void descriptors_read(const uint8_t *bytes, size_t len, uint8_t active,
		      struct policy_device *device)
{
	struct reader r = { .device = device, .active = active };
	size_t pos = DEVICE_SIZE;

	device->classes = 0;
	device->n_interfaces = 0;
	r.malformed = len < DEVICE_SIZE + CONFIGURATION_SIZE;
	while (!r.malformed && pos < len) {
		size_t total = configuration_length(bytes + pos, len - pos);

		if (total == 0)
			r.malformed = true;
		else
			read_configuration(&r, bytes + pos, total);
		pos += total;
	}
	if (!r.malformed)
		return;
	device->classes |= CLASS_OTHER;
	for (size_t i = 0; i < device->n_interfaces; i++)
		device->interfaces[i].classes |= CLASS_OTHER;
}

bool descriptors_ids(const uint8_t *bytes, size_t len, uint16_t *ret_vid, uint16_t *ret_pid)
{
	if (len < DEVICE_SIZE)
		return false;
	*ret_vid = (uint16_t)(bytes[VENDOR] | bytes[VENDOR + 1] << 8);
	*ret_pid = (uint16_t)(bytes[PRODUCT] | bytes[PRODUCT + 1] << 8);
	return true;
}

uint8_t descriptors_only(const uint8_t *bytes, size_t len)
{
	return len >= DEVICE_SIZE + CONFIGURATION_SIZE && bytes[N_CONFIGURATIONS] == 1
		       ? bytes[DEVICE_SIZE + 5]
		       : 0;
}
