/* SPDX-License-Identifier: Apache-2.0 */

/* What single modules can return, and what it takes that they succeed. */

#pragma once

#include "doctor/pam_stack.h"

#include <stdbool.h>
#include <stdint.h>

/* Who can make a module succeed. */
enum pam_takes {
	PAM_TAKES_FACTOR = 0,  /* who knows or has something: a password, a finger, a key */
	PAM_TAKES_NOTHING = 1, /* anybody, at least at some time or place */
	PAM_TAKES_ROOT = 2,    /* root, who is in already */
	PAM_TAKES_COLLECT = 3, /* pam_sekisho.so collect */
	PAM_TAKES_VERIFY = 4,  /* pam_sekisho.so verify */
	PAM_TAKES_ACCOUNT = 5, /* pam_sekisho.so on an account line, */
	PAM_TAKES_STRICT = 6,  /* and with "strict" */
};

struct pam_module {
	enum pam_takes takes;
	uint32_t returns; /* a bit for each code that is possible */
};

/* What the terminal knows about its modules and groups. */
struct pam_world {
	bool (*has_module)(void *ctx, const char *name);
	bool (*group_is_empty)(void *ctx, const char *group);
	void *ctx;
};

#define PAM_SEKISHO "pam_sekisho.so"

/* The name without its folder. */
const char *pam_module_name(const struct pam_line *line);

/**
 * pam_module_of() - what the module of a line does in an auth or account stack
 *
 * What is not known is taken to return anything, so that no path is missed.
 */
struct pam_module pam_module_of(const struct pam_step *step, bool is_account,
				const struct pam_world *world);

/* An argument that pam_sekisho.so does not know, so that it refuses; NULL: none. */
const char *pam_sekisho_unknown(const struct pam_line *line, char *out, size_t size);
