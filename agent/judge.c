/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/judge.h"

#include "agent/closing.h"
#include "agent/enforce.h"
#include "agent/foretell.h"
#include "agent/judgement.h"
#include "agent/nodes.h"
#include "agent/report.h"
#include "core/err.h"
#include "core/log.h"
#include "ipc/event.h"

#include <stdio.h>
#include <string.h>

bool judge_is_blocked(const struct attached_device *device)
{
	for (size_t i = 0; i < device->n_interfaces; i++) {
		const struct judgement *judged = &device->interfaces[i].judged;

		if (!judged->is_static && judged->verdict == VERDICT_BLOCK)
			return true;
	}
	return device->n_interfaces == 0;
}

static bool wants_judging(const struct attached_interface *interface)
{
	return interface->state == INTERFACE_NEW || interface->state == INTERFACE_UNLOGGED;
}

static bool grants(const struct judge *judge, const struct judgement *judged)
{
	if (judged->is_static)
		return judge->asks_input;
	return judged->verdict != VERDICT_BLOCK || judged->is_probe;
}

static enum interface_state settled_state(const struct judge *judge, const struct judgement *judged)
{
	if (judged->is_static)
		return INTERFACE_STATIC;
	return judge->enforcing ? INTERFACE_SHUT : INTERFACE_WATCHED;
}

/* The entry is durable: now, and only now, the interface may open. */
static void open_interface(struct judge *judge, const struct attached_device *device,
			   struct attached_interface *interface)
{
	struct err err = { 0 };

	interface->state = settled_state(judge, &interface->judged);
	if (!judge->enforcing || !grants(judge, &interface->judged) ||
	    (interface->judged.is_static && closing_is_open(device, interface)))
		return;
	if (device->door == &door_usb && !facts_is_authorized(device->dirfd)) {
		interface->state = INTERFACE_NEW; /* its gate was shut meanwhile */
		return;
	}
	enforce_note_opened(judge->gate_fd, interface->dirfd, true);
	if (device->door->open(interface->dirfd, interface->name,
			       device_interface_classes(device, interface), &err) < 0) {
		enforce_note_opened(judge->gate_fd, interface->dirfd, false);
		log_warning("%s stays shut: %s", interface->name, err.text);
		return;
	}
	if (interface->judged.is_static)
		return;
	interface->state = INTERFACE_OPEN;
	judge->opened(judge);
}

static void logged(void *ctx, int rc, uint64_t seq)
{
	struct petition petition = *(struct petition *)ctx;
	struct judge *judge = petition.judge;
	struct attached_device *device = device_by_id(judge->devices, petition.device);

	(void)seq;
	*(struct petition *)ctx = (struct petition){ 0 };
	for (size_t i = 0; device && i < device->n_interfaces; i++) {
		struct attached_interface *interface = &device->interfaces[i];

		if (interface->state != INTERFACE_LOGGING || interface->petition != petition.id)
			continue;
		if (rc == 0)
			open_interface(judge, device, interface);
		else
			interface->state = INTERFACE_UNLOGGED;
	}
	if (device && judge->enforcing)
		nodes_update(judge->gate_fd, device);
	if (rc < 0 && device) {
		log_warning("the log refused an entry: what waits for it stays shut");
		judge->again(judge);
	}
}

struct petition *judge_petition(struct judge *judge, const struct attached_device *device)
{
	for (size_t i = 0; i < IPC_SUBMIT_MAX; i++) {
		struct petition *petition = &judge->petitions[i];

		if (petition->id != 0)
			continue;
		*petition = (struct petition){ .judge = judge,
					       .id = ++judge->last_petition,
					       .device = device->id };
		return petition;
	}
	return NULL;
}

static void petition_for(struct judge *judge, struct attached_device *device, uint32_t which,
			 uint32_t rule)
{
	struct petition *petition = judge_petition(judge, device);
	struct ipc_log_append event;

	for (size_t i = 0; i < device->n_interfaces; i++) {
		if (!(which & 1u << i))
			continue;
		device->interfaces[i].state = petition ? INTERFACE_LOGGING : INTERFACE_UNLOGGED;
		device->interfaces[i].petition = petition ? petition->id : 0;
	}
	if (!petition) {
		judge->again(judge);
		return;
	}
	report_verdict(&event, device, which,
		       &(struct report_cause){ judge->policy, rule, judge->at, judge->enforcing });
	ipc_submit(judge->log, &event, logged, petition);
	report_print(device, which, judge->enforcing);
}

