/* SPDX-License-Identifier: Apache-2.0 */

/* The entry log.key, ready to be added. */

#pragma once

#include "audit/epoch_keys.h"
#include "audit/key_step.h"
#include "audit/record.h"

#define KEY_EVENT_FIELDS 3

struct key_event {
	struct record record; /* its fields are those below */
	struct audit_field fields[KEY_EVENT_FIELDS];
	char epoch[24];
	char signature[NOTE_SIG_TEXT];
};

/* @seq: that it will have; @vkey: the new verification key, kept; certified by the current epoch.
 */
void key_event_init(struct key_event *event, const struct epoch_keys *keys, const char *origin,
		    uint64_t seq, const char *vkey);
