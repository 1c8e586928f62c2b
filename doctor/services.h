/* SPDX-License-Identifier: Apache-2.0 */

/* What is known of programs that ask PAM, by their service's name. */

#pragma once

#include <stdbool.h>
#include <stddef.h>

enum service_kind {
	SERVICE_DOOR = 0,  /* who succeeds has something he had not; also what is not known */
	SERVICE_PART = 1,  /* others include it; no program asks for it */
	SERVICE_INSIDE = 2 /* opens nothing to anybody who is not in already */
};

enum service_kind service_kind_of(const char *name);

/* Not a service: left over by dpkg or an editor, in a folder of services. */
bool service_is_leftover(const char *name);

struct locker {
	const char *program; /* in one of the folders where programs are */
	const char *service; /* NULL: it asks no PAM, but the password file itself */
	bool skips_account;  /* success of auth suffices, whatever account says */
	bool has_one_field;  /* what is typed there answers every prompt */
};

/* Its program is somewhere below the open folder @root. */
bool locker_is_installed(int root, const struct locker *locker);

extern const struct locker lockers[];
extern const size_t n_lockers;

/* Also GDM's, which heed account where somebody logs in, and not where he unlocks. */
bool service_skips_account(const char *name);
