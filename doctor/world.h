/* SPDX-License-Identifier: Apache-2.0 */

/* Which modules and groups the terminal has: what struct pam_world asks. */

#pragma once

#include "doctor/pam_module.h"

struct doctor;

struct world_facts {
	int root;
	char *groups; /* /etc/group; NULL: cannot be read, so every group has members */
	char *users;  /* /etc/passwd; likewise */
	char **module_dirs;
	size_t n_module_dirs;
};

/* Return: 0 or -ENOMEM. */
int world_read(struct doctor *doctor, struct world_facts *ret);
void world_done(struct world_facts *facts);
#define cleanup_world cleanup_with(world_done)

/* Valid as long as @facts. */
struct pam_world world_of(struct world_facts *facts);

/* True when a group is not there, or nobody is in it. */
bool world_is_empty_group(const char *groups, const char *users, const char *name);
