/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>

#include "core/err.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An accepted policy must also be usable: the decision walks all that was read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_policy struct policy *policy = NULL;
	const struct policy_rule *rule = NULL;
	static const struct policy_device device = {
		.vid = 0x0951,
		.pid = 0x1666,
		.serial = "60A44C413FAE",
		.classes = CLASS_STORAGE,
		.interfaces = { { .number = 0, .classes = CLASS_STORAGE } },
		.n_interfaces = 1,
	};
	struct err err = { 0 };

	if (policy_load("f", (const char *)data, size, &policy, &err) < 0)
		return 0;
	if (policy_decide(policy, &device, 0, &rule) != VERDICT_BLOCK && !rule)
		abort();
	(void)policy_code_need(policy, ZONE_LGWAN, "login");
	return 0;
}
