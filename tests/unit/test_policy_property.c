/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What must hold for any policy and any device.  Both are drawn at random from
 * few values, so that rules fit often; SEKISHO_SEED repeats a run and
 * SEKISHO_ROUNDS makes it longer.
 */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/compare.h"
#include "support/policies.h"

#define RULES_MAX 12
#define DEVICES 40

static uint64_t state;
static uint64_t seed;

static unsigned int draw(unsigned int n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % n;
}

static const char *const lines[] = {
	"usb 0951:1666",
	"usb 0951:1666 0951:1667",
	"usb 0951:*",
	"usb 046d:c31c 0951:*",
	"serial A",
	"serial A B",
	"serial @some",
	"serial @other",
	"usb @models",
	"only storage",
	"only storage keyboard",
	"only keyboard mouse",
	"interface storage",
	"interface keyboard vendor",
	"port 1-1 1-2",
	"port 1-1.*",
	"connect hotplug",
	"connect hotplug unknown",
	"bus usb",
	"bus sd",
	"medium luks2",
	"medium plain luks2",
	"filesystem 12ab-34cd",
	"zone lgwan",
	"zone mynumber lgwan",
	"user alice",
	"user bob carol",
	"group zei",
	"hours 08:30-17:15",
	"weekdays mon-fri",
	"until 2026-11-23",
	"medium-number T-1",
	"permit read",
	"permit write",
	"permit vendor",
	"medium-number *",
	"exception flood",
	"medium-number T-2 T-1",
	"medium-number @numbers",
	"exception quake fire",
	"sd-cid 035344534331364780123456789abcde",
};
#define N_LINES (sizeof(lines) / sizeof(lines[0]))

/* A rule with one to three conditions of different kinds. */
static void draw_rule(FILE *out, unsigned int number)
{
	static const char *const verdicts[] = { "block", "read-only", "allow" };
	size_t first = draw(N_LINES);
	unsigned int n = 1 + draw(3);
	size_t step = 1 + draw(N_LINES - 1);

	fprintf(out, "rule r%u %s {\n", number, verdicts[draw(3)]);
	for (unsigned int i = 0; i < n; i++)
		fprintf(out, "%s\n", lines[(first + i * step) % N_LINES]);
	fprintf(out, "}\n");
}

static char *draw_policy(unsigned int *ret_n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	*ret_n = 1 + draw(RULES_MAX);
	if (draw(3) == 0)
		fprintf(out, "policy p {\nversion 1\nexpires 2026-11-2%u\nwhen-expired %s\n}\n",
			2 + draw(3), draw(2) ? "read-only" : "block");
	fprintf(out, "set some serial A C\nset other serial B C\n"
		     "set models usb 0951:1667 046d:*\nset numbers medium-number T-2 T-3\n");
	for (unsigned int i = 0; i < *ret_n; i++)
		draw_rule(out, i);
	cr_assert_eq(fclose(out), 0);
	return text;
}

/* The same kind may stand twice in what was drawn: then another one is drawn. */
static struct policy *draw_good_policy(char **ret_text, unsigned int *ret_n)
{
	for (;;) {
		cleanup_diags struct diags diags = { 0 };
		struct policy *policy = NULL;

		*ret_text = draw_policy(ret_n);
		if (policy_try(*ret_text, &policy, &diags) == 0)
			return policy;
		free(*ret_text);
	}
}

static const char *one_of(const char *const *texts, unsigned int n)
{
	return texts[draw(n)];
}

