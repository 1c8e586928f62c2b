/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/compare.h"

#include "policy/compare_internal.h"

#include <string.h>

void compare_tell(const struct comparison *c, const struct policy_difference *difference)
{
	c->difference(c->ctx, difference);
}

bool compare_texts(const struct comparison *c, policy_text a, policy_text b)
{
	return strcmp(policy_word(c->a, a), policy_word(c->b, b)) == 0;
}

static void tell_part(const struct comparison *c, bool is_same, enum policy_difference_kind kind,
		      enum policy_part part, enum zone zone)
{
	const struct policy_difference difference = {
		.kind = kind,
		.parts = (uint32_t)part,
		.rule_a = POLICY_NO_RULE,
		.rule_b = POLICY_NO_RULE,
		.other_a = POLICY_NO_RULE,
		.other_b = POLICY_NO_RULE,
		.zone = zone,
	};

	if (!is_same)
		compare_tell(c, &difference);
}

static void compare_head(const struct comparison *c)
{
	tell_part(c, compare_texts(c, c->a->name, c->b->name), DIFFERENCE_HEAD, PART_NAME, 0);
	tell_part(c, c->a->version == c->b->version, DIFFERENCE_HEAD, PART_VERSION, 0);
	tell_part(c, c->a->expires == c->b->expires, DIFFERENCE_HEAD, PART_EXPIRES, 0);
	tell_part(c, c->a->when_expired == c->b->when_expired, DIFFERENCE_HEAD, PART_WHEN_EXPIRED,
		  0);
}

static const struct policy_code *find_code(const struct policy *policy,
					   const struct policy_zone *zone, const char *service)
{
	for (size_t i = 0; i < zone->n_codes; i++) {
		if (strcmp(policy_word(policy, zone->codes[i].service), service) == 0)
			return &zone->codes[i];
	}
	return NULL;
}

static void tell_code(const struct comparison *c, enum zone zone, const struct policy_code *a,
		      const struct policy_code *b)
{
	const struct policy_difference difference = {
		.kind = DIFFERENCE_ZONE,
		.parts = PART_CODE,
		.rule_a = POLICY_NO_RULE,
		.rule_b = POLICY_NO_RULE,
		.other_a = POLICY_NO_RULE,
		.other_b = POLICY_NO_RULE,
		.zone = zone,
		.code_a = a,
		.code_b = b,
	};

	if (!a || !b || a->need != b->need || a->grace_s != b->grace_s ||
	    a->one_answer != b->one_answer)
		compare_tell(c, &difference);
}

/* A zone has at most POLICY_SERVICES_MAX of each, so the plain way is quick enough. */
static void compare_codes(const struct comparison *c, enum zone which)
{
	const struct policy_zone *a = &c->a->zones[which];
	const struct policy_zone *b = &c->b->zones[which];

	for (size_t i = 0; i < a->n_codes; i++)
		tell_code(c, which, &a->codes[i],
			  find_code(c->b, b, policy_word(c->a, a->codes[i].service)));
	for (size_t i = 0; i < b->n_codes; i++) {
		if (!find_code(c->a, a, policy_word(c->b, b->codes[i].service)))
			tell_code(c, which, NULL, &b->codes[i]);
	}
}

static const struct policy_exemption *find_exemption(const struct policy *policy,
						     const struct policy_zone *zone, const char *id)
{
	for (size_t i = 0; i < zone->n_exemptions; i++) {
		if (strcmp(policy_word(policy, zone->exemptions[i].id), id) == 0)
			return &zone->exemptions[i];
	}
	return NULL;
}

static bool is_same_exemption(const struct comparison *c, const struct policy_exemption *a,
			      const struct policy_exemption *b)
{
	return compare_texts(c, a->service, b->service) && compare_texts(c, a->user, b->user) &&
	       compare_texts(c, a->reason, b->reason) && compare_texts(c, a->ticket, b->ticket) &&
	       a->until == b->until;
}

static void tell_exemption(const struct comparison *c, enum zone zone,
			   const struct policy_exemption *a, const struct policy_exemption *b)
{
	const struct policy_difference difference = {
		.kind = DIFFERENCE_ZONE,
		.parts = PART_EXEMPTION,
		.rule_a = POLICY_NO_RULE,
		.rule_b = POLICY_NO_RULE,
		.other_a = POLICY_NO_RULE,
		.other_b = POLICY_NO_RULE,
		.zone = zone,
		.exemption_a = a,
		.exemption_b = b,
	};

	if (!a || !b || !is_same_exemption(c, a, b))
		compare_tell(c, &difference);
}

static void compare_exemptions(const struct comparison *c, enum zone which)
{
	const struct policy_zone *a = &c->a->zones[which];
	const struct policy_zone *b = &c->b->zones[which];

	for (size_t i = 0; i < a->n_exemptions; i++)
		tell_exemption(c, which, &a->exemptions[i],
			       find_exemption(c->b, b, policy_word(c->a, a->exemptions[i].id)));
	for (size_t i = 0; i < b->n_exemptions; i++) {
		if (!find_exemption(c->a, a, policy_word(c->b, b->exemptions[i].id)))
			tell_exemption(c, which, NULL, &b->exemptions[i]);
	}
}

void compare_zones(const struct comparison *c)
{
	for (enum zone which = 0; which < ZONES; which++) {
		const struct policy_zone *a = &c->a->zones[which];
		const struct policy_zone *b = &c->b->zones[which];

		compare_codes(c, which);
		tell_part(c, a->window_steps == b->window_steps, DIFFERENCE_ZONE, PART_WINDOW,
			  which);
		tell_part(c,
			  a->free_failures == b->free_failures &&
				  a->first_wait_s == b->first_wait_s &&
				  a->most_wait_s == b->most_wait_s,
			  DIFFERENCE_ZONE, PART_THROTTLE, which);
		compare_exemptions(c, which);
		tell_part(c,
			  a->observe_until == b->observe_until &&
				  compare_texts(c, a->observe_exception, b->observe_exception),
			  DIFFERENCE_ZONE, PART_OBSERVE, which);
		tell_part(c, compare_texts(c, a->record_files, b->record_files), DIFFERENCE_ZONE,
			  PART_RECORD_FILES, which);
		tell_part(c, a->scan_record == b->scan_record, DIFFERENCE_ZONE, PART_SCAN_RECORD,
			  which);
		tell_part(c, compare_texts(c, a->clause, b->clause), DIFFERENCE_ZONE, PART_CLAUSE,
			  which);
	}
}

int policy_compare(const struct policy *a, const struct policy *b,
		   void (*difference)(void *ctx, const struct policy_difference *difference),
		   void *ctx)
{
	const struct comparison c = { a, b, difference, ctx };
	int rc;

	compare_head(&c);
	rc = compare_rules(&c);
	compare_zones(&c);
	return rc;
}
