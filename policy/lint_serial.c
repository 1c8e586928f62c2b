/* SPDX-License-Identifier: Apache-2.0 */

/* Serial numbers that do not tell one device from another. */

#include "core/text.h"
#include "policy/lint_internal.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LENGTH_MIN 6
#define COMPARED_MAX 16 /* rules of one serial number that a further one is compared with */

/* What makers leave in place of a number; the last is in counterfeit sticks by the thousand. */
static const char *const fillers[] = {
	"serial",
	"serialnumber",
	"serial number",
	"none",
	"default",
	"default string",
	"unknown",
	"not specified",
	"not available",
	"to be filled by o.e.m.",
	"system serial number",
	"generic",
	"usbdisk",
	"flashdisk",
	"deadbeef",
	"cafebabe",
	"aa00000000000489",
};

static bool is_filler(const char *serial)
{
	for (size_t i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++) {
		if (strcasecmp(serial, fillers[i]) == 0)
			return true;
	}
	return false;
}

/* In characters: a byte 10xxxxxx goes on with the one before. */
static size_t length(const char *serial)
{
	size_t n = 0;

	for (; *serial; serial++)
		n += !text_is_continuation(*serial);
	return n;
}

static bool is_one_character(const char *serial)
{
	return strspn(serial, (char[]){ serial[0], '\0' }) == strlen(serial);
}

/* "12345678", "0123456789ABCDEF", "1234567890": what fingers type. */
static bool is_counting(const char *serial)
{
	for (; serial[1]; serial++) {
		int a = tolower((unsigned char)serial[0]);
		int b = tolower((unsigned char)serial[1]);
		bool wraps = (a == '9' && (b == '0' || b == 'a')) || (a == 'f' && b == '0');

		if (!isxdigit(a) || !isxdigit(b) || (b != a + 1 && !wraps))
			return false;
	}
	return true;
}

/* "000000000001": the first of a maker who counts on, or the only one of one who does not. */
static bool is_zeros_and_one_more(const char *serial)
{
	return strspn(serial, "0") + 1 >= strlen(serial);
}

bool policy_serial_is_weak(const char *serial)
{
	return length(serial) < LENGTH_MIN || is_one_character(serial) || is_counting(serial) ||
	       is_zeros_and_one_more(serial) || is_filler(serial);
}

/* Rules that open something by one serial number. */
struct sharers {
	uint32_t rules[COMPARED_MAX];
	uint32_t n;
};

static bool is_other_model(const struct lint *lint, struct rule_in a, struct rule_in b)
{
	const struct policy_condition *x = rule_condition(a, CONDITION_USB);
	const struct policy_condition *y = rule_condition(b, CONDITION_USB);

	return x && y &&
	       conditions_exclude((struct condition_in){ lint->policy, x },
				  (struct condition_in){ lint->policy, y });
}

/*
 * Two rules for one stick are right where they hold in different zones or at
 * different hours; where one always comes first, that has been said already.
 */
static bool warn_shared(const struct lint *lint, const struct value_entry *entry, uint32_t first)
{
	const char *serial = policy_word(lint->policy, (policy_text)entry->value);
	const struct diag_place at = lint_place_of(lint, entry->rule, CONDITION_SERIAL);
	const struct rule_in a = lint_rule_at(lint, first);
	const struct rule_in b = lint_rule_at(lint, entry->rule);

	if (is_other_model(lint, a, b)) {
		diag_warn(
			lint->diags, &at,
			"serial '%s' also belongs to another model in rule '%s' (%s:%u), so it is "
			"no number of one device; remedy: use devices with numbers of their own",
			serial, lint_id(lint, first), lint_file(lint, first), a.rule->line);
		return true;
	}
	if (rules_exclude(a, b) || rule_implies(b, a))
		return false;
	diag_warn(lint->diags, &at,
		  "serial '%s' stands in rule '%s' (%s:%u) too; remedy: keep one rule for it, or "
		  "tell the two apart by zone or time",
		  serial, lint_id(lint, first), lint_file(lint, first), a.rule->line);
	return true;
}

static void lint_sharers(const struct lint *lint, const struct value_entry *entry,
			 struct sharers *sharers)
{
	for (uint32_t i = 0; i < sharers->n; i++) {
		if (lint_may_compare(lint, sharers->rules[i], entry->rule) &&
		    warn_shared(lint, entry, sharers->rules[i]))
			break;
	}
	if (sharers->n < COMPARED_MAX)
		sharers->rules[sharers->n++] = entry->rule;
}

/* The entries of one serial number lie side by side. */
void lint_serials(const struct lint *lint)
{
	const struct value_list *list = &lint->by_identity;
	struct sharers sharers = { .n = 0 };
	const char *last = "";

	for (size_t i = 0; i < list->n && list->entries[i].kind <= CONDITION_SERIAL; i++) {
		const struct value_entry *entry = &list->entries[i];
		const char *serial = policy_word(lint->policy, (policy_text)entry->value);
		const struct diag_place at = lint_place_of(lint, entry->rule, CONDITION_SERIAL);

		if (entry->kind != CONDITION_SERIAL ||
		    lint->policy->rules[entry->rule].verdict == VERDICT_BLOCK)
			continue;
		if (strcmp(serial, last) != 0)
			sharers.n = 0;
		last = serial;
		if (sharers.n == 0 && policy_serial_is_weak(serial))
			diag_warn(lint->diags, &at,
				  "serial '%s' tells nothing apart: others have it too; "
				  "remedy: use a device with a number of its own",
				  serial);
		lint_sharers(lint, entry, &sharers);
	}
}
