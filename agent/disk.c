/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/disk.h"

#include "agent/enforce.h"
#include "agent/judgement.h"
#include "agent/report.h"
#include "agent/storage.h"
#include "core/err.h"
#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void disk_drop(struct storage_disk *disk)
{
	struct storage_disk **link = &disk->storage->first;

	while (*link != disk)
		link = &(*link)->next;
	*link = disk->next;
	probe_cancel(&disk->probe);
	use_deinit(&disk->use);
	free(disk->syspath);
	free(disk);
}

void disk_forget(struct storage_disk *disk, const char *reason)
{
	enforce_forget_disk(disk->storage->judge->gate_fd, disk->diskseq);
	disk->is_gone = true;
	disk->storage->forgotten(disk->storage, disk);
	if (use_is_on(&disk->use))
		use_finish(&disk->use, USE_END_CUT, reason); /* over() drops it */
	else if (disk->state != MEDIUM_LOGGING)              /* else the answer finds it */
		disk_drop(disk);
}

struct enforce_disk disk_medium(const struct storage_disk *disk)
{
	return (struct enforce_disk){
		.node = disk->node,
		.syspath = disk->syspath,
		.devnum = disk->devnum,
		.diskseq = disk->diskseq,
	};
}

void disk_shut(struct storage_disk *disk, const char *reason)
{
	struct enforce_disk medium = disk_medium(disk);

	enforce_shut_disk(disk->storage->judge->gate_fd, &medium);
	disk_forget(disk, reason);
}

static void open_now(struct storage_disk *disk)
{
	struct enforce_disk medium = disk_medium(disk);
	struct err err = { 0 };

	disk->state = MEDIUM_OPEN;
	if (enforce_open_disk(disk->storage->judge->gate_fd, &medium,
			      disk->judged.verdict == VERDICT_ALLOW, &err) < 0) {
		log_warning("%s stays shut: %s", disk->node, err.text);
		disk_forget(disk, NOT_GRANTED);
		return;
	}
	log_info("guard: %s is open, %s", disk->node, verdict_name(disk->judged.verdict));
	disk_follow(disk);
}

static void use_logged(void *ctx, int rc, uint64_t seq);

/* A use of a permit is in the log, and counted, before anything opens. */
static void open_disk(struct storage_disk *disk)
{
	struct err err = { 0 };
	int rc = 0;

	if (*disk->judged.permit != '\0') {
		disk->state = MEDIUM_LOGGING;
		rc = disk->storage->permitted(disk->storage, disk, use_logged, &err);
	}
	if (rc < 0) {
		disk->state = MEDIUM_SHUT;
		log_warning("%s stays shut: %s", disk->node, err.text);
		disk_forget(disk, NOT_GRANTED);
	} else if (rc == 0) {
		open_now(disk);
	}
}

/* The interface that the disk hangs on, when it still is opened, or NULL. */
const struct attached_interface *disk_interface(const struct storage_disk *disk,
						struct attached_device **ret_device)
{
	struct attached_device *device = device_by_id(disk->storage->judge->devices, disk->device);
	const struct attached_interface *interface =
		device ? device_interface(device, disk->interface) : NULL;

	/* What stands there now may be another one than was judged. */
	if (!interface || interface->state != INTERFACE_OPEN || !facts_is_present(interface->dirfd))
		return NULL;
	*ret_device = device;
	return interface;
}

/* What the policy says of the medium as far as it is known; "probe" of one that is not. */
static struct judgement judge_medium(struct storage_disk *disk,
				     const struct attached_device *device,
				     const struct attached_interface *interface,
				     struct policy_device *ret_facts, uint32_t *ret_rule)
{
	const struct judge *judge = disk->storage->judge;

	*ret_facts = device->facts.policy;
	ret_facts->medium = disk->medium;
	(void)snprintf(ret_facts->filesystem, sizeof(ret_facts->filesystem), "%s",
		       disk->filesystem);
	disk->barred = media_seen_medium(&judge->seen, device, ret_facts, disk->claims);
	return judgement_of_interface(judge->policy, judge->at, device, interface, ret_facts,
				      disk->barred, ret_rule);
}

