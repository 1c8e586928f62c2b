/* SPDX-License-Identifier: Apache-2.0 */

/* What the files of a use (use.c, use_listed.c, use_watched.c) know of each other. */

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
	bool has_counts;  /* all of them: nothing is lost when nobody watches any more */
	bool is_compared; /* USE_WAS_COMPARED, and it may be mounted */
};

/* use.c */
void use_tell(struct use *use, enum use_event event, const struct use_volume *volume,
	      const char *detail, const struct ipc_media_mounted *mounted);
void use_end_volume(struct use *use); /* the one that is asked about: it has been settled */

void use_mount_next(struct use *use); /* the volume that use->at names */
struct ipc_media_mount use_request(const struct use_volume *volume);

/* use_listed.c */

/* Have it compared; use_mount_next() follows. */
void use_list(struct use_volume *volume);

/* True when something that was announced is not there, or another than announced. */
bool use_is_unexpected(const struct ipc_media_listed *listed);

/* use_watched.c */

/* Hear of what is written to it from now on; @fd is taken over. */
void use_watch(struct use_volume *volume, int fd);

/* Return: true when use_end_volume() will be called. */
bool use_settle(struct use_volume *volume);

/* It is unmounted: what its watching has to say besides the counts. */
void use_tell_rest(struct use_volume *volume);
