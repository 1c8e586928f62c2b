/* SPDX-License-Identifier: Apache-2.0 */

/* What the agent tells the log, and the journal in one line, about devices. */

#pragma once

#include "agent/device.h"

struct bar;

struct ipc_log_append;

#define NOT_ENFORCED "not enforced: the terminal is not set up"

/* What a verdict comes from. */
struct report_cause {
	const struct policy *policy; /* NULL: none is in force */
	uint32_t rule;               /* POLICY_NO_RULE: none decided */
	const struct policy_circumstances *at;
	bool enforcing;
};

/**
 * report_verdict() - the event for some interfaces of a device
 * @which:	bit i stands for @device->interfaces[i]; all have one judgement
 *
 * Holds every fact that a rule could have asked for, so that the log alone
 * suffices to explain the verdict, and to try another policy on it.
 */
void report_verdict(struct ipc_log_append *event, const struct attached_device *device,
		    uint32_t which, const struct report_cause *cause);

/* The same of all interfaces before they exist: what was judged is @device's foretold. */
void report_foretold(struct ipc_log_append *event, const struct attached_device *device,
		     const struct report_cause *cause);

/* The journal's line on either.  After the event is on its way: the journal takes its time. */
void report_print(const struct attached_device *device, uint32_t which, bool enforcing);
void report_print_foretold(const struct attached_device *device);

/**
 * report_medium() - the same for one medium in a device
 * @facts:	of @device with what was found on the medium
 */
void report_medium(struct ipc_log_append *event, const struct attached_device *device,
		   const struct policy_device *facts, const char *node,
		   const struct judgement *judged, const struct report_cause *cause);

/* The event for a device whose own gate stays shut. */
void report_gate_shut(struct ipc_log_append *event, const struct attached_device *device,
		      const struct policy_circumstances *at);

/* The events for a gate that somebody else changed, and for what is as it must be again. */
void report_tamper(struct ipc_log_append *event, const char *path, const char *found,
		   const char *expected);
void report_restored(struct ipc_log_append *event, const char *path, const char *expected);

struct storage_disk;
struct use_news;

/**
 * report_use() - the event for what became of a medium in somebody's hands
 *
 * Return: false when it is only for the person.
 */
bool report_use(struct ipc_log_append *event, const struct storage_disk *disk,
		const struct use_news *news);

/**
 * report_revoked() - the event for a device that an administrator took away
 * @pid:	of who asked for it
 */
void report_revoked(struct ipc_log_append *event, const struct attached_device *device, pid_t pid,
		    const struct policy_circumstances *at);

/* The register has something against a medium that is there: @type. */
void report_barred(struct ipc_log_append *event, const char *type,
		   const struct attached_device *device, const struct policy_device *facts,
		   const struct bar *bar, const struct policy_circumstances *at);

void report_removal(struct ipc_log_append *event, const struct attached_device *device,
		    const struct policy_circumstances *at);

/* The classes of the interfaces @which, of all configurations when 0. */
uint32_t report_classes(const struct attached_device *device, uint32_t which);
