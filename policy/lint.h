/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a policy that can be read may still get wrong: rules that never decide,
 * that open more than they seem to, or that take the keyboard away.  Warnings
 * only; none of them keeps a policy from coming into force.
 */

#pragma once

#include "policy/policy.h"

struct policy_lint_options {
	policy_minute now;
	/* What is plugged in, to see whether a keyboard would go; may be NULL. */
	const struct policy_device *devices;
	size_t n_devices;
	/* Whether this terminal knows a name; NULL asks nobody. */
	bool (*user_exists)(void *ctx, const char *name);
	bool (*group_exists)(void *ctx, const char *name);
	void *ctx;
};

/**
 * policy_lint() - warn of what was probably not meant
 * @file:	name of the file that a policy without a head is in
 * @diags:	takes the warnings; an error only when memory has run out
 *
 * A rule is compared with a bounded number of others, so that a policy of any
 * size takes seconds: a warning is always right, but not every one is found.
 */
void policy_lint(const struct policy *policy, const char *file,
		 const struct policy_lint_options *options, struct diags *diags);