/* All interfaces from @first on that wait and are judged alike go into one entry. */
static uint32_t alike(const struct attached_device *device, uint32_t waiting, size_t first)
{
	uint32_t which = 0;

	for (size_t i = first; i < device->n_interfaces; i++) {
		if (waiting & 1u << i && judgement_equals(&device->interfaces[first].judged,
							  &device->interfaces[i].judged))
			which |= 1u << i;
	}
	return which;
}

static void report_unauthorised(struct judge *judge, struct attached_device *device)
{
	struct ipc_log_append event;

	if (device->gate_logged || device->foretold.petition != 0)
		return; /* said already */
	device->gate_logged = true;
	report_gate_shut(&event, device, judge->at);
	ipc_submit(judge->log, &event, NULL, NULL);
}

static void close_all_blocked(struct judge *judge, struct attached_device *device, uint32_t which)
{
	for (size_t i = 0; i < device->n_interfaces; i++) {
		struct attached_interface *interface = &device->interfaces[i];

		if (which & 1u << i && !interface->judged.is_static &&
		    interface->judged.verdict == VERDICT_BLOCK && !interface->judged.is_probe)
			closing_shut_blocked(judge, device, interface);
	}
}

void judge_device(struct judge *judge, struct attached_device *device)
{
	uint32_t rules[POLICY_INTERFACES_MAX];
	uint32_t waiting = 0;

	if (!device_is_settled(device)) {
		judge->again(judge);
		return;
	}
	judge_identify(judge);
	if (device->n_interfaces == 0)
		report_unauthorised(judge, device);
	for (size_t i = 0; i < device->n_interfaces; i++) {
		struct attached_interface *interface = &device->interfaces[i];

		if (!wants_judging(interface))
			continue;
		interface->judged =
			judgement_of_interface(judge->policy, judge->at, device, interface,
					       &device->facts.policy, device->barred, &rules[i]);
		if (foretell_came_true(device, interface))
			closing_shut_blocked(judge, device, interface);
		else
			waiting |= 1u << i;
	}
	foretell_done(device);
	if (waiting != 0)
		(void)snprintf(device->user, sizeof(device->user), "%s", judge->at->user);
	for (size_t i = 0; waiting != 0; i++) {
		uint32_t which = waiting & 1u << i ? alike(device, waiting, i) : 0;

		waiting &= ~which;
		close_all_blocked(judge, device, which);
		if (which != 0)
			petition_for(judge, device, which, rules[i]);
	}
}

void judge_all(struct judge *judge)
{
	for (struct attached_device *d = judge->devices->first; d; d = d->next)
		judge_device(judge, d);
}

/* Being set up is no tampering: what was open until then is closed without that word. */
static void begin_enforcing(struct judge *judge, const struct attached_device *device,
			    const struct attached_interface *interface, const struct judgement *now)
{
	if (!now->is_static && now->verdict == VERDICT_BLOCK && !now->is_probe)
		closing_shut(judge, device, interface);
}

static bool must_be_judged_anew(const struct judge *judge,
				const struct attached_interface *interface,
				const struct judgement *now)
{
	const struct judgement *before = &interface->judged;
	bool is_watched = interface->state == INTERFACE_WATCHED;

	if (now->is_static != before->is_static || now->is_named != before->is_named ||
	    now->is_probe != before->is_probe || now->verdict != before->verdict ||
	    now->is_observed != before->is_observed)
		return true;
	return !now->is_static && is_watched == judge->enforcing;
}

static bool is_still_denied(const struct judge *judge, const struct attached_device *device)
{
	struct policy_decision decision;

	policy_decide(judge->policy, &device->denied_facts, device->denied_index, judge->at,
		      &decision);
	return judgement_takes_away(&decision);
}

/* Another rule now says the same: the log has it, whoever works with it keeps it. */
static void note_other_rule(struct judge *judge, struct attached_device *device, size_t i,
			    const struct judgement *now, uint32_t rule)
{
	struct ipc_log_append event;

	device->interfaces[i].judged = *now;
	report_verdict(&event, device, 1u << i,
		       &(struct report_cause){ judge->policy, rule, judge->at, judge->enforcing });
	ipc_submit(judge->log, &event, NULL, NULL);
	report_print(device, 1u << i, judge->enforcing);
}

