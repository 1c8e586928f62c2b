/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The parts of `sekisho setup`.  Each does one thing to the terminal's own
 * configuration and undoes it again; cmd_setup.c knows the safe order.
 */

#pragma once

#include <stdbool.h>

struct err;

/* Exists exactly while the guard is switched on; the agent looks for it. */
#define SETUP_ENROLLED_RULES "/etc/udev/rules.d/05-sekisho-enrolled.rules"

/* What enrolment found, for the person to read. */
struct setup_enrolled {
	unsigned int n_disks;
	unsigned int n_keyboards;
};

/**
 * setup_enrol() - write the rules that name internal disks and odd keyboards
 *
 * Internal is every disk that is there now and does not hang on USB, FireWire
 * or a card slot.
 * Keyboards that the general rules would not open (other interfaces beside
 * HID) are named exactly.
 *
 * Return: 0, -ENODEV when no internal disk was found (the root disk would be
 * shut out), -EBUSY when a disk that can be unplugged is in use, or the error
 * of the step that failed.
 */
int setup_enrol(struct setup_enrolled *ret, struct err *err);
int setup_unenrol(struct err *err);

/**
 * setup_initramfs() - rebuild the initramfs of every installed kernel
 * @with_rules:	afterwards each must hold the rules; -ENOENT names one that
 *		does not
 */
int setup_initramfs(bool with_rules, struct err *err);

/**
 * setup_kernel_parameter() - usbcore.authorized_default=0 in the boot loader
 *
 * Return: 0, or -ENOENT when no boot loader is known here.
 */
int setup_kernel_parameter(bool on, struct err *err);

/**
 * setup_pam() - switch both PAM profiles on or off
 *
 * On means that common-auth holds both lines afterwards: one alone is an error.
 */
int setup_pam(bool on, struct err *err);

/**
 * setup_sshd() - make sshd ask for password and code in one conversation
 * @required:	also refuse a key alone
 *
 * Does nothing where no sshd is installed.
 */
int setup_sshd(bool on, bool required, struct err *err);

#define SETUP_DESK_PEOPLE 2 /* with a token of their own make a temporary code */

/*
 * Exists exactly while this is a help desk's machine: sekishod.service and its socket look for it
 * and stay away.  The guard is the stronger: a terminal is none, whatever lies there.
 */
#define SETUP_DESK "/etc/sekisho/desk"

bool setup_is_desk(void);

/**
 * setup_desk() - make this a help desk's machine, or nothing in particular again
 *
 * On: the agent is stopped and not started again.  Off: it starts; nothing is guarded by that.
 */
int setup_desk(bool on, struct err *err);
