/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which rules moved.  The first rule that fits decides, so two rules changed
 * places when they stand the other way round, decide differently, and may both
 * fit one device.  Such pairs are sought in b alone: where one of the two has
 * other conditions there, that is a difference of its own.
 *
 * Of the rules that stand in both, a longest run in unchanged order stays where
 * it is.  Any two that changed places have one outside the run (no two in it
 * are the wrong way round), so asking those outside finds every move.  They are
 * few when a person moved some, and all when a ledger was sorted anew; then
 * rules of one kind of identity are found by its values instead of one by one.
 */

#include "policy/compare_internal.h"
#include "policy/values.h"

#include <errno.h>
#include <stdlib.h>

#define LOOKS_MAX 20000000 /* at pairs, and at values of long lists; some seconds */

/* A rule that stands in both. */
struct common {
	uint32_t a;
	uint32_t b;
	uint32_t partner; /* one it changed places with, POLICY_NO_RULE: none told */
	bool stays;
};

/* What all rules of one drawer share. */
struct drawer {
	uint32_t kinds; /* of identity */
	uint32_t buses;
	uint8_t verdict;
};

struct order {
	const struct comparison *c;
	struct common *common; /* in the order of a */
	size_t n;
	uint32_t *of_b;  /* by rule of b: index into common, POLICY_NO_RULE for none */
	uint32_t *drawn; /* into common, sorted by drawer */
	struct value_list by_identity; /* of b, each rule under every identity */
	size_t looks;
};

static int collect(struct order *o, const struct pairs *pairs)
{
	const struct comparison *c = o->c;

	o->common = calloc(c->a->n_rules + 1, sizeof(*o->common));
	o->of_b = calloc(c->b->n_rules + 1, sizeof(*o->of_b));
	if (!o->common || !o->of_b)
		return -ENOMEM;
	for (uint32_t i = 0; i < c->b->n_rules; i++)
		o->of_b[i] = POLICY_NO_RULE;
	for (uint32_t i = 0; i < c->a->n_rules; i++) {
		if (pairs->to_b[i] == POLICY_NO_RULE)
			continue;
		o->of_b[pairs->to_b[i]] = (uint32_t)o->n;
		o->common[o->n++] = (struct common){ i, pairs->to_b[i], POLICY_NO_RULE, false };
	}
	return 0;
}

/* How many runs end before @b: last[] holds the smallest end of a run of each length. */
static size_t place_in(const struct order *o, const uint32_t *last, size_t n, uint32_t b)
{
	size_t low = 0;
	size_t high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (o->common[last[middle]].b < b)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Longest increasing subsequence. */
static int mark_those_that_stay(struct order *o, size_t *ret_n)
{
	cleanup_free uint32_t *last = calloc(o->n + 1, sizeof(*last));
	cleanup_free uint32_t *before = calloc(o->n + 1, sizeof(*before));
	uint32_t at;
	size_t n = 0;

	if (!last || !before)
		return -ENOMEM;
	for (uint32_t i = 0; i < o->n; i++) {
		size_t place = place_in(o, last, n, o->common[i].b);

		before[i] = place > 0 ? last[place - 1] : POLICY_NO_RULE;
		last[place] = i;
		n += place == n;
	}
	at = n > 0 ? last[n - 1] : POLICY_NO_RULE;
	for (; at != POLICY_NO_RULE; at = before[at])
		o->common[at].stays = true;
	*ret_n = n;
	return 0;
}

static struct rule_in rule_of(const struct order *o, uint32_t i)
{
	return (struct rule_in){ o->c->b, &o->c->b->rules[o->common[i].b] };
}

static struct drawer drawer_of(const struct order *o, uint32_t i)
{
	const struct rule_in rule = rule_of(o, i);

	return (struct drawer){ rule_kinds(rule) & KINDS_IDENTITY, rule_buses(rule),
				rule.rule->verdict };
}

static int compare_drawers(struct drawer a, struct drawer b)
{
	if (a.kinds != b.kinds)
		return a.kinds < b.kinds ? -1 : 1;
	if (a.buses != b.buses)
		return a.buses < b.buses ? -1 : 1;
	return (a.verdict > b.verdict) - (a.verdict < b.verdict);
}

static int compare_drawn(const void *a, const void *b, void *ctx)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;
	int order = compare_drawers(drawer_of(ctx, x), drawer_of(ctx, y));

	return order != 0 ? order : (x > y) - (x < y);
}

static int sort_into_drawers(struct order *o)
{
	o->drawn = calloc(o->n + 1, sizeof(*o->drawn));
	if (!o->drawn)
		return -ENOMEM;
	for (uint32_t i = 0; i < o->n; i++)
		o->drawn[i] = i;
	qsort_r(o->drawn, o->n, sizeof(*o->drawn), compare_drawn, o);
	return value_list_build(o->c->b, identity_kinds, n_identity_kinds, true, &o->by_identity);
}

static bool have_changed_places(struct order *o, uint32_t i, uint32_t k)
{
	const struct common *x = &o->common[i];
	const struct common *y = &o->common[k];

	o->looks += 1 + value_list_lengths(rule_of(o, i), rule_of(o, k));
	/* The other has told it already. */
	if ((i < k) == (x->b < y->b) || y->partner == i)
		return false;
	return rule_of(o, i).rule->verdict != rule_of(o, k).rule->verdict &&
	       !rules_exclude(rule_of(o, i), rule_of(o, k));
}

