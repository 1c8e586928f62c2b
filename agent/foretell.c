/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/foretell.h"

#include "agent/judgement.h"
#include "agent/report.h"

#include <stdio.h>
#include <string.h>

/* Blocked whatever udev says: neither a keyboard that may be enrolled nor a medium to be looked at.
 */
static bool stays_shut(const struct attached_interface *interface, uint32_t classes)
{
	const struct judgement *judged = &interface->judged;

	return (classes & (CLASSES_HID | CLASS_HUB)) == 0 && !judged->is_static &&
	       !judged->is_observed && !judged->is_probe && judged->verdict == VERDICT_BLOCK;
}

static bool judge_all_alike(const struct judge *judge, const struct attached_device *device,
			    struct judgement *ret, uint32_t *ret_rule)
{
	const struct policy_device *facts = &device->facts.policy;

	for (size_t i = 0; i < facts->n_interfaces; i++) {
		struct attached_interface interface = { .number = facts->interfaces[i].number };
		uint32_t rule;

		interface.judged = judgement_of_interface(judge->policy, judge->at, device,
							  &interface, facts, device->barred, &rule);
		if (!stays_shut(&interface, facts->interfaces[i].classes) ||
		    (i > 0 && !judgement_equals(&interface.judged, ret)))
			return false;
		*ret = interface.judged;
		*ret_rule = rule;
	}
	return facts->n_interfaces > 0;
}

static void answered(void *ctx, int rc, uint64_t seq)
{
	struct petition petition = *(struct petition *)ctx;
	struct attached_device *device = device_by_id(petition.judge->devices, petition.device);

	(void)seq;
	*(struct petition *)ctx = (struct petition){ 0 };
	if (device && device->foretold.petition == petition.id) {
		device->foretold.logged = rc == 0;
		if (rc < 0)
			device->foretold.petition = 0; /* said when its interfaces are there */
	}
	for (size_t i = 0; device && i < device->n_interfaces; i++) {
		struct attached_interface *interface = &device->interfaces[i];

		if (interface->state != INTERFACE_LOGGING || interface->petition != petition.id)
			continue;
		interface->state = rc == 0 ? INTERFACE_SHUT : INTERFACE_UNLOGGED;
		if (rc < 0)
			petition.judge->again(petition.judge);
	}
}

void foretell(struct judge *judge, struct attached_device *device)
{
	const struct policy_device *facts = &device->facts.policy;
	struct foretold *foretold = &device->foretold;
	struct ipc_log_append event;
	struct petition *petition;
	uint32_t rule;

	judge_identify(judge);
	if (!judge->enforcing || device->revoked ||
	    !judge_all_alike(judge, device, &foretold->judged, &rule))
		return;
	petition = judge_petition(judge, device);
	if (!petition)
		return;
	foretold->petition = petition->id;
	foretold->n_interfaces = facts->n_interfaces;
	memcpy(foretold->interfaces, facts->interfaces, sizeof(foretold->interfaces));
	(void)snprintf(device->user, sizeof(device->user), "%s", judge->at->user);
	report_foretold(&event, device,
			&(struct report_cause){ judge->policy, rule, judge->at, true });
	ipc_submit(judge->log, &event, answered, petition);
	report_print_foretold(device);
}

bool foretell_came_true(const struct attached_device *device, struct attached_interface *interface)
{
	const struct foretold *foretold = &device->foretold;
	const struct policy_device *facts = &device->facts.policy;
	size_t i = device_interface_index(device, interface);

	if (foretold->petition == 0 || facts->n_interfaces != foretold->n_interfaces ||
	    i >= facts->n_interfaces ||
	    facts->interfaces[i].number != foretold->interfaces[i].number ||
	    facts->interfaces[i].classes != foretold->interfaces[i].classes ||
	    !judgement_equals(&interface->judged, &foretold->judged))
		return false;
	interface->state = foretold->logged ? INTERFACE_SHUT : INTERFACE_LOGGING;
	interface->petition = foretold->petition;
	return true;
}

void foretell_done(struct attached_device *device)
{
	if (device->n_interfaces > 0)
		device->foretold.petition = 0;
}

bool foretell_is_open(const struct attached_device *device)
{
	return device->n_interfaces == 0 && !device->gate_logged && device->foretold.petition == 0;
}
