/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/epoch_event.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void epoch_event_init(struct epoch_event *event, const struct epoch_keys *keys, const char *origin,
		      const char *reason)
{
	const struct epoch *next = epoch_keys_prepared(keys);
	uint8_t signature[NOTE_SIGNATURE_SIZE];
	char text[EPOCH_TEXT_MAX];

	*event = (struct epoch_event){ .record = { .type = EPOCH_ENTRY,
						   .uid = geteuid(),
						   .pid = getpid(),
						   .n_fields = EPOCH_EVENT_FIELDS },
				       .fields = { { "epoch", event->number },
						   { "epoch_key", event->key },
						   { "epoch_sig", event->signature },
						   { "reason", reason } } };
	event->record.fields = event->fields;
	epoch_keys_sign(keys, text, epoch_certificate_format(next, origin, text), signature);
	(void)snprintf(event->number, sizeof(event->number), "%" PRIu64, next->number);
	(void)sodium_bin2base64(event->key, sizeof(event->key), next->public, NOTE_PUBLIC_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	(void)sodium_bin2base64(event->signature, sizeof(event->signature), signature,
				NOTE_SIGNATURE_SIZE, sodium_base64_VARIANT_ORIGINAL);
}
