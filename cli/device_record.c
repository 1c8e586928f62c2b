/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/device_record.h"

#include "core/clock.h"
#include "core/err.h"
#include "core/text.h"
#include "ipc/client.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RECORD_VERSION 1 /* "v" of the log's entries */

/* "2026-11-22T20:31:07.123456Z", as the log writes it. */
static bool parse_utc(const char *text, int64_t *ret_s)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!end || (*end != '.' && *end != 'Z'))
		return false;
	*ret_s = timegm(&tm);
	return true;
}

bool device_record_set(struct device_record *record, const char *key, const char *value)
{
	int64_t wall_s;

	if (strcmp(key, "product") == 0) {
		(void)snprintf(record->product, sizeof(record->product), "%s", value);
		return true;
	}
	if (strcmp(key, "t") == 0) {
		if (!parse_utc(value, &wall_s))
			return false;
		record->at.now = policy_minute_from_clock(wall_s);
		return true;
	}
	return policy_record_set(&record->device, &record->at, key, value);
}

void device_record_finish(struct device_record *record)
{
	struct policy_device *device = &record->device;

	if (device->bus == BUS_NONE)
		device->bus = BUS_USB;
	for (size_t i = 0; i < device->n_interfaces; i++)
		device->classes |= device->interfaces[i].classes;
	if (record->at.now == 0)
		record->at.now =
			policy_minute_from_clock(clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC);
	(void)snprintf(record->name, sizeof(record->name), "%04x:%04x%s%s%s%s", device->vid,
		       device->pid, *record->product ? " " : "", record->product,
		       *device->port ? " @" : "", device->port);
}

static int cannot_be(const char *key, const char *value, struct err *err)
{
	char shown[128], shown_key[64];

	return err_set(err, -EINVAL, "'%s' cannot be the value of '%s'",
		       text_escape(shown, sizeof(shown), value, strlen(value)),
		       text_escape(shown_key, sizeof(shown_key), key, strlen(key)));
}

int device_record_from_json(const json_t *entry, struct device_record *ret, struct err *err)
{
	const char *key;
	json_t *value;

	const json_t *version = json_object_get(entry, "v");

	*ret = (struct device_record){ 0 };
	if (!json_is_object(entry))
		return err_set(err, -ENODATA, "this is not a record of a device");
	if (version && json_integer_value(version) != RECORD_VERSION)
		return err_set(err, -EPROTONOSUPPORT,
			       "the record is not of version %d; remedy: use the sekisho that "
			       "wrote it",
			       RECORD_VERSION);
	json_object_foreach((json_t *)(uintptr_t)entry, key, value)
	{
		if (!json_is_string(value))
			continue;
		/* Agent and log escape what a device says; one with more is somebody else's. */
		if (!text_is_safe(json_string_value(value), json_string_length(value)) ||
		    !device_record_set(ret, key, json_string_value(value)))
			return cannot_be(key, json_string_value(value), err);
	}
	if (ret->device.n_interfaces == 0)
		return err_set(err, -ENODATA,
			       "the record does not say which interfaces the device has; "
			       "remedy: add \"interfaces\": \"0:storage\"");
	device_record_finish(ret);
	return 0;
}

struct attached {
	void (*found)(void *ctx, const struct device_record *record);
	void *ctx;
};

static void take_fact(const void *reply, void *ctx)
{
	const struct ipc_agent_fact *fact = reply;
	const struct attached *attached = ctx;
	struct device_record record = { 0 };
	const char *key, *value;
	size_t pos = 0;

	if (!pairs_are_valid(fact->fields, sizeof(fact->fields), fact->fields_len))
		return;
	while (pairs_next(fact->fields, fact->fields_len, &pos, &key, &value))
		(void)device_record_set(&record, key, value);
	device_record_finish(&record);
	attached->found(attached->ctx, &record);
}

int device_record_each_attached(void (*found)(void *ctx, const struct device_record *record),
				void *ctx, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_AGENT_FACTS);
	struct attached attached = { found, ctx };

	int rc = ipc_call_list(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_FACT,
			       sizeof(struct ipc_agent_fact), take_fact, &attached, err);

	return rc < 0 && rc != -EPERM ? err_wrap(err, "sekishod does not answer") : rc;
}
