/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/closing.h"

#include "agent/enforce.h"
#include "agent/judgement.h"
#include "agent/report.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"

#include <stdio.h>

bool closing_is_open(const struct attached_device *device,
		     const struct attached_interface *interface)
{
	return device->door->is_open && device->door->is_open(interface->dirfd);
}

/* Closing waits for no log. */
void closing_shut(struct judge *judge, const struct attached_device *device,
		  const struct attached_interface *interface)
{
	struct err err = { 0 };

	if (judge->enforcing && device->door->shut(interface->dirfd, interface->name, &err) < 0 &&
	    facts_is_present(interface->dirfd))
		log_error("%s at port %s cannot be closed: %s", interface->name, device->name,
			  err.text);
	enforce_note_opened(judge->gate_fd, interface->dirfd, false);
}

void closing_report_open(struct judge *judge, const struct attached_device *device,
			 const struct attached_interface *interface)
{
	struct ipc_log_append event;
	cleanup_free char *path = NULL;

	/* What was granted may have come to its end while no agent was there. */
	if (enforce_was_opened(judge->gate_fd, interface->dirfd)) {
		log_info("guard: %s was opened by the agent before, and is closed",
			 interface->name);
		return;
	}
	if (asprintf(&path, "%s/%s%s%s", device->syspath,
		     device->door == &door_usb ? interface->name : "",
		     device->door == &door_usb ? "/" : "", device->door->gate) < 0)
		return;
	report_tamper(&event, path, "1", "0");
	ipc_submit(judge->log, &event, NULL, NULL);
}

void closing_deny(struct judge *judge, struct attached_device *device)
{
	struct err err = { 0 };

	device->gate_logged = true;
	if (enforce_deny_device(judge->gate_fd, device->dirfd, device->facts.busnum,
				device->facts.devnum, &err) < 0)
		log_error("the device at port %s cannot be denied: %s", device->name, err.text);
}

/* The static rules would open a keyboard again and again: deny the whole device. */
void closing_shut_blocked(struct judge *judge, struct attached_device *device,
			  struct attached_interface *interface)
{
	uint32_t classes = device_interface_classes(device, interface);

	if (!judge->enforcing)
		return;
	if (judgement_is_static_kind(device, interface, classes)) {
		device->denied = true;
		device->denied_facts = device->facts.policy;
		device->denied_index = device_interface_index(device, interface);
		closing_deny(judge, device);
		return;
	}
	if (!closing_is_open(device, interface))
		return;
	closing_report_open(judge, device, interface);
	closing_shut(judge, device, interface);
}
