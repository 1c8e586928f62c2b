/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nodes.h"

#include "agent/enforce.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

/* What programs open by themselves; everything else works through the kernel's drivers. */
#define CLASSES_OF_PROGRAMS ((uint32_t)(CLASS_PHONE | CLASS_INPUT | CLASS_VENDOR | CLASS_OTHER))

static bool is_wanted(const struct attached_device *device)
{
	bool wanted = device->door == &door_usb && device->n_interfaces > 0 &&
		      (device->facts.policy.classes & CLASSES_OF_PROGRAMS) != 0;

	for (size_t i = 0; wanted && i < device->n_interfaces; i++) {
		const struct attached_interface *interface = &device->interfaces[i];

		wanted = interface->judged.is_named && (interface->state == INTERFACE_OPEN ||
							interface->state == INTERFACE_STATIC);
	}
	return wanted;
}

static void announce_hidraw(const struct attached_device *device)
{
	cleanup_free char *pattern = NULL;
	glob_t found = { 0 };

	if (asprintf(&pattern, "%s/*:*/*/hidraw/hidraw*", device->syspath) < 0)
		return;
	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			enforce_announce(found.gl_pathv[i]);
	}
	globfree(&found);
}

void nodes_update(int gate_fd, struct attached_device *device)
{
	bool wanted = is_wanted(device);
	struct err err = { 0 };

	if (wanted == device->nodes_open)
		return;
	if (enforce_set_nodes(gate_fd, device->facts.busnum, device->facts.devnum, wanted, &err) <
	    0) {
		log_warning("the nodes of the device at port %s stay shut: %s", device->name,
			    err.text);
		return;
	}
	device->nodes_open = wanted;
	enforce_announce(device->syspath);
	announce_hidraw(device);
}
