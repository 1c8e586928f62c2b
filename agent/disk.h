/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One medium in a device that was opened.  It comes up shut (mode 0000,
 * read-only); here it gets what is granted.  A medium is its diskseq: another
 * one in the same reader is another one (T-08).
 *
 * As a rule that is the verdict of the interface.  Where a rule asks for the
 * medium, the interface was opened only so far that sekisho-media can look at
 * it, and each medium gets a verdict and a log entry of its own.
 */

#pragma once

#include "agent/judge.h"
#include "agent/probe.h"

#include <stdint.h>
#include <sys/types.h>

struct storage;

#define STORAGE_NODE_MAX 64

/* How far one medium has come; the refusing state is 0. */
enum medium_state {
	MEDIUM_NEW = 0,
	MEDIUM_PROBING = 1,  /* sekisho-media is looking at it */
	MEDIUM_LOGGING = 2,  /* judged, the log entry is on its way */
	MEDIUM_UNLOGGED = 3, /* judged, the log refused; tried again later */
	MEDIUM_SHUT = 4,
	MEDIUM_OPEN = 5,
};

struct storage_disk {
	struct storage_disk *next; /* storage.first */
	struct storage *storage;
	char *syspath;
	char node[STORAGE_NODE_MAX]; /* "/dev/sda" */
	dev_t devnum;
	uint64_t diskseq;
	uint64_t device;                /* attached_device.id */
	char interface[FACTS_NAME_MAX]; /* attached_interface.name */
	enum medium_state state;
	bool is_gone; /* freed when the answer that is waited for has come */
	struct judgement judged;
	struct probe probe; /* MEDIUM_PROBING */
	uint32_t medium;    /* what was found: policy/device.h */
	char filesystem[POLICY_WORD_MAX];
};

/* The interface that the disk hangs on, when it still is opened, or NULL. */
const struct attached_interface *disk_interface(const struct storage_disk *disk,
						struct attached_device **ret_device);

/* Open it, have it looked at, or shut it, as its interface says. */
void disk_consider(struct storage_disk *disk);

/* Judge by what is known, log, and then act. */
void disk_judge(struct storage_disk *disk);

/* After another policy, zone, person or hour. */
void disk_reconsider(struct storage_disk *disk);

/* It has gone, with its marker; the disk is not the caller's any more. */
void disk_forget(struct storage_disk *disk);
void disk_drop(struct storage_disk *disk);
