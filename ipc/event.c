/* SPDX-License-Identifier: Apache-2.0 */

#include "ipc/event.h"

#include "ipc/pairs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void ipc_event_init(struct ipc_log_append *event, const char *type)
{
	*event = (struct ipc_log_append){
		.header = { .version = IPC_VERSION, .kind = IPC_LOG_APPEND },
	};
	(void)snprintf(event->type, sizeof(event->type), "%s", type);
}

void ipc_event_add(struct ipc_log_append *event, const char *key, const char *value)
{
	pairs_add(event->fields, sizeof(event->fields), &event->fields_len, key, value);
}

void ipc_event_add_number(struct ipc_log_append *event, const char *key, int64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, value);
	ipc_event_add(event, key, text);
}

bool ipc_event_next(const struct ipc_log_append *event, size_t *pos, const char **ret_key,
		    const char **ret_value)
{
	return pairs_next(event->fields, event->fields_len, pos, ret_key, ret_value);
}

const char *ipc_event_get(const struct ipc_log_append *event, const char *key)
{
	return pairs_get(event->fields, event->fields_len, key);
}

bool ipc_event_is_valid(const struct ipc_log_append *event)
{
	return memchr(event->type, '\0', sizeof(event->type)) &&
	       pairs_are_valid(event->fields, sizeof(event->fields), event->fields_len);
}
