/* SPDX-License-Identifier: Apache-2.0 */

/* What is looked at, one file each; doctor.c calls them in this order. */

#pragma once

#include <stdbool.h>

struct doctor;

/* How a login by key meets PAM: sshd runs no auth stack then. */
struct pam_of_sshd {
	bool asks_code;     /* its auth stack lets nobody in without one */
	bool refuses_a_key; /* its account stack does, without auth before it */
};

void check_pam(struct doctor *doctor, struct pam_of_sshd *ret);
void check_sshd(struct doctor *doctor, const struct pam_of_sshd *pam);
void check_sudo(struct doctor *doctor);
void check_display(struct doctor *doctor);
void check_units(struct doctor *doctor);
void check_accounts(struct doctor *doctor);
void check_boot(struct doctor *doctor);
