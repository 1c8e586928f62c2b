/* SPDX-License-Identifier: Apache-2.0 */

/* The entry log.epoch, ready to be added. */

#pragma once

#include "audit/epoch_keys.h"
#include "audit/record.h"

#define EPOCH_EVENT_FIELDS 4

struct epoch_event {
	struct record record; /* its fields are those below */
	struct audit_field fields[EPOCH_EVENT_FIELDS];
	char number[24];
	char key[NOTE_HASH_TEXT];
	char signature[NOTE_SIG_TEXT];
};

/* @keys: with a next key, which is certified by the current one; @reason: a word, kept. */
void epoch_event_init(struct epoch_event *event, const struct epoch_keys *keys, const char *origin,
		      const char *reason);
