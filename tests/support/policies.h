/* SPDX-License-Identifier: Apache-2.0 */

/* Policies and devices as tests write them down. */

#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "core/err.h"
#include "policy/policy.h"

static inline int policy_try(const char *text, struct policy **ret, struct diags *diags)
{
	return policy_load(&(struct policy_source){ .file = "p",
						    .text = text,
						    .len = strlen(text) },
			   ret, diags);
}

/* A policy that must be right. */
static inline struct policy *policy_of(const char *text)
{
	cleanup_diags struct diags diags = { 0 };
	struct policy *policy = NULL;
	struct err err = { 0 };

	(void)policy_try(text, &policy, &diags);
	(void)diags_to_err(&diags, &err);
	cr_assert_not_null(policy, "%s", err.text);
	return policy;
}

/* A USB device: "KEY VALUE" pairs as in a log entry, separated by ';'. */
static inline void record_of(const char *text, struct policy_device *device,
			     struct policy_circumstances *at)
{
	char *copy = strdup(text);
	char *rest = copy;

	*device = (struct policy_device){ .bus = BUS_USB };
	*at = (struct policy_circumstances){ .now = policy_minute_of(2026, 11, 23, 9, 0) };
	for (char *pair; (pair = strsep(&rest, ";"));) {
		char *blank;

		pair += strspn(pair, " ");
		blank = strchr(pair, ' ');
		if (!blank)
			continue;
		*blank = '\0';
		cr_assert(policy_record_set(device, at, pair, blank + 1), "%s %s", pair, blank + 1);
	}
	for (size_t i = 0; i < device->n_interfaces; i++)
		device->classes |= device->interfaces[i].classes;
	free(copy);
}