static void draw_case(struct policy_device *device, struct policy_circumstances *at)
{
	static const char *const ids[] = { "0951;pid 1666", "0951;pid 1667", "046d;pid c31c" };
	static const char *const serials[] = { "", "serial A;", "serial B;", "serial C;" };
	static const char *const parts[] = { "0:storage", "0:keyboard", "0:storage 1:keyboard",
					     "0:vendor", "0:storage,vendor" };
	static const char *const ports[] = { "1-1", "1-2", "1-1.3" };
	static const char *const seats[] = { "", "user -;", "user alice;", "user bob;groups zei;" };
	static const char *const media[] = { "", "medium plain;",
					     "medium luks2;filesystem 12ab-34cd;" };
	static const char *const zones[] = { "lgwan", "mynumber", "internet" };
	static const char *const times[] = { "2026-11-23 09:00", "2026-11-22 23:00",
					     "2026-11-24 12:00" };
	static const char *const numbers[] = { "",
					       "",
					       "medium_number ?;",
					       "medium_number T-1;",
					       "medium_number T-2;permit P-1;access read;",
					       "medium_number T-9;permit P-2;access write;",
					       "permit P-4;access vendor;" };
	static const char *const exceptions[] = { "", "", "exceptions flood;",
						  "exceptions fire quake;" };
	char text[512];

	(void)snprintf(text, sizeof(text), "vid %s;%sinterfaces %s;port %s;%s%s%s%szone %s;at %s",
		       one_of(ids, 3), one_of(serials, 4), one_of(parts, 5), one_of(ports, 3),
		       one_of(seats, 4), one_of(media, 3), one_of(numbers, 7),
		       one_of(exceptions, 4), one_of(zones, 3), one_of(times, 3));
	record_of(text, device, at);
	/* A permit is somebody's. */
	if (!at->seat_known || !*at->user)
		device->permit[0] = '\0';
	if (draw(8) == 0) {
		device->bus = BUS_SD;
		strcpy(device->sd_cid, "035344534331364780123456789abcde");
	}
}

static bool same(const struct policy_decision *a, const struct policy_decision *b)
{
	return a->verdict == b->verdict && a->at_best == b->at_best && a->rule == b->rule &&
	       a->is_uncertain == b->is_uncertain && a->is_expired == b->is_expired;
}

static void decide(const struct policy *policy, const struct policy_device *device,
		   const struct policy_circumstances *at, struct policy_decision *ret)
{
	policy_decide(policy, device, 0, at, ret);
}

static char *print(const struct policy *policy)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	cr_assert_eq(policy_print(policy, out), 0);
	cr_assert_eq(fclose(out), 0);
	return text;
}

static void keep_last(void *ctx, const struct policy_step *step)
{
	*(struct policy_step *)ctx = *step;
}

/* The index finds what asking every rule finds, and the last step told is the rule that decided. */
static void engines_agree(const struct policy *policy, const struct policy_device *device,
			  const struct policy_circumstances *at)
{
	struct policy_decision fast, plain;
	struct policy_step last = { .rule = POLICY_NO_RULE };

	decide(policy, device, at, &fast);
	policy_explain(policy, device, 0, at, keep_last, &last, &plain);
	cr_assert(same(&fast, &plain), "seed %llu", (unsigned long long)seed);
	if (!plain.is_uncertain && plain.rule != POLICY_NO_RULE)
		cr_assert(last.rule == plain.rule && last.match == MATCH_YES, "seed %llu",
			  (unsigned long long)seed);
}

/* What a look at the medium may show of a number, and of a permit of who sits there. */
static void identify(struct policy_device *device, const struct policy_circumstances *at)
{
	static const char *const numbers[] = { "", "T-1", "T-2", "T-9" };

	if (!device->is_unidentified)
		return;
	device->is_unidentified = false;
	strcpy(device->medium_number, one_of(numbers, 4));
	if (*device->medium_number && at->seat_known && *at->user && draw(2)) {
		strcpy(device->permit, "P-3");
		device->permit_for = (enum permitted)(1 << draw(3));
	}
}

/* Knowing more never makes a verdict stricter than it was for want of knowing. */
static void knowing_opens(const struct policy *policy, const struct policy_device *device,
			  const struct policy_circumstances *at)
{
	struct policy_device known = *device;
	struct policy_circumstances there = *at;
	struct policy_decision before, after;

	known.medium = draw(2) ? MEDIUM_LUKS2 : MEDIUM_PLAIN;
	if (!at->seat_known) {
		there.seat_known = true;
		strcpy(there.user, draw(2) ? "alice" : "bob");
	}
	if (device->medium != MEDIUM_UNKNOWN)
		known.medium = device->medium;
	identify(&known, &there);
	decide(policy, device, at, &before);
	decide(policy, &known, &there, &after);
	cr_assert_geq(after.verdict, before.verdict, "seed %llu", (unsigned long long)seed);
}

static void put_pair(void *ctx, const char *key, const char *value)
{
	struct policy_device *device = ((void **)ctx)[0];
	struct policy_circumstances *at = ((void **)ctx)[1];

	cr_assert(policy_record_set(device, at, key, value), "%s %s", key, value);
}