static void reconsider_interface(struct judge *judge, struct attached_device *device, size_t i)
{
	struct attached_interface *interface = &device->interfaces[i];
	uint32_t rule;
	struct judgement now = judgement_of_interface(judge->policy, judge->at, device, interface,
						      &device->facts.policy, device->barred, &rule);

	if (interface->state == INTERFACE_NEW)
		return; /* judged soon in any case */
	if (interface->state == INTERFACE_WATCHED && judge->enforcing)
		begin_enforcing(judge, device, interface, &now);
	if (must_be_judged_anew(judge, interface, &now)) {
		if (interface->state == INTERFACE_OPEN && !device->revoked &&
		    judge->end_use(judge, device, interface))
			return;
		if (interface->state == INTERFACE_OPEN)
			closing_shut(judge, device, interface);
		interface->state = INTERFACE_NEW;
	} else if (!judgement_equals(&now, &interface->judged)) {
		note_other_rule(judge, device, i, &now, rule);
	}
}

static void reconsider(struct judge *judge, struct attached_device *device)
{
	if (device->denied && !device->revoked && !is_still_denied(judge, device)) {
		enforce_readmit_device(judge->gate_fd, device->syspath, device->facts.busnum,
				       device->facts.devnum);
		device->denied = false;
	}
	for (size_t i = 0; i < device->n_interfaces; i++)
		reconsider_interface(judge, device, i);
	if (judge->enforcing)
		nodes_update(judge->gate_fd, device);
}

void judge_reconsider(struct judge *judge)
{
	judge_identify(judge);
	for (struct attached_device *d = judge->devices->first; d; d = d->next)
		reconsider(judge, d);
	judge_all(judge);
}

void judge_reconcile(struct judge *judge, struct attached_device *device)
{
	for (size_t i = 0; judge->enforcing && device->door->is_open && i < device->n_interfaces;
	     i++) {
		struct attached_interface *interface = &device->interfaces[i];
		bool found_open = closing_is_open(device, interface);

		if (!found_open &&
		    (interface->state == INTERFACE_OPEN ||
		     (interface->state == INTERFACE_SHUT && grants(judge, &interface->judged))))
			interface->state = INTERFACE_NEW;
		if (found_open && (interface->state == INTERFACE_SHUT ||
				   interface->state == INTERFACE_UNLOGGED)) {
			closing_report_open(judge, device, interface);
			closing_shut(judge, device, interface);
			interface->state = INTERFACE_NEW;
		}
	}
	judge_device(judge, device);
}

void judge_cut(struct judge *judge, struct attached_device *device,
	       struct attached_interface *interface)
{
	closing_shut(judge, device, interface);
	interface->state = INTERFACE_NEW;
	judge_device(judge, device);
}

int judge_mark_revoked(const struct judge *judge, const struct attached_device *device,
		       struct err *err)
{
	struct err why = { 0 };
	int rc = judge->enforcing ? enforce_revoke(judge->gate_fd, device->dirfd, &why) : 0;

	if (rc < 0)
		(void)err_set(
			err, rc,
			"the device at port %s is shut, but may open again when sekishod starts "
			"anew: %s; remedy: pull it out, or make room in /run and revoke again",
			device->name, why.text);
	return rc;
}

void judge_revoke(struct judge *judge, struct attached_device *device)
{
	device->revoked = true;
	reconsider(judge, device);
	judge_device(judge, device);
	if (judge->enforcing && device->door == &door_usb)
		closing_deny(judge, device); /* what was opened through its nodes ends, too */
}

void judge_recall(struct judge *judge, struct attached_device *device)
{
	device->revoked = judge->enforcing && enforce_is_revoked(judge->gate_fd, device->dirfd);
	if (device->revoked && device->door == &door_usb)
		closing_deny(judge, device);
}

void judge_farewell(struct judge *judge, const struct attached_device *device)
{
	struct ipc_log_append event;

	enforce_forget_device(judge->gate_fd, device->facts.busnum, device->facts.devnum);
	enforce_forget_revoked(judge->gate_fd, device->dirfd);
	for (size_t i = 0; i < device->n_interfaces; i++)
		enforce_note_opened(judge->gate_fd, device->interfaces[i].dirfd, false);
	report_removal(&event, device, judge->at);
	ipc_submit(judge->log, &event, NULL, NULL);
}
