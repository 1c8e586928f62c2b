/* SPDX-License-Identifier: Apache-2.0 */

/* What the two files of a use (use.c, use_watched.c) know of each other. */

#pragma once

#include "agent/use.h"
#include "agent/watched.h"

/* One file system of the medium. */
struct use_volume {
	struct use *use;
	struct ipc_volume found;
	char *path; /* where it is mounted, NULL: nowhere */
	dev_t devnum;
	char detail[IPC_TEXT_MAX]; /* who used it at the last try to unmount it */
	struct watched watched;
	bool has_counts; /* all of them: nothing is lost when nobody watches any more */
};

/* use.c */
void use_tell(struct use *use, enum use_event event, const struct use_volume *volume,
	      const char *detail, const struct ipc_media_mounted *mounted);
void use_end_volume(struct use *use); /* the one that is asked about: it has been settled */

/* use_watched.c */

/* Hear of what is written to it from now on; @fd is taken over. */
void use_watch(struct use_volume *volume, int fd);

/* Return: true when use_end_volume() will be called. */
bool use_settle(struct use_volume *volume);

/* It is unmounted: what its watching has to say besides the counts. */
void use_tell_rest(struct use_volume *volume);
