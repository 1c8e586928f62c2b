/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report.h"

#include "agent/judge.h"
#include "agent/judgement.h"
#include "core/lang.h"
#include "core/log.h"
#include "ipc/event.h"

#include <stdio.h>
#include <string.h>

static void add_fact(void *ctx, const char *key, const char *value)
{
	if (strcmp(key, "at") != 0) /* every entry has its time */
		ipc_event_add(ctx, key, value);
}

static void add_facts(struct ipc_log_append *event, const struct attached_device *device,
		      const struct policy_device *facts, const struct policy_circumstances *at)
{
	ipc_event_add(event, "product", device->facts.product);
	policy_record_each(facts, at, add_fact, event);
}

static void add_device(struct ipc_log_append *event, const struct attached_device *device,
		       const struct policy_circumstances *at)
{
	add_facts(event, device, &device->facts.policy, at);
}

uint32_t report_classes(const struct attached_device *device, uint32_t which)
{
	uint32_t classes = 0;

	if (which == 0)
		return device->facts.policy.classes;
	for (size_t i = 0; i < device->n_interfaces; i++) {
		if (which & 1u << i)
			classes |= device_interface_classes(device, &device->interfaces[i]);
	}
	return classes;
}

static void add_classes(struct ipc_log_append *event, uint32_t classes)
{
	char text[IPC_TEXT_MAX];

	ipc_event_add(event, "classes", class_names(classes, text, sizeof(text)));
}

/* "0 2": the numbers of the interfaces. */
static void add_numbers(struct ipc_log_append *event, const uint8_t *numbers, size_t n)
{
	char text[POLICY_INTERFACES_MAX * 4 + 1] = "";
	size_t used = 0;

	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u", used ? " " : "",
					 numbers[i]);
	ipc_event_add(event, "interface", text);
}

