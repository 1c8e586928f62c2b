/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which rights to a node the static rules give, and which the agent: what
 * packaging/udev/72-sekisho-perm.rules says, said once more to compare with.
 */

#pragma once

#include "agent/storage.h"

#include <sys/stat.h>

struct udev_device;

#define NODES_TEXT_MAX 48

/* Rights to a node as they are, or as they are to be. */
struct nodes_right {
	mode_t mode; /* permissions; those of the group are the mask where users have rights */
	uid_t uid;
	gid_t gid;
	bool is_users; /* single users have rights besides */
};

struct nodes_given {
	struct nodes_right by_agent; /* by what was decided */
	struct nodes_right by_rules; /* by what udev was told when it last looked */
	bool is_settled;             /* nothing is being decided about the device */
	bool is_disk;
};

/* Subsystems that have nodes which are closed; NULL at the end. */
extern const char *const nodes_subsystems[];

/* Return: false when the rules close no node of it, or have not seen it since set-up. */
bool nodes_given(const struct storage *storage, struct udev_device *device,
		 struct nodes_given *ret);

/* Return: false when the node has gone, or is another one's. */
bool nodes_read(const char *node, dev_t devnum, struct nodes_right *ret);

/* True when a node that is to have @right may be as @found: the user at the seat may be away. */
bool nodes_fits(const struct nodes_right *found, const struct nodes_right *right);

/* True when @a lets somebody do what @b does not. */
bool nodes_is_wider(const struct nodes_right *a, const struct nodes_right *b);

/* "0440 0:6", and a "+" where single users have rights. */
void nodes_print(const struct nodes_right *right, char out[NODES_TEXT_MAX]);
