/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report.h"

#include "agent/judge.h"
#include "core/lang.h"
#include "core/log.h"
#include "ipc/event.h"

#include <stdio.h>
#include <string.h>

static void add_device(struct ipc_log_append *event, const struct attached_device *device)
{
	char id[8];

	(void)snprintf(id, sizeof(id), "%04x", device->facts.policy.vid);
	ipc_event_add(event, "vid", id);
	(void)snprintf(id, sizeof(id), "%04x", device->facts.policy.pid);
	ipc_event_add(event, "pid", id);
	ipc_event_add(event, "serial", device->facts.policy.serial);
	ipc_event_add(event, "product", device->facts.product);
	ipc_event_add(event, "port", device->name);
}

uint32_t report_classes(const struct attached_device *device, uint32_t which)
{
	uint32_t classes = 0;

	if (which == 0)
		return device->facts.policy.classes;
	for (size_t i = 0; i < device->n_interfaces; i++) {
		size_t index = device_interface_index(device, &device->interfaces[i]);

		if (which & 1u << i && index < device->facts.policy.n_interfaces)
			classes |= device->facts.policy.interfaces[index].classes;
	}
	return classes;
}

static void add_classes(struct ipc_log_append *event, const struct attached_device *device,
			uint32_t which)
{
	char text[IPC_TEXT_MAX];

	ipc_event_add(event, "classes",
		      class_names(report_classes(device, which), text, sizeof(text)));
}

/* "0 2": the numbers of the interfaces. */
static void add_numbers(struct ipc_log_append *event, const struct attached_device *device,
			uint32_t which)
{
	char text[POLICY_INTERFACES_MAX * 4 + 1] = "";
	size_t used = 0;

	for (size_t i = 0; i < device->n_interfaces; i++) {
		if (which & 1u << i)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u",
						 used ? " " : "", device->interfaces[i].number);
	}
	ipc_event_add(event, "interface", text);
}

static const char *type_of(const struct judgement *judged)
{
	if (judged->is_static)
		return "usb.static";
	switch (judged->verdict) {
	case VERDICT_BLOCK:
		return "device.block";
	case VERDICT_READ_ONLY:
		return "device.read-only";
	case VERDICT_ALLOW:
		return "device.allow";
	}
	abort();
}

static const struct judgement *judgement_of(const struct attached_device *device, uint32_t which)
{
	size_t first = 0;

	while (!(which & 1u << first))
		first++;
	return &device->interfaces[first].judged;
}

void report_verdict(struct ipc_log_append *event, const struct attached_device *device,
		    uint32_t which, const struct policy_rule *rule, bool enforcing)
{
	const struct judgement *judged = judgement_of(device, which);
	char names[IPC_TEXT_MAX];

	ipc_event_init(event, type_of(judged));
	if (!judged->is_static) {
		ipc_event_add(event, "verdict", verdict_name(judged->verdict));
		ipc_event_add(event, "rule", judged->rule);
		ipc_event_add(event, "reason", judged->reason);
	}
	add_device(event, device);
	add_classes(event, device, which);
	add_numbers(event, device, which);
	ipc_event_add(event, "path", device->syspath);
	if (!enforcing)
		ipc_event_add(event, "detail", NOT_ENFORCED);
	else if (rule)
		ipc_event_add(event, "detail", rule->reason);

	log_info("%s: device %04x:%04x at port %s (%s): %s, rule %s", enforcing ? "guard" : "watch",
		 device->facts.policy.vid, device->facts.policy.pid, device->name,
		 class_names(report_classes(device, which), names, sizeof(names)),
		 judgement_name(judged), judged->is_static ? "-" : judged->rule);
}

void report_gate_shut(struct ipc_log_append *event, const struct attached_device *device)
{
	ipc_event_init(event, "device.block");
	ipc_event_add(event, "verdict", verdict_name(VERDICT_BLOCK));
	ipc_event_add(event, "rule", POLICY_DEFAULT_RULE);
	ipc_event_add(event, "reason", "gate_shut");
	add_device(event, device);
	add_classes(event, device, 0);
	ipc_event_add(event, "path", device->syspath);
	log_info("guard: device %04x:%04x at port %s is not authorised", device->facts.policy.vid,
		 device->facts.policy.pid, device->name);
}

void report_tamper(struct ipc_log_append *event, const char *path, const char *found,
		   const char *expected)
{
	ipc_event_init(event, "gate.tamper");
	ipc_event_add(event, "path", path);
	ipc_event_add(event, "found", found);
	ipc_event_add(event, "expected", expected);
	log_error("%s was opened by somebody else; it is closed again", path);
}

void report_removal(struct ipc_log_append *event, const struct attached_device *device)
{
	ipc_event_init(event, "device.remove");
	add_device(event, device);
	add_classes(event, device, 0);
}
