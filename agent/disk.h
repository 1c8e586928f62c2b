/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One medium in a device that was opened.  It comes up shut (mode 0000,
 * read-only); here it gets what is granted.  A medium is its diskseq: another
 * one in the same reader is another one (T-08).
 *
 * As a rule that is the verdict of the interface.  Where a rule asks for the
 * medium, the interface was opened only so far that sekisho-media can look at
 * it, and each medium gets a verdict and a log entry of its own.
 *
 * What is open is mounted for the person at the terminal (agent/use.h).  Before
 * it is shut again its use is ended; only what has gone, or was revoked, is cut.
 */

#pragma once

#include "agent/judge.h"
#include "agent/probe.h"
#include "agent/use.h"

#include <stdint.h>
#include <sys/types.h>

struct storage;

#define STORAGE_NODE_MAX 64
#define NOT_GRANTED "not_granted" /* word of the log's glossary: why a use ends */

/* How far one medium has come; the refusing state is 0. */
enum medium_state {
	MEDIUM_NEW = 0,
	MEDIUM_PROBING = 1,  /* sekisho-media is looking at it */
	MEDIUM_LOGGING = 2,  /* judged, the log entry is on its way */
	MEDIUM_UNLOGGED = 3, /* judged, the log refused; tried again later */
	MEDIUM_SHUT = 4,
	MEDIUM_OPEN = 5,
	MEDIUM_EJECTED = 6, /* given back by the person; shut until it is plugged in again */
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
	bool is_gone;   /* freed when the answer that is waited for has come */
	bool cut_after; /* the use: then the interface is shut and judged anew */
	bool is_wanted_back;
	struct use use; /* MEDIUM_OPEN */
	uint16_t vid;   /* of the device, for the log when it has gone */
	uint16_t pid;
	char serial[POLICY_DEVICE_TEXT_MAX];
	struct judgement judged;
	struct probe probe; /* MEDIUM_PROBING */
	uint32_t medium;    /* what was found: policy/device.h */
	char filesystem[POLICY_WORD_MAX];
	const char *barred; /* as in struct attached_device; of what is on it */
	const char *bar_told;
	char claims[DEVICE_CLAIMS_MAX];
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

/* Shut it at once; whoever uses it loses what was not written. */
void disk_shut(struct storage_disk *disk, const char *reason);

/*
 * It has gone, with its marker; the disk is not the caller's any more.
 * @reason: of the log's glossary, for what was in use
 */
void disk_forget(struct storage_disk *disk, const char *reason);
void disk_drop(struct storage_disk *disk);

/* Let go of its interface, whose judgement has changed; its use has ended. */
void disk_cut(struct storage_disk *disk);

/* Whoever sits there now gets what is open; of whoever has left it is taken. */
void disk_follow(struct storage_disk *disk);

/* The person wants it back; what became of it is told to storage.happened. */
void disk_eject(struct storage_disk *disk);

/* For storage.use_owner. */
void disk_use_over(struct use *use);
void disk_use_happened(struct use *use, const struct use_news *news);

/* The questions that a medium's identity is in: enforce.h. */
struct enforce_disk disk_medium(const struct storage_disk *disk);
