/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/key_event.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

void key_event_init(struct key_event *event, const struct epoch_keys *keys, const char *origin,
		    uint64_t seq, const char *vkey)
{
	uint8_t signature[NOTE_SIGNATURE_SIZE];
	char text[KEY_TEXT_MAX];

	*event = (struct key_event){ .record = { .type = KEY_ENTRY, .n_fields = KEY_EVENT_FIELDS },
				     .fields = { { "epoch", event->epoch },
						 { "epoch_sig", event->signature },
						 { "key", vkey } } };
	event->record.fields = event->fields;
	epoch_keys_sign(keys, text, key_certificate_format(seq, origin, vkey, text), signature);
	(void)snprintf(event->epoch, sizeof(event->epoch), "%" PRIu64,
		       epoch_keys_current(keys)->number);
	(void)sodium_bin2base64(event->signature, sizeof(event->signature), signature,
				NOTE_SIGNATURE_SIZE, sodium_base64_VARIANT_ORIGINAL);
}
