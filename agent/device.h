/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The devices that are attached, as far as the agent has seen them.  sysfs is
 * the truth; this is what was decided about it.
 */

#pragma once

#include "agent/door.h"
#include "ledger/ledger.h"

#include <sys/types.h>

/* Number of a medium in the register, or of the permit that says itself what it is for. */
#define DEVICE_CLAIMS_MAX POLICY_WORD_MAX

/* How far one interface has come; the refusing state is 0. */
enum interface_state {
	INTERFACE_NEW = 0,      /* not judged yet */
	INTERFACE_LOGGING = 1,  /* judged, the log entry is on its way */
	INTERFACE_UNLOGGED = 2, /* judged, the log refused; tried again later */
	INTERFACE_SHUT = 3,
	INTERFACE_OPEN = 4,    /* opened by the agent */
	INTERFACE_STATIC = 5,  /* hub, keyboard or mouse: the udev rules' business */
	INTERFACE_WATCHED = 6, /* the terminal is not set up: nothing is done */
};

struct judgement {
	bool is_static;
	bool is_named; /* a rule that names it allows it */
	bool is_probe; /* blocked until its medium is known: opened so far that it can be looked at
			*/
	bool is_observed;      /* opened whatever the policy says, which is on trial */
	enum verdict verdict;  /* what is enforced */
	enum verdict would_be; /* what the policy says */
	char rule[POLICY_ID_MAX];
	const char *reason;           /* a word of the log's glossary, or NULL */
	char permit[POLICY_WORD_MAX]; /* under which it is opened, or "" */
};

struct attached_interface {
	char name[FACTS_NAME_MAX]; /* "1-4:1.0", or the device's own */
	int dirfd;                 /* held: a swapped device cannot take its place */
	uint8_t number;
	bool settled;  /* udev has processed it, or will not */
	bool is_input; /* enrolled keyboard: SEKISHO_INPUT */
	enum interface_state state;
	struct judgement judged;
	uint64_t petition; /* the log entry waited for */
};

/* What the log was told of a device before udev had looked at it (agent/foretell.h). */
struct foretold {
	uint64_t petition; /* 0: nothing, or it has been made use of */
	bool logged;
	struct judgement judged; /* of each interface */
	struct policy_interface interfaces[POLICY_INTERFACES_MAX];
	size_t n_interfaces;
};

struct attached_device {
	struct attached_device *next; /* device_list.first */
	const struct door *door;
	uint64_t id;               /* of this attachment, never used again */
	char name[FACTS_NAME_MAX]; /* port: "1-4.2" */
	char *syspath;
	int dirfd;
	struct device_facts facts;
	struct attached_interface *interfaces;
	size_t n_interfaces;
	int64_t since_us;               /* wall clock */
	char user[POLICY_WORD_MAX];     /* of the seat when it was judged */
	bool overdue;                   /* what has not come by now is not waited for */
	bool ahead;                     /* agent/ahead.h has it */
	bool gate_logged;               /* that the device itself stays unauthorised */
	bool nodes_open;                /* agent/nodes.h */
	bool revoked;                   /* by an administrator, until it is plugged in again */
	const char *barred;             /* by the register: a word of the log's glossary, or NULL */
	const char *bar_told;           /* the one that the log and the person have been told */
	char claims[DEVICE_CLAIMS_MAX]; /* the medium that it says it is, or "" */
	bool denied;                    /* as a whole, by a marker for the static rules */
	/* What was denied: without authorisation the device shows no interfaces. */
	struct policy_device denied_facts;
	size_t denied_index;
	struct foretold foretold;
};

struct device_list {
	struct attached_device *first;
	uint64_t last_id;
	size_t n_devices;
};

/**
 * device_attach() - take in a device
 * @syspath:	below /sys/devices
 * @ret:	set on success only, stays the list's
 */
int device_attach(struct device_list *list, const struct door *door, const char *syspath,
		  int64_t now_us, struct attached_device **ret, struct err *err);

void device_detach(struct device_list *list, struct attached_device *device);

/*
 * Read facts again; interfaces that have gone are dropped, new ones added
 * unjudged.  Return: 0, or an error when the device itself has gone.
 */
int device_refresh(struct attached_device *device, struct err *err);

/* NULL when there is none. */
struct attached_device *device_by_path(const struct device_list *list, const char *syspath);
struct attached_device *device_by_id(const struct device_list *list, uint64_t id);
struct attached_interface *device_interface(struct attached_device *device, const char *name);

/* The facts of one interface; an index out of range when they are gone. */
size_t device_interface_index(const struct attached_device *device,
			      const struct attached_interface *interface);

/* What one interface is; no class when its facts are gone. */
uint32_t device_interface_classes(const struct attached_device *device,
				  const struct attached_interface *interface);

/* True when udev is done with every interface that the device has, or will not be. */
bool device_is_settled(const struct attached_device *device);

void device_list_deinit(struct device_list *list);
