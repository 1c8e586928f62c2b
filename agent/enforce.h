/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The only file that changes the system: authorisation and drivers in sysfs, a
 * disk's read-only flag, and the markers that the udev rules look for.
 *
 * Whoever calls has logged before, unless the call closes something: closing
 * never waits.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct err;

/**
 * enforce_open_interface() - let a driver have an interface
 * @dirfd:	held since the device was judged; when another device sits at
 *		the port now, this fails (ENODEV, ENOENT) and nothing opens
 * @name:	"1-4:1.0", to have drivers looked for
 * @drivers:	one of these, NULL at the end; none may be named.  NULL:
 *		whichever fits.  When none of those named takes it, it is shut
 *		again (ENODEV): one that is loaded later would
 */
int enforce_open_interface(int dirfd, const char *name, const char *const *drivers,
			   struct err *err);

/* Shut the gate of a USB interface or a Thunderbolt device again. */
int enforce_close_gate(int dirfd, const char *name, struct err *err);

/**
 * enforce_bind() - let a driver have a card
 * @bus:	"mmc" or "memstick"
 * @name:	of the card in sysfs; held by @dirfd since it was judged
 */
int enforce_bind(int dirfd, const char *bus, const char *name, struct err *err);
int enforce_unbind(int dirfd, const char *name, struct err *err);

/* Let a Thunderbolt device tunnel. */
int enforce_authorise(int dirfd, const char *name, struct err *err);

/* Shut a default: write "0" to @attribute. */
int enforce_shut_gate(int dirfd, const char *attribute, struct err *err);

/**
 * enforce_deny_device() - keep a whole device unauthorised
 * @gate_fd:	the marker makes the udev rules leave it so when it is
 *		announced again
 */
int enforce_deny_device(int gate_fd, int dirfd, unsigned int busnum, unsigned int devnum,
			struct err *err);

/* Take the marker away and have the static rules judge the device again. */
void enforce_readmit_device(int gate_fd, const char *syspath, unsigned int busnum,
			    unsigned int devnum);

/* That a device stays shut until it is plugged in again; survives the agent's end. */
int enforce_revoke(int gate_fd, int dirfd, struct err *err);
bool enforce_is_revoked(int gate_fd, int dirfd);
void enforce_forget_revoked(int gate_fd, int dirfd);

/* That the agent has opened an interface: the next one takes what it finds open for no tampering.
 */
void enforce_note_opened(int gate_fd, int dirfd, bool opened);
bool enforce_was_opened(int gate_fd, int dirfd);

/* Whether the static rules leave new keyboards and mice to the agent; survives its end. */
int enforce_set_input(int gate_fd, bool asked, struct err *err);

/* True when no marker keeps the static rules from a keyboard or mouse; false also when that is not
 * known. */
bool enforce_leaves_input(int gate_fd, unsigned int busnum, unsigned int devnum);

/**
 * enforce_set_nodes() - whether the user at the seat may open a USB device's
 * nodes: a marker, which the udev rules act on when the nodes are announced
 */
int enforce_set_nodes(int gate_fd, unsigned int busnum, unsigned int devnum, bool open,
		      struct err *err);

/* A medium, identified so that another one under the same name is refused. */
struct enforce_disk {
	const char *node;    /* "/dev/sda" */
	const char *syspath; /* of the disk */
	dev_t devnum;
	uint64_t diskseq; /* unique since boot, for each medium */
};

/**
 * enforce_open_disk() - give a medium its read-only flag, its marker, and have
 * udev set the node's mode
 *
 * The flag is read back before the marker is made.
 */
int enforce_open_disk(int gate_fd, const struct enforce_disk *disk, bool writable, struct err *err);

/* A medium that is granted no more: its marker goes, and it is read-only and nobody's again. */
void enforce_shut_disk(int gate_fd, const struct enforce_disk *disk);

/* Open a shut medium to have it looked at; read-only, its node's mode binds root as little as ever.
 */
int enforce_look_at_disk(const struct enforce_disk *disk, int *ret_fd, struct err *err);

/* Nothing but the flag; the disk stays shut. */
int enforce_set_read_only(const struct enforce_disk *disk, struct err *err);

#define ENFORCE_ACL "system.posix_acl_access"

/* Take rights to a node away, those of single users too.  Not of one that is another user's. */
int enforce_close_node(const char *node, mode_t mode, struct err *err);

/* Have udev look at a device again. */
void enforce_announce(const char *syspath);

/* One marker by its name. */
int enforce_set_marker(int gate_fd, const char *marker, bool there, struct err *err);

/* Markers of media and devices that are no more. */
void enforce_forget_disk(int gate_fd, uint64_t diskseq);
void enforce_forget_device(int gate_fd, unsigned int busnum, unsigned int devnum);
void enforce_clear_markers(int gate_fd);