static const char *type_of(const struct judgement *judged)
{
	if (judged->is_static && !judged->is_named)
		return "usb.static";
	if (judged->is_observed)
		return "policy.observe";
	if (judged->is_probe)
		return "device.probe";
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

static void add_rule(struct ipc_log_append *event, const struct report_cause *cause)
{
	const struct policy_rule *rule;

	if (!cause->enforcing)
		ipc_event_add(event, "detail", NOT_ENFORCED);
	if (cause->rule == POLICY_NO_RULE)
		return;
	rule = &cause->policy->rules[cause->rule];
	if (cause->enforcing)
		ipc_event_add(event, "detail", policy_word(cause->policy, rule->reason));
	ipc_event_add(event, "ticket", policy_word(cause->policy, rule->ticket));
}

static void begin_verdict(struct ipc_log_append *event, const struct judgement *judged,
			  const struct report_cause *cause)
{
	ipc_event_init(event, type_of(judged));
	if (!judged->is_static || judged->is_named) {
		ipc_event_add(event, "verdict", verdict_name(judged->would_be));
		ipc_event_add(event, "rule", judged->rule);
		ipc_event_add(event, "reason", judged->reason);
	}
	add_rule(event, cause);
}

void report_medium(struct ipc_log_append *event, const struct attached_device *device,
		   const struct policy_device *facts, const char *node,
		   const struct judgement *judged, const struct report_cause *cause)
{
	begin_verdict(event, judged, cause);
	add_facts(event, device, facts, cause->at);
	ipc_event_add(event, "path", device->syspath);
	ipc_event_add(event, "node", node);
	log_info("guard: medium %s at port %s: %s, rule %s", node, device->name,
		 judgement_name(judged), judged->rule);
}

static void report(struct ipc_log_append *event, const struct attached_device *device,
		   const struct judgement *judged, uint32_t classes,
		   const struct report_cause *cause)
{
	begin_verdict(event, judged, cause);
	add_device(event, device, cause->at);
	add_classes(event, classes);
	ipc_event_add(event, "path", device->syspath);
}

static void print(const struct attached_device *device, const struct judgement *judged,
		  uint32_t classes, bool enforcing)
{
	char names[IPC_TEXT_MAX];
	char id[IPC_WORD_MAX];

	log_info("%s: device %s at port %s (%s): %s, rule %s", enforcing ? "guard" : "watch",
		 policy_device_id(&device->facts.policy, id, sizeof(id)), device->name,
		 class_names(classes, names, sizeof(names)), judgement_name(judged),
		 judged->is_static && !judged->is_named ? "-" : judged->rule);
}

void report_verdict(struct ipc_log_append *event, const struct attached_device *device,
		    uint32_t which, const struct report_cause *cause)
{
	uint8_t numbers[POLICY_INTERFACES_MAX];
	size_t n = 0;

	report(event, device, judgement_of(device, which), report_classes(device, which), cause);
	for (size_t i = 0; i < device->n_interfaces; i++) {
		if (which & 1u << i)
			numbers[n++] = device->interfaces[i].number;
	}
	add_numbers(event, numbers, n);
}

void report_print(const struct attached_device *device, uint32_t which, bool enforcing)
{
	print(device, judgement_of(device, which), report_classes(device, which), enforcing);
}

void report_print_foretold(const struct attached_device *device)
{
	print(device, &device->foretold.judged, device->facts.policy.classes, true);
}

void report_foretold(struct ipc_log_append *event, const struct attached_device *device,
		     const struct report_cause *cause)
{
	const struct policy_device *facts = &device->facts.policy;
	uint8_t numbers[POLICY_INTERFACES_MAX];

	report(event, device, &device->foretold.judged, facts->classes, cause);
	for (size_t i = 0; i < facts->n_interfaces; i++)
		numbers[i] = facts->interfaces[i].number;
	add_numbers(event, numbers, facts->n_interfaces);
}

void report_gate_shut(struct ipc_log_append *event, const struct attached_device *device,
		      const struct policy_circumstances *at)
{
	char id[IPC_WORD_MAX];

	ipc_event_init(event, "device.block");
	ipc_event_add(event, "verdict", verdict_name(VERDICT_BLOCK));
	ipc_event_add(event, "rule", POLICY_DEFAULT_RULE);
	ipc_event_add(event, "reason", "gate_shut");
	add_device(event, device, at);
	add_classes(event, device->facts.policy.classes);
	ipc_event_add(event, "path", device->syspath);
	log_info("guard: device %s at port %s is not authorised",
		 policy_device_id(&device->facts.policy, id, sizeof(id)), device->name);
}

void report_tamper(struct ipc_log_append *event, const char *path, const char *found,
		   const char *expected)
{
	ipc_event_init(event, "gate.tamper");
	ipc_event_add(event, "path", path);
	ipc_event_add(event, "found", found);
	ipc_event_add(event, "expected", expected);
	log_error("%s was changed by somebody else: it is %s and must be %s", path, found,
		  expected);
}

void report_restored(struct ipc_log_append *event, const char *path, const char *expected)
{
	ipc_event_init(event, "gate.restore");
	ipc_event_add(event, "path", path);
	ipc_event_add(event, "expected", expected);
}

void report_revoked(struct ipc_log_append *event, const struct attached_device *device, pid_t pid,
		    const struct policy_circumstances *at)
{
	ipc_event_init(event, "device.revoke");
	add_device(event, device, at);
	add_classes(event, device->facts.policy.classes);
	ipc_event_add_number(event, "pid_caller", pid);
	ipc_event_add(event, "path", device->syspath);
	log_warning("guard: the device at port %s was revoked", device->name);
}

void report_barred(struct ipc_log_append *event, const char *type,
		   const struct attached_device *device, const struct policy_device *facts,
		   const struct bar *bar, const struct policy_circumstances *at)
{
	ipc_event_init(event, type);
	if (!*facts->medium_number) /* as which it poses */
		ipc_event_add(event, "medium_number", bar->number);
	ipc_event_add(event, "reason", bar->reason);
	add_facts(event, device, facts, at);
	ipc_event_add(event, "path", device->syspath);
	ipc_event_add(event, "node", bar->node);
}

void report_removal(struct ipc_log_append *event, const struct attached_device *device,
		    const struct policy_circumstances *at)
{
	ipc_event_init(event, "device.remove");
	add_device(event, device, at);
	add_classes(event, device->facts.policy.classes);
}
