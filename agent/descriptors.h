/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a USB device says it is: the bytes of sysfs' `descriptors`, which is the
 * device descriptor and then every configuration as the device sent it (USB 2.0,
 * 9.6).  Hostile bytes: whatever the kernel might read otherwise than this reader
 * adds CLASS_OTHER, so that no rule that names classes fits by mistake.
 */

#pragma once

#include "policy/policy.h"

#define DESCRIPTORS_MAX 65536 /* bytes read, the rest counts as malformed */

/**
 * descriptors_read() - find out what each interface is
 * @active:	bConfigurationValue of the configuration in use; interfaces of
 *		others count for @device->classes alone
 * @device:	classes, interfaces and n_interfaces are set
 */
void descriptors_read(const uint8_t *bytes, size_t len, uint8_t active,
		      struct policy_device *device);

/* Vendor and product; the kernel's idVendor and idProduct are these bytes.  False: cut off before.
 */
bool descriptors_ids(const uint8_t *bytes, size_t len, uint16_t *ret_vid, uint16_t *ret_pid);

/* bConfigurationValue of a device that has a single configuration, which it will get; else 0. */
uint8_t descriptors_only(const uint8_t *bytes, size_t len);

/* The interface with this number, added when it is new; NULL beyond the limit. */
struct policy_interface *descriptors_interface(struct policy_device *device, uint8_t number);
