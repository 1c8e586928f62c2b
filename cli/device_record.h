/* SPDX-License-Identifier: Apache-2.0 */

/* The facts of a device as JSON: an entry of the log, or a record that was saved. */

#pragma once

#include "policy/policy.h"

#include <jansson.h>

struct err;

/* bytes with NUL: "0951:1666 PRODUCT @PORT" */
#define DEVICE_NAME_MAX (POLICY_DEVICE_TEXT_MAX + POLICY_WORD_MAX + 16)

struct device_record {
	struct policy_device device;
	struct policy_circumstances at;
	char product[POLICY_DEVICE_TEXT_MAX]; /* escaped */
	char name[DEVICE_NAME_MAX];           /* vid:pid, product and port, as people call it */
};

/**
 * device_record_from_json() - take the facts of one object
 *
 * Return: 0, -ENODATA (no facts of a device in it), -EPROTONOSUPPORT (an entry of
 * a later version) or -EINVAL (a value that cannot be, or is not safe to show).
 */
int device_record_from_json(const json_t *entry, struct device_record *ret, struct err *err);

/* Take one pair; for facts that come from the agent or from the command line. */
bool device_record_set(struct device_record *record, const char *key, const char *value);

/* Fill in what follows from the rest; call it after the last pair. */
void device_record_finish(struct device_record *record);

/* Every device that is attached, from the agent. */
int device_record_each_attached(void (*found)(void *ctx, const struct device_record *record),
				void *ctx, struct err *err);
