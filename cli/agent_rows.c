/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/agent_rows.h"

#include "audit/record_tables.h"
#include "core/err.h"
#include "core/parse.h"
#include "ipc/act.h"
#include "ipc/client.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void take_row(const void *reply, void *ctx)
{
	const struct ipc_agent_row *message = reply;
	struct agent_rows *rows = ctx;
	struct agent_row **grown;
	struct agent_row *row;

	if (!pairs_are_valid(message->fields, sizeof(message->fields), message->fields_len)) {
		rows->is_broken = true;
		return;
	}
	grown = reallocarray(rows->items, rows->n + 1, sizeof(rows->items[0]));
	if (grown)
		rows->items = grown;
	row = grown ? malloc(sizeof(*row) + message->fields_len) : NULL;
	if (!row) {
		rows->is_full = true;
		return;
	}
	row->len = message->fields_len;
	memcpy(row->fields, message->fields, row->len);
	rows->items[rows->n++] = row;
}

int agent_rows_fetch(enum ipc_kind kind, struct agent_rows *ret, struct err *err)
{
	struct ipc_header request = ipc_header(kind);
	int rc = ipc_call_list(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_ROW,
			       sizeof(struct ipc_agent_row), take_row, ret, err);

	if (rc == -EPERM || rc == -EACCES)
		return err_set(err, rc,
			       "this list is for root and the group sekisho-admin; remedy: ask "
			       "somebody of that group, or sudo");
	if (rc < 0)
		return err_wrap(err, "sekishod does not answer");
	if (ret->is_broken)
		return err_set(err, -EPROTO, "sekishod answers what cannot be read");
	return ret->is_full ? err_set(err, -ENOMEM, "out of memory") : 0;
}

void agent_rows_done(struct agent_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		free(rows->items[i]);
	free(rows->items);
	*rows = (struct agent_rows){ 0 };
}

const char *agent_row_get(const struct agent_row *row, const char *wanted)
{
	return pairs_get(row->fields, row->len, wanted);
}

const struct agent_row *agent_rows_find(const struct agent_rows *rows, const char *key,
					const char *value)
{
	for (size_t i = 0; i < rows->n; i++) {
		if (strcmp(agent_row_get(rows->items[i], key), value) == 0)
			return rows->items[i];
	}
	return NULL;
}

static json_t *as_json(const char *key, const char *value)
{
	struct err not_a_number = { 0 };
	bool is_number = false;
	uint64_t number = 0;

	for (size_t i = 0; i < RECORD_KEYS; i++)
		is_number |= record_keys[i].number && strcmp(record_keys[i].name, key) == 0;
	if (!is_number ||
	    (*value && parse_u64(value, RECORD_NUMBER_MAX, &number, &not_a_number) < 0))
		return json_string(value);
	return json_integer((json_int_t)number);
}

json_t *agent_row_json(const struct agent_row *row, const char *const *keys)
{
	json_t *object = json_object();
	const char *value;
	const char *key;
	size_t pos = 0;

	for (; *keys; keys++)
		(void)json_object_set_new(object, *keys, as_json(*keys, agent_row_get(row, *keys)));
	while (pairs_next(row->fields, row->len, &pos, &key, &value)) {
		if (!json_object_get(object, key))
			(void)json_object_set_new(object, key, as_json(key, value));
	}
	return object;
}