/* A record says all that a verdict depends on. */
static void records_suffice(const struct policy *policy, const struct policy_device *device,
			    const struct policy_circumstances *at)
{
	struct policy_device device_again = { 0 };
	struct policy_circumstances at_again = { 0 };
	void *both[] = { &device_again, &at_again };
	struct policy_decision before, after;

	policy_record_each(device, at, put_pair, both);
	decide(policy, device, at, &before);
	decide(policy, &device_again, &at_again, &after);
	cr_assert(same(&before, &after), "seed %llu", (unsigned long long)seed);
}

/* A rule behind the others decides only where none did. */
static void a_last_rule_changes_nothing_before(const char *text, unsigned int n,
					       const struct policy *policy,
					       const struct policy_device *device,
					       const struct policy_circumstances *at)
{
	cleanup_free char *longer = NULL;
	cleanup_policy struct policy *with = NULL;
	struct policy_decision before, after;

	cr_assert(asprintf(&longer, "%srule last allow {\nbus usb sd\n}\n", text) > 0);
	with = policy_of(longer);
	decide(policy, device, at, &before);
	decide(with, device, at, &after);
	if (before.rule != POLICY_NO_RULE && !before.is_uncertain)
		cr_assert(same(&before, &after), "seed %llu", (unsigned long long)seed);
	else
		cr_assert(after.rule == n || same(&before, &after) || before.is_uncertain,
			  "seed %llu", (unsigned long long)seed);
}

static void count(void *ctx, const struct policy_difference *difference)
{
	(void)difference;
	++*(unsigned int *)ctx;
}

static void printing_is_the_identity(const struct policy *policy)
{
	cleanup_free char *once = print(policy);
	cleanup_policy struct policy *again = policy_of(once);
	cleanup_free char *twice = print(again);
	unsigned int n = 0;

	cr_assert_str_eq(once, twice, "seed %llu", (unsigned long long)seed);
	cr_assert_eq(policy_compare(policy, again, count, &n), 0);
	cr_assert_eq(policy_compare(policy, policy, count, &n), 0);
	cr_assert_eq(n, 0, "seed %llu", (unsigned long long)seed);
}

/* The best that a medium could bring is not below what any medium brings. */
static void hope_is_not_too_low(const struct policy *policy, const struct policy_device *device,
				const struct policy_circumstances *at)
{
	struct policy_decision before, after;
	bool is_looked_at = device->medium != MEDIUM_UNKNOWN;

	decide(policy, device, at, &before);
	cr_assert_geq(before.at_best, before.verdict, "seed %llu", (unsigned long long)seed);
	for (uint32_t medium = 1; medium <= (MEDIUM_PLAIN | MEDIUM_LUKS2); medium++) {
		struct policy_device known = *device;

		if (!is_looked_at) {
			known.medium = medium;
			strcpy(known.filesystem, draw(2) ? "12ab-34cd" : "");
		}
		identify(&known, at);
		decide(policy, &known, at, &after);
		cr_assert_leq(after.verdict, before.at_best, "seed %llu", (unsigned long long)seed);
	}
	if (is_looked_at && !device->is_unidentified && at->seat_known)
		cr_assert_eq(before.at_best, before.verdict, "seed %llu", (unsigned long long)seed);
}

static void one_round(void)
{
	cleanup_free char *text = NULL;
	cleanup_policy struct policy *policy = NULL;
	unsigned int n;

	state = seed;
	policy = draw_good_policy(&text, &n);
	printing_is_the_identity(policy);
	for (int i = 0; i < DEVICES; i++) {
		struct policy_device device;
		struct policy_circumstances at;

		draw_case(&device, &at);
		engines_agree(policy, &device, &at);
		knowing_opens(policy, &device, &at);
		hope_is_not_too_low(policy, &device, &at);
		records_suffice(policy, &device, &at);
		a_last_rule_changes_nothing_before(text, n, policy, &device, &at);
	}
}

Test(policy_property, holds_for_any_policy_and_device)
{
	const char *first = getenv("SEKISHO_SEED");
	const char *rounds = getenv("SEKISHO_ROUNDS");
	uint64_t n = rounds ? strtoull(rounds, NULL, 10) : 400;

	seed = first ? strtoull(first, NULL, 10) : 1;
	for (uint64_t i = 0; i < n; i++, seed++)
		one_round();
}
