/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The disks in devices that were opened, as udev announces them.
 */

#pragma once

#include "agent/disk.h"
#include "ipc/submit.h"

struct udev_device;

struct storage {
	struct judge *judge;
	struct loop *loop;
	const char *media_socket;
	const struct seat *seat;
	struct use_owner use_owner;
	struct storage_disk *first;

	/* Set by the owner: something the person should know; he has it back; it is no more his. */
	void (*happened)(struct storage *storage, const struct storage_disk *disk,
			 const struct use_news *news);
	void (*given_back)(struct storage *storage, const struct storage_disk *disk);
	void (*forgotten)(struct storage *storage, const struct storage_disk *disk);

	/*
	 * Set by the owner: it is about to open under a permit.  Return: 0 when a use
	 * that was counted goes on, 1 when the entry of a new one is on its way: @done
	 * says, with the disk; or the error: it stays shut.
	 */
	int (*permitted)(struct storage *storage, struct storage_disk *disk, ipc_submitted *done,
			 struct err *err);
	/* That entry is durable: the use counts.  Return: 0 or the error: it stays shut. */
	int (*counted)(struct storage *storage, const struct storage_disk *disk, struct err *err);
	/* Set by the owner: whether a company announced what is on it (is_vendor, expected). */
	void (*announced)(struct storage *storage, const struct storage_disk *disk,
			  struct use_medium *medium);
	/* Set by the owner: it announced something else; judge again. */
	void (*unexpected)(struct storage *storage, const struct storage_disk *disk);
	/* A use under a permit has ended. */
	void (*used)(struct storage *storage, const struct storage_disk *disk,
		     const struct use_news *news);
};

/* Takes every announcement of the block subsystem. */
void storage_event(struct storage *storage, const char *action, struct udev_device *block);

/* Disks that are no more, whose removal nobody announced. */
void storage_drop_gone(struct storage *storage);

/* After judge_reconsider(): shut what is not granted any more, judge media anew. */
void storage_reconsider(struct storage *storage);

/* Somebody else sits there, or a session has ended. */
void storage_follow(struct storage *storage);

/**
 * storage_end_use() - of everything behind an interface that is granted no more
 *
 * Return: true when something is in use: it is shut and judged anew when that
 * has ended, not now.
 */
bool storage_end_use(struct storage *storage, struct attached_device *device,
		     const struct attached_interface *interface);

/* True while something behind an interface is in use. */
bool storage_is_used(const struct storage *storage, const struct attached_device *device,
		     const struct attached_interface *interface);

/* True while a medium is open under a permit. */
bool storage_uses_permit(const struct storage *storage, const char *number);

/* What belongs to a device is shut at once, whoever uses it. */
void storage_revoke(struct storage *storage, const struct attached_device *device);

/* What the log refused is tried once more. */
void storage_retry(struct storage *storage);

/* The first medium of a device that was looked at or opened, or NULL. */
const struct storage_disk *storage_disk_of(const struct storage *storage,
					   const struct attached_device *device);

/* Markers stay: an agent that is started again takes nothing from whoever works. */
void storage_deinit(struct storage *storage);