static uint32_t find_in_run(struct order *o, uint32_t i, struct value_run run)
{
	for (; run.first < run.end && o->looks < LOOKS_MAX; run.first++) {
		uint32_t k = o->of_b[run.first->rule];

		if (k != POLICY_NO_RULE && k != i && have_changed_places(o, i, k))
			return k;
	}
	return POLICY_NO_RULE;
}

static uint32_t find_by_value(struct order *o, uint32_t i, enum condition_kind kind)
{
	const struct policy_condition *condition = rule_condition(rule_of(o, i), kind);
	uint32_t found = POLICY_NO_RULE;

	for (uint32_t v = 0; v < condition->n && found == POLICY_NO_RULE && o->looks < LOOKS_MAX;
	     v++) {
		uint64_t value = o->c->b->values[condition->first + v];
		struct value_run runs[VALUE_USB_RUNS] = { 0 };

		o->looks++;

		if (kind == CONDITION_USB)
			value_list_find_usb(&o->by_identity, value, runs);
		else
			runs[0] = value_list_find(&o->by_identity, kind, value);
		if (kind == CONDITION_MEDIUM_NUMBER)
			runs[1] = value_list_find(&o->by_identity, kind, VALUE_ANY_TEXT);
		for (size_t r = 0; r < VALUE_USB_RUNS && found == POLICY_NO_RULE; r++)
			found = find_in_run(o, i, runs[r]);
	}
	return found;
}

static size_t end_of_drawer(const struct order *o, size_t first)
{
	const struct drawer drawer = drawer_of(o, o->drawn[first]);
	size_t low = first;
	size_t high = o->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_drawers(drawer_of(o, o->drawn[middle]), drawer) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* @asked: identity that has been looked up by its values, so drawers with it are done. */
static uint32_t find_in_drawers(struct order *o, uint32_t i, uint32_t asked)
{
	const struct drawer own = drawer_of(o, i);

	for (size_t first = 0, end; first < o->n && o->looks < LOOKS_MAX; first = end) {
		const struct drawer drawer = drawer_of(o, o->drawn[first]);

		end = end_of_drawer(o, first);
		o->looks++;
		if ((drawer.kinds & asked) || drawer.verdict == own.verdict ||
		    (drawer.buses & own.buses) == 0)
			continue;
		for (size_t k = first; k < end && o->looks < LOOKS_MAX; k++) {
			if (have_changed_places(o, i, o->drawn[k]))
				return o->drawn[k];
		}
	}
	return POLICY_NO_RULE;
}

static uint32_t find_partner(struct order *o, uint32_t i)
{
	const struct rule_in rule = rule_of(o, i);
	uint32_t found = POLICY_NO_RULE;
	uint32_t asked = 0;

	for (size_t k = 0; k < n_identity_kinds && asked == 0; k++) {
		const struct policy_condition *c = rule_condition(rule, identity_kinds[k]);

		/* What means every number is found under none. */
		if (!o->by_identity.is_complete || !c ||
		    (identity_kinds[k] == CONDITION_MEDIUM_NUMBER &&
		     o->c->b->values[c->first] == VALUE_ANY_TEXT))
			continue;
		found = find_by_value(o, i, identity_kinds[k]);
		asked = 1u << identity_kinds[k];
	}
	return found != POLICY_NO_RULE ? found : find_in_drawers(o, i, asked);
}

static void tell_move(struct order *o, uint32_t i)
{
	uint32_t partner = find_partner(o, i);
	struct policy_difference difference = {
		.kind = DIFFERENCE_RULE_MOVED,
		.rule_a = o->common[i].a,
		.rule_b = o->common[i].b,
		.other_a = POLICY_NO_RULE,
		.other_b = POLICY_NO_RULE,
	};

	/* When there are too many to look at, each that is out of the run counts as moved. */
	if (partner == POLICY_NO_RULE && o->looks < LOOKS_MAX)
		return;
	if (partner != POLICY_NO_RULE) {
		o->common[i].partner = partner;
		difference.other_a = o->common[partner].a;
		difference.other_b = o->common[partner].b;
	}
	compare_tell(o->c, &difference);
}

static int tell_moves(struct order *o, const struct pairs *pairs)
{
	size_t n_stay = 0;
	int rc = collect(o, pairs);

	if (rc == 0)
		rc = mark_those_that_stay(o, &n_stay);
	if (rc < 0 || n_stay == o->n)
		return rc;
	rc = sort_into_drawers(o);
	for (uint32_t i = 0; rc == 0 && i < o->n; i++) {
		if (!o->common[i].stays)
			tell_move(o, i);
	}
	return rc;
}

static void order_done(struct order *o)
{
	value_list_done(&o->by_identity);
	free(o->drawn);
	free(o->of_b);
	free(o->common);
}

int compare_order(const struct comparison *c, const struct pairs *pairs)
{
	cleanup_with(order_done) struct order o = { .c = c };

	return tell_moves(&o, pairs);
}
