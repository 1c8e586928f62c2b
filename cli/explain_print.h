/* SPDX-License-Identifier: Apache-2.0 */

/* How one device comes to its verdicts, as text and as JSON. */

#pragma once

#include "cli/device_record.h"
#include "policy/policy.h"

void explain_print(const struct policy *policy, const struct device_record *record);

/* Return: 0 or -ENOMEM. */
int explain_print_json(const struct policy *policy, const struct device_record *record,
		       struct err *err);