/* Two that say they are one: the other is looked at again, too. */
static void tell_barred(struct storage_disk *disk, const struct attached_device *device,
			const struct policy_device *facts)
{
	struct judge *judge = disk->storage->judge;
	const struct bar bar = { disk->barred, disk->claims, disk->node };

	if (disk->barred && disk->barred != disk->bar_told) {
		if (disk->barred != device->bar_told)
			judge->barred(judge, device, facts, &bar);
		judge->bars_changed(judge);
	}
	disk->bar_told = disk->barred;
}

static void logged(void *ctx, int rc, uint64_t seq);

static void report(struct storage_disk *disk, const struct attached_device *device,
		   const struct policy_device *facts, uint32_t rule, ipc_submitted *done)
{
	const struct judge *judge = disk->storage->judge;
	struct ipc_log_append event;

	report_medium(&event, device, facts, disk->node, &disk->judged,
		      &(struct report_cause){ judge->policy, rule, judge->at, judge->enforcing });
	ipc_submit(judge->log, &event, done, disk);
}

/* One that could not be looked at gets what any medium gets. */
void disk_judge(struct storage_disk *disk)
{
	struct attached_device *device = NULL;
	const struct attached_interface *interface = disk_interface(disk, &device);
	struct policy_device facts;
	uint32_t rule;

	if (!interface) {
		disk_shut(disk, NOT_GRANTED);
		return;
	}
	disk->judged = judge_medium(disk, device, interface, &facts, &rule);
	disk->judged.is_probe = false;
	disk->state = MEDIUM_LOGGING;
	tell_barred(disk, device, &facts);
	report(disk, device, &facts, rule, logged);
}

/* The policy may have become another while the entry was on its way. */
static bool still_holds(struct storage_disk *disk, const struct attached_device *device,
			const struct attached_interface *interface)
{
	struct policy_device facts;
	uint32_t rule;
	struct judgement now = judge_medium(disk, device, interface, &facts, &rule);

	now.is_probe = false;
	return judgement_equals(&now, &disk->judged);
}

/* The log has answered.  NULL: it refused, or disk or device has gone; then the disk is shut. */
static const struct attached_interface *answered(struct storage_disk *disk, int rc,
						 struct attached_device **ret_device)
{
	const struct attached_interface *interface;

	disk->state = MEDIUM_UNLOGGED;
	if (disk->is_gone) {
		if (!use_is_on(&disk->use))
			disk_drop(disk);
		return NULL;
	}
	interface = disk_interface(disk, ret_device);
	if (!interface) {
		disk_shut(disk, NOT_GRANTED);
	} else if (rc < 0) {
		log_warning("the log refused an entry: %s stays shut", disk->node);
		disk->storage->judge->again(disk->storage->judge);
		return NULL;
	}
	return interface;
}

/* The entry is durable: now, and only now, the medium may open. */
static void logged(void *ctx, int rc, uint64_t seq)
{
	struct storage_disk *disk = ctx;
	struct attached_device *device = NULL;
	const struct attached_interface *interface = answered(disk, rc, &device);

	(void)seq;
	if (!interface)
		return;
	if (!still_holds(disk, device, interface)) {
		disk_judge(disk);
	} else if (disk->judged.verdict == VERDICT_BLOCK) {
		disk->state = MEDIUM_SHUT;
	} else {
		open_disk(disk);
	}
}

static bool is_as_judged(struct storage_disk *disk, const struct attached_device *device,
			 const struct attached_interface *interface)
{
	return interface->judged.is_probe ? still_holds(disk, device, interface)
					  : judgement_equals(&interface->judged, &disk->judged);
}

