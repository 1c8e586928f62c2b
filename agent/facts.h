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
	unsigned int n_expected; /* interfaces of the active configuration; 0: none is */
};

/**
 * facts_read() - what is known of a USB device
 * @dirfd:	its directory in sysfs
 *
 * Interfaces found below @dirfd add the class that the kernel shows for them.
 *
 * Return: 0, or the error of the attribute that could not be read; a device
 * without one of the texts simply has none.
 */
int facts_read(int dirfd, struct device_facts *ret, struct err *err);

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

/* One short attribute, as it is.  Return: 0 or a negative errno. */
int facts_attribute(int dirfd, const char *name, char *out, size_t size);
