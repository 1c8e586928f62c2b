/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The only reader of sysfs attributes.  Everything is read below a directory
 * that is held open, so that a device swapped at the same port meanwhile is not
 * mixed up with the one that was looked at.
 */

#pragma once

#include "ipc/protocol.h"
#include "policy/policy.h"

#define FACTS_NAME_MAX 64 /* "1-4.2:1.0" with NUL */
#define FACTS_CONNECT_MAX 16

struct err;

struct device_facts {
	struct policy_device policy;
	char product[IPC_TEXT_MAX];      /* escaped */
	char connect[FACTS_CONNECT_MAX]; /* port: "hotplug", "hardwired", "not-used", "unknown" */
	unsigned int busnum;
	unsigned int devnum;
	uint8_t configuration;   /* in use, or the only one that can be; 0: not known */
	unsigned int n_expected; /* interfaces of the active configuration; 0: none is */
};

/**
 * facts_read_usb() - what is known of a USB device
 * @dirfd:	its directory in sysfs
 * @syspath:	where that is; the port is its last part
 *
 * Interfaces found below @dirfd add the class that the kernel shows for them.
 *
 * Return: 0, or the error of the attribute that could not be read; a device
 * without one of the texts simply has none.
 */
int facts_read_usb(int dirfd, const char *syspath, struct device_facts *ret, struct err *err);

/* The same for devices of other buses, which are one interface (facts_bus.c). */
int facts_read_card(int dirfd, const char *syspath, struct device_facts *ret, struct err *err);
int facts_read_memstick(int dirfd, const char *syspath, struct device_facts *ret, struct err *err);
int facts_read_thunderbolt(int dirfd, const char *syspath, struct device_facts *ret,
			   struct err *err);
int facts_read_disk(int dirfd, const char *syspath, struct device_facts *ret, struct err *err);

/* The port: the last part of @syspath. */
void facts_place(const char *syspath, struct device_facts *ret);

/**
 * facts_each_interface() - the interface directories below a USB device
 * @found:	called with the directory's name, such as "1-4:1.0", and the
 *		interface's number
 */
int facts_each_interface(int dirfd, void (*found)(void *ctx, const char *name, uint8_t number),
			 void *ctx);

/* True when the directory still is the device that it was opened for. */
bool facts_is_present(int dirfd);

/* True when `authorized` is there and says yes. */
bool facts_is_authorized(int dirfd);

/* True when a driver has it. */
bool facts_is_bound(int dirfd);

/* An attribute made safe by text_escape(), "" when there is none. */
void facts_text(int dirfd, const char *name, char *out, size_t size);

/* One short attribute, as it is.  Return: 0 or a negative errno. */
int facts_attribute(int dirfd, const char *name, char *out, size_t size);