static void count_use(struct storage_disk *disk)
{
	struct err err = { 0 };

	if (disk->storage->counted(disk->storage, disk, &err) == 0) {
		open_now(disk);
		return;
	}
	log_warning("%s stays shut: %s", disk->node, err.text);
	disk_forget(disk, NOT_GRANTED);
}

/* The entry of the use is durable: now it counts, and then the medium may open. */
static void use_logged(void *ctx, int rc, uint64_t seq)
{
	struct storage_disk *disk = ctx;
	struct attached_device *device = NULL;
	const struct attached_interface *interface = answered(disk, rc, &device);

	(void)seq;
	if (!interface)
		return;
	if (is_as_judged(disk, device, interface)) {
		count_use(disk);
	} else if (interface->judged.is_probe) {
		disk_judge(disk);
	} else {
		disk_consider(disk);
	}
}

static void probed(struct probe *probe, int rc, const struct ipc_media_found *found)
{
	struct storage_disk *disk = container_of(probe, struct storage_disk, probe);

	if (rc < 0) {
		errno = -rc;
		log_warning("%s cannot be looked at: %m", disk->node);
	} else {
		disk->medium = found->medium;
		(void)snprintf(disk->filesystem, sizeof(disk->filesystem), "%s",
			       probe_filesystem(found));
	}
	disk_judge(disk);
}

static void look_at(struct storage_disk *disk)
{
	struct enforce_disk medium = disk_medium(disk);
	cleanup_close int fd = -1;
	struct err err = { 0 };

	if (enforce_look_at_disk(&medium, &fd, &err) < 0) {
		log_warning("%s stays shut: %s", disk->node, err.text);
		disk_forget(disk, NOT_GRANTED);
		return;
	}
	disk->state = MEDIUM_PROBING;
	probe_start(&disk->probe, disk->storage->loop, disk->storage->media_socket, fd,
		    disk->diskseq, probed);
}

void disk_consider(struct storage_disk *disk)
{
	struct attached_device *device = NULL;
	const struct attached_interface *interface = disk_interface(disk, &device);

	if (!interface) {
		disk_shut(disk, NOT_GRANTED);
	} else if (interface->judged.is_probe) {
		if (disk->state == MEDIUM_NEW)
			look_at(disk);
	} else if (disk->state != MEDIUM_OPEN && disk->state != MEDIUM_EJECTED &&
		   disk->state != MEDIUM_LOGGING) {
		disk->judged = interface->judged;
		open_disk(disk);
	}
}

/* Whoever has its node open keeps it until the device itself is shut. */
void disk_cut(struct storage_disk *disk)
{
	struct storage *storage = disk->storage;
	struct attached_device *device = NULL;
	bool is_there = disk_interface(disk, &device);
	struct attached_interface *interface =
		is_there ? device_interface(device, disk->interface) : NULL;

	disk_shut(disk, NOT_GRANTED);
	if (interface && !storage_is_used(storage, device, interface))
		judge_cut(storage->judge, device, interface);
}

void disk_reconsider(struct storage_disk *disk)
{
	struct attached_device *device = NULL;
	const struct attached_interface *interface = disk_interface(disk, &device);
	struct policy_device facts;
	struct judgement now;
	uint32_t rule;

	if (!interface)
		disk_shut(disk, NOT_GRANTED);
	if (!interface || !interface->judged.is_probe)
		return;
	now = judge_medium(disk, device, interface, &facts, &rule);
	now.is_probe = false;
	tell_barred(disk, device, &facts);
	if (judgement_equals(&now, &disk->judged))
		return;
	if (disk->state == MEDIUM_OPEN && now.verdict < disk->judged.verdict) {
		if (!storage_end_use(disk->storage, device, interface))
			disk_cut(disk);
	} else if (disk->state == MEDIUM_OPEN && now.verdict == disk->judged.verdict) {
		disk->judged = now;
		report(disk, device, &facts, rule, NULL);
	} else if (disk->state == MEDIUM_OPEN || disk->state == MEDIUM_SHUT) {
		disk_judge(disk);
	}
}
