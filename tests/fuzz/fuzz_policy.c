/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct policy_device device = {
	.bus = BUS_USB,
	.vid = 0x0951,
	.pid = 0x1666,
	.serial = "60A44C413FAE",
	.port = "1-4",
	.classes = CLASS_STORAGE,
	.interfaces = { { .number = 0, .classes = CLASS_STORAGE } },
	.n_interfaces = 1,
};

static struct policy *load(const char *text, size_t len)
{
	cleanup_diags struct diags diags = { 0 };
	struct policy *policy = NULL;

	(void)policy_load(&(struct policy_source){ .file = "f", .text = text, .len = len }, &policy,
			  &diags);
	if (!policy && diags.n_errors == 0)
		abort();
	return policy;
}

/* The indexed and the plain engine agree. */
static void check_decisions(const struct policy *policy)
{
	const struct policy_circumstances at = { .zone = ZONE_LGWAN,
						 .now = policy_minute_of(2026, 11, 23, 9, 0) };
	struct policy_decision fast;
	struct policy_decision plain;
	struct code_scope scope;

	policy_decide(policy, &device, 0, &at, &fast);
	policy_explain(policy, &device, 0, &at, NULL, NULL, &plain);
	if (fast.verdict != plain.verdict || fast.rule != plain.rule)
		abort();
	policy_code_scope(policy, ZONE_LGWAN, "login", "alice", at.now, &scope);
}

static char *print(const struct policy *policy, size_t *ret_len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_len);

	if (!out || policy_print(policy, out) < 0 || fclose(out) != 0)
		abort();
	return text;
}

/* Whatever is accepted can be written, read again, and is then the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_policy struct policy *policy = load((const char *)data, size);
	cleanup_policy struct policy *again = NULL;
	cleanup_free char *text = NULL;
	cleanup_free char *text_again = NULL;
	size_t len = 0;
	size_t len_again = 0;

	if (!policy)
		return 0;
	check_decisions(policy);
	text = print(policy, &len);
	again = load(text, len);
	if (!again)
		abort();
	text_again = print(again, &len_again);
	if (len != len_again || memcmp(text, text_again, len) != 0)
		abort();
	check_decisions(again);
	return 0;
}
