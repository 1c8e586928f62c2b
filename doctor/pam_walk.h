/* SPDX-License-Identifier: Apache-2.0 */

/* One step of libpam's walk through a stack (libpam/pam_dispatch.c): pure. */

#pragma once

#include "doctor/pam_module.h"

#include <stdbool.h>
#include <stdint.h>

enum pam_impression {
	PAM_IMPRESSION_NONE = 0,
	PAM_IMPRESSION_GOOD = 1,
	PAM_IMPRESSION_BAD = 2,
};

/* What would be returned so far, as far as it matters. */
enum pam_status {
	PAM_STATUS_FAILURE = 0,
	PAM_STATUS_SUCCESS = 1,
	PAM_STATUS_CHANGE = 2, /* new_authtok_reqd: account lets in, the password changed */
};

/* All that decides about the rest of the walk; compared as a whole. */
struct pam_state {
	uint64_t saved; /* impression and status at each substack's beginning */
	uint16_t at;    /* the step that comes next; the end of its part: none */
	bool account;   /* auth is over */
	uint8_t impression;
	uint8_t status;
	bool collected; /* pam_sekisho's session in the handle, */
	bool settled;   /* with a code that was verified */
	bool factor;    /* somebody showed something of his own */
	bool root;      /* or was root */
};

/* Where its part of the stack ends. */
size_t pam_walk_end(const struct pam_stack *stack, const struct pam_state *state);

/* Whether its program is let in there, or goes on from auth to account. */
bool pam_walk_is_success(const struct pam_state *state);

/**
 * pam_walk_step() - what becomes of a state when its next step returns something
 * @state:	not at the end of its part
 * @module:	what that step runs
 * @code:	what it returns
 * @ret:	set when the return value is true
 *
 * Return: whether the module can return that, after what came before.
 */
bool pam_walk_step(const struct pam_stack *stack, const struct pam_state *state,
		   const struct pam_module *module, unsigned int code, struct pam_state *ret);
