/* SPDX-License-Identifier: Apache-2.0 */

/*
 * libpam's walk through a stack, for every result that each module can have.
 * What decides where it can still go is small - where it is, its impression so
 * far, what sekisho has seen - so all of it is searched, breadth first: the
 * first path that is found to an end is a shortest one.
 */

#pragma once

#include "doctor/pam_module.h"

#define PAM_STATES_MAX 200000

/* Ways to get in without a code, the worst first. */
enum pam_way {
	PAM_WAY_NOTHING = 0, /* nothing is asked for at all */
	PAM_WAY_FACTOR = 1,  /* a password, or something else */
	PAM_WAY_ROOT = 2,    /* for root, who is in already */
	PAM_WAYS
};

enum pam_part {
	PAM_PART_BOTH = 0,    /* auth, then account: a login */
	PAM_PART_AUTH = 1,    /* a locker that leaves account out */
	PAM_PART_ACCOUNT = 2, /* sshd, after a login by key */
};

struct pam_passed {
	size_t step; /* of the stack */
	unsigned int code;
};

struct pam_path {
	bool is_there;
	bool changes_password; /* account says so first: new_authtok_reqd */
	struct pam_passed *passed;
	size_t n_passed;
};

struct pam_paths {
	struct pam_path ways[PAM_WAYS];
	bool is_code_enough; /* there is a way in with a code that was verified */
	bool is_too_large;   /* not all of it was searched */
};

/**
 * pam_paths_find() - which ways in there are
 * @part:	what the program asks PAM for
 * @ret:	pam_paths_done() it
 *
 * Return: 0 or -ENOMEM.
 */
int pam_paths_find(const struct pam_stack *stack, const struct pam_world *world, enum pam_part part,
		   struct pam_paths *ret);

void pam_paths_done(struct pam_paths *paths);
#define cleanup_pam_paths cleanup_with(pam_paths_done)
