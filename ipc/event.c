/* SPDX-License-Identifier: Apache-2.0 */

#include "ipc/event.h"

#include "core/text.h"

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

/* The longest prefix of @value of at most @max bytes that ends with a character. */
static size_t fitting_length(const char *value, size_t max)
{
	size_t len = strlen(value);
	size_t used = 0;
	uint32_t c;

	if (len <= max)
		return len;
	while (used < max) {
		size_t n = text_next(value + used, len - used, &c);

		if (n == 0 || used + n > max)
			break;
		used += n;
	}
	return used;
}

void ipc_event_add(struct ipc_log_append *event, const char *key, const char *value)
{
	size_t key_size = strlen(key) + 1;
	size_t room = sizeof(event->fields) - event->fields_len;
	size_t value_len;

	if (!value || !*value || key_size + 2 > room)
		return;
	value_len = fitting_length(value, room - key_size - 1);
	if (value_len == 0)
		return;
	memcpy(event->fields + event->fields_len, key, key_size);
	memcpy(event->fields + event->fields_len + key_size, value, value_len);
	event->fields[event->fields_len + key_size + value_len] = '\0';
	event->fields_len += (uint32_t)(key_size + value_len + 1);
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
	if (*pos >= event->fields_len)
		return false;
	*ret_key = event->fields + *pos;
	*pos += strlen(*ret_key) + 1;
	*ret_value = event->fields + *pos;
	*pos += strlen(*ret_value) + 1;
	return true;
}

bool ipc_event_is_valid(const struct ipc_log_append *event)
{
	unsigned int ends = 0;

	if (event->fields_len > sizeof(event->fields) ||
	    !memchr(event->type, '\0', sizeof(event->type)))
		return false;
	if (event->fields_len == 0)
		return true;
	if (event->fields[event->fields_len - 1] != '\0')
		return false;
	for (uint32_t i = 0; i < event->fields_len; i++)
		ends += event->fields[i] == '\0';
	return ends % 2 == 0;
}
