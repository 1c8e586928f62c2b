/* SPDX-License-Identifier: Apache-2.0 */

/* What the parts of policy_lint() share; nobody outside policy/ includes it. */

#pragma once

#include "policy/lint.h"
#include "policy/values.h"

struct lint {
	const struct policy *policy;
	const char *file;
	const struct policy_lint_options *options;
	struct diags *diags;
	struct value_list by_identity; /* each rule under the first kind it has */
	size_t *values_left;           /* of long lists, that may still be compared */
};

struct rule_in lint_rule_at(const struct lint *lint, uint32_t rule);
const char *lint_id(const struct lint *lint, uint32_t rule);
const char *lint_file(const struct lint *lint, uint32_t rule);

/* The first line of a rule, or the place of one of its conditions, or of something else. */
struct diag_place lint_place(const struct lint *lint, uint32_t rule);
struct diag_place lint_place_of(const struct lint *lint, uint32_t rule, enum condition_kind kind);
struct diag_place lint_place_at(const struct lint *lint, struct policy_place place);

void lint_out_of_memory(const struct lint *lint);

/*
 * Whether two rules may be compared.  Sets of thousands of values in thousands
 * of rules would take hours; then the rest is not compared.
 */
bool lint_may_compare(const struct lint *lint, uint32_t a, uint32_t b);

/* Whether the rule's until has passed. */
bool lint_has_ended(const struct lint *lint, uint32_t rule);

/* Warns that no device fits.  Return: true when it did. */
bool lint_nobody(const struct lint *lint, uint32_t rule);

/* The classes of the interfaces that a rule can hold for. */
uint32_t lint_classes(const struct lint *lint, struct rule_in rule);

/* What a rule lets be written though no permit says so; and what no rule lets be written. */
void lint_writing(const struct lint *lint, uint32_t rule);
void lint_record_files(const struct lint *lint);

void lint_reach(const struct lint *lint);
void lint_serials(const struct lint *lint);
void lint_people(const struct lint *lint);
void lint_keyboards(const struct lint *lint);
