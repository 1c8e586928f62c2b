/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ipc/event.h"

Test(event, keeps_pairs_in_order)
{
	struct ipc_log_append event;
	const char *key;
	const char *value;
	size_t pos = 0;

	ipc_event_init(&event, "device.block");
	ipc_event_add(&event, "vid", "0781");
	ipc_event_add(&event, "serial", "");
	ipc_event_add_number(&event, "uid", -1);

	cr_expect(ipc_event_is_valid(&event));
	cr_assert(ipc_event_next(&event, &pos, &key, &value));
	cr_expect_str_eq(key, "vid");
	cr_expect_str_eq(value, "0781");
	cr_assert(ipc_event_next(&event, &pos, &key, &value));
	cr_expect_str_eq(key, "uid");
	cr_expect_str_eq(value, "-1");
	cr_expect_not(ipc_event_next(&event, &pos, &key, &value));
	cr_expect_str_eq(ipc_event_get(&event, "uid"), "-1");
	cr_expect_str_eq(ipc_event_get(&event, "0781"), "", "a value is no key");
}

Test(event, overfull_stays_valid)
{
	struct ipc_log_append event;
	char big[2 * IPC_FIELDS_MAX];

	for (size_t i = 0; i + 3 < sizeof(big); i += 3)
		memcpy(big + i, "\xe9\x96\xa2", 4);
	ipc_event_init(&event, "device.block");
	ipc_event_add(&event, "name", big);
	ipc_event_add(&event, "more", big);
	cr_expect(ipc_event_is_valid(&event));
	cr_expect_leq(event.fields_len, IPC_FIELDS_MAX);
}

Test(event, refuses_malformed)
{
	struct ipc_log_append event;

	ipc_event_init(&event, "x");
	ipc_event_add(&event, "key", "value");
	event.fields_len--;
	cr_expect_not(ipc_event_is_valid(&event), "no NUL at the end");
	event.fields_len = IPC_FIELDS_MAX + 1;
	cr_expect_not(ipc_event_is_valid(&event), "longer than the buffer");
	ipc_event_init(&event, "x");
	memcpy(event.fields, "key\0", 4);
	event.fields_len = 4;
	cr_expect_not(ipc_event_is_valid(&event), "key without a value");
	memset(event.type, 'a', sizeof(event.type));
	event.fields_len = 0;
	cr_expect_not(ipc_event_is_valid(&event), "type without an end");
}
