/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/bundle.h"
#include "policy/compare.h"
#include "policy/lint.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A stick that is nobody's, one of the register under a permit, and one yet to be looked at. */
static const struct policy_device devices[] = {
	{
		.bus = BUS_USB,
		.vid = 0x0951,
		.pid = 0x1666,
		.serial = "60A44C413FAE",
		.port = "1-4",
		.classes = CLASS_STORAGE,
		.interfaces = { { .number = 0, .classes = CLASS_STORAGE } },
		.n_interfaces = 1,
	},
	{
		.bus = BUS_USB,
		.classes = CLASS_STORAGE,
		.interfaces = { { .number = 0, .classes = CLASS_STORAGE } },
		.n_interfaces = 1,
		.medium_number = "T-0123",
		.permit = "P-1",
		.permit_for = PERMITS_WRITING,
	},
	{
		.bus = BUS_USB,
		.classes = CLASS_STORAGE,
		.interfaces = { { .number = 0, .classes = CLASS_STORAGE } },
		.n_interfaces = 1,
		.is_unidentified = true,
	},
};
#define N_DEVICES (sizeof(devices) / sizeof(devices[0]))

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
						 .now = policy_minute_of(2026, 11, 23, 9, 0),
						 .exceptions = { "flood" },
						 .n_exceptions = 1 };
	struct policy_decision fast;
	struct policy_decision plain;
	struct code_scope scope;

	for (size_t i = 0; i < N_DEVICES; i++) {
		policy_decide(policy, &devices[i], 0, &at, &fast);
		policy_explain(policy, &devices[i], 0, &at, NULL, NULL, &plain);
		if (fast.verdict != plain.verdict || fast.rule != plain.rule ||
		    fast.at_best != plain.at_best)
			abort();
	}
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

static void check_lint(const struct policy *policy)
{
	cleanup_diags struct diags diags = { 0 };
	const struct policy_lint_options options = { .now = policy_minute_of(2026, 11, 23, 9, 0),
						     .devices = devices,
						     .n_devices = N_DEVICES };

	policy_lint(policy, "f", &options, &diags);
	if (diags.n_errors > 0)
		abort();
}

static void differs(void *ctx, const struct policy_difference *difference)
{
	(void)ctx;
	(void)difference;
	abort();
}

static void check_same(const struct policy *a, const struct policy *b)
{
	if (policy_compare(a, b, differs, NULL) < 0)
		abort();
}

/* Only a tab within quotes keeps a policy from being bundled, and it stays the same one. */
static void check_bundle(const struct policy *policy, const char *text, size_t len)
{
	const struct policy_source source = { .file = "f", .text = text, .len = len };
	cleanup_diags struct diags diags = { 0 };
	cleanup_policy struct policy *bundled = NULL;
	cleanup_free char *out_text = NULL;
	size_t out_len = 0;
	FILE *out = open_memstream(&out_text, &out_len);
	int rc = policy_bundle(&source, out, &diags);

	if (!out || fclose(out) != 0)
		abort();
	if (rc < 0) {
		if (diags.n_errors == 0 || !memchr(text, '\t', len))
			abort();
		return;
	}
	bundled = load(out_text, out_len);
	if (!bundled)
		abort();
	check_same(policy, bundled);
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
	check_lint(policy);
	check_same(policy, again);
	check_bundle(policy, (const char *)data, size);
	check_bundle(policy, text, len);
	return 0;
}
