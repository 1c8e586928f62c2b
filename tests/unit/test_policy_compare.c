/* SPDX-License-Identifier: Apache-2.0 */

/* What is told as a difference, and what means the same. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/compare.h"
#include "policy/condition.h"
#include "support/policies.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

struct telling {
	const struct policy *a;
	const struct policy *b;
	FILE *out;
	size_t n;
};

static const char *id_of(const struct policy *policy, uint32_t rule)
{
	return rule == POLICY_NO_RULE ? "-" : policy_word(policy, policy->rules[rule].id);
}

static void tell_parts(const struct telling *t, const struct policy_difference *d)
{
	static const char *const names[] = { "verdict", "reason",       "ticket",
					     "clause",  "name",         "version",
					     "expires", "when-expired", "code",
					     "window",  "throttle",     "exempt",
					     "observe", "record-files", "scan-record" };

	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		if (d->parts & 1u << i)
			(void)fprintf(t->out, " %s", names[i]);
	}
	for (enum condition_kind kind = 0; kind < CONDITION_KINDS; kind++) {
		if (d->conditions & 1u << kind)
			(void)fprintf(t->out, " %s", condition_name(kind));
	}
}

/* One line for each difference, as the tables below have them. */
static void tell(void *ctx, const struct policy_difference *d)
{
	struct telling *t = ctx;

	t->n++;
	switch (d->kind) {
	case DIFFERENCE_HEAD:
		(void)fputs("head", t->out);
		break;
	case DIFFERENCE_RULE_REMOVED:
		(void)fprintf(t->out, "- %s", id_of(t->a, d->rule_a));
		break;
	case DIFFERENCE_RULE_ADDED:
		(void)fprintf(t->out, "+ %s", id_of(t->b, d->rule_b));
		break;
	case DIFFERENCE_RULE_CHANGED:
		(void)fprintf(t->out, "~ %s", id_of(t->a, d->rule_a));
		cr_expect_str_eq(id_of(t->a, d->rule_a), id_of(t->b, d->rule_b));
		break;
	case DIFFERENCE_RULE_MOVED:
		(void)fprintf(t->out, "^ %s %s", id_of(t->b, d->rule_b), id_of(t->b, d->other_b));
		cr_expect_str_eq(id_of(t->a, d->rule_a), id_of(t->b, d->rule_b));
		cr_expect_str_eq(id_of(t->a, d->other_a), id_of(t->b, d->other_b));
		break;
	case DIFFERENCE_ZONE:
		(void)fputs(zone_name(d->zone), t->out);
		break;
	}
	tell_parts(t, d);
	if (d->parts == PART_CODE)
		(void)fprintf(t->out, " %s>%s", d->code_a ? code_need_name(d->code_a->need) : "-",
			      d->code_b ? code_need_name(d->code_b->need) : "-");
	if (d->parts == PART_EXEMPTION)
		(void)fprintf(t->out, " %s>%s",
			      d->exemption_a ? policy_word(t->a, d->exemption_a->id) : "-",
			      d->exemption_b ? policy_word(t->b, d->exemption_b->id) : "-");
	(void)fputs("; ", t->out);
}

static char *differences(const struct policy *a, const struct policy *b)
{
	struct telling telling = { .a = a, .b = b };
	char *told = NULL;
	size_t len = 0;

	telling.out = open_memstream(&told, &len);
	cr_expect_eq(policy_compare(a, b, tell, &telling), 0);
	cr_assert_eq(fclose(telling.out), 0);
	return told;
}

#define A "rule a allow {\nonly audio\n}\n"
#define B "rule b block {\nonly audio video\n}\n"
#define C "rule c allow {\nonly video\n}\n"
#define O "rule o read-only {\nonly audio\n}\n"
#define R "rule r allow {\nonly audio\n}\n"
#define S1 "rule s1 allow {\nserial AAAAAA1\n}\n"
#define S2 "rule s2 block {\nserial AAAAAA2\n}\n"
#define S12 "rule s12 block {\nserial AAAAAA1 AAAAAA2\n}\n"
#define U "rule u read-only {\nusb 0951:*\n}\n"
#define M "rule m allow {\nusb 0951:1666\n}\n"
#define N1 "rule n1 allow {\nmedium-number T-1\n}\n"
#define N2 "rule n2 block {\nmedium-number T-2 T-3\n}\n"
#define NX "rule nx read-only {\nmedium-number *\n}\n"
#define PW "rule pw allow {\npermit write\n}\n"
#define PR "rule pr read-only {\npermit read\n}\n"
#define KEY1 "kansa+1d3f8bbd+ASSUJah8+j67uE8+Pmffd9OfUSwW4sdF8KKI21sdOquA"
#define KEY2 "kansa2+f4d1c5e7+ASSUJah8+j67uE8+Pmffd9OfUSwW4sdF8KKI21sdOquA"
#define SD "rule sd block {\nsd-cid 035344534331364780123456789abcde\n}\n"

static const struct {
	const char *a;
	const char *b;
	const char *told;
} cases[] = {
	/* no difference */
	{ "", "# nothing\n", "" },
	{ A, "# x\n\n  rule a allow {\n\tonly audio\n}", "" },
	{ A, "include x {\n" A "}\n", "" },
	{ "rule a allow {\nserial X Y\nusb 0951:1666\n}\n",
	  "rule a allow {\nusb 0951:1666\nserial Y X Y\n}\n", "" },
	{ "rule a allow {\nserial X Y\n}\n", "set s serial Y X\nrule a allow {\nserial @s\n}\n",
	  "" },
	{ "set s serial Y X\nset t serial Z\nrule a allow {\nserial @s\n}\nrule b allow {\nserial "
	  "@s\n}\n",
	  "set u serial X {\nY\n}\nrule a allow {\nserial @u\n}\nrule b allow {\nserial @u\n}\n",
	  "" },
	{ "rule a allow {\nhours 08:00-12:00 12:00-17:00\n}\n",
	  "rule a allow {\nhours 08:00-17:00\n}\n", "" },
	{ "rule a allow {\nusb 0951:* 0951:1666\n}\n", "rule a allow {\nusb 0951:*\n}\n", "" },
	{ "rule a allow {\nuntil 2027-03-31\n}\n", "rule a allow {\nuntil 2027-03-31T23:59\n}\n",
	  "" },
	{ "rule a allow {\nweekdays mon-fri\n}\n",
	  "rule a allow {\nweekdays fri mon tue wed thu\n}\n", "" },
	{ "zone lgwan {\ncode none cron atd\n}\n",
	  "zone lgwan {\ncode none atd\ncode none cron\n}\n", "" },
	{ "zone lgwan {\nthrottle 5 60s 1h\n}\n", "zone lgwan {\nthrottle 5 1m 60m\n}\n", "" },
	/* the head */
	{ "policy p {\nversion 1\nexpires 2027-03-31\n}\n",
	  "policy q {\nversion 2\nexpires 2027-04-01\nwhen-expired keep\n}\n",
	  "head name; head version; head expires; head when-expired; " },
	/* rules */
	{ A, "", "- a; " },
	{ "", A, "+ a; " },
	{ A B, B C, "- a; + c; " },
	{ A, "rule a block {\nonly audio\n}\n", "~ a verdict; " },
	{ A, "rule a allow {\nonly audio video\n}\n", "~ a only; " },
	{ A, "rule a allow {\nonly audio\nzone lgwan\n}\n", "~ a zone; " },
	{ "rule a allow {\nonly audio\nzone lgwan\n}\n", A, "~ a zone; " },
	{ A, "rule a allow {\nonly audio\nreason x\nticket y\nclause z\n}\n",
	  "~ a reason ticket clause; " },
	{ "rule a allow {\nserial X\n}\n", "rule a allow {\nserial x\n}\n", "~ a serial; " },
	{ "rule a allow {\nhours 08:00-17:00\n}\n", "rule a allow {\nhours 08:00-17:01\n}\n",
	  "~ a hours; " },
	{ "set s serial Y X\nrule a allow {\nserial @s\n}\nrule b allow {\nserial @s\n}\n",
	  "set s serial X\nrule a allow {\nserial @s\n}\nrule b allow {\nserial @s\n}\n",
	  "~ a serial; ~ b serial; " },
	/* moves */
	{ A B, B A, "^ a b; " },
	{ A C, C A, "" },
	{ A "rule b allow {\nonly audio\n}\n", "rule b allow {\nonly audio\n}\n" A, "" },
	{ A B C, B C A, "^ a b; " },
	{ A C B, B A C, "^ b a; " },
	{ S1 S2, S2 S1, "" },
	{ S1 S12, S12 S1, "^ s1 s12; " },
	{ S1 S2 S12, S12 S2 S1, "^ s1 s12; " },
	{ S1 U, U S1, "^ s1 u; " },
	{ M U, U M, "^ m u; " },
	{ U M, M U, "^ u m; " },
	{ M SD, SD M, "" },
	{ S1 SD, SD S1, "^ s1 sd; " },
	{ S1 B, B S1, "^ s1 b; " },
	{ N1 N2, N2 N1, "" },
	{ N1 NX, NX N1, "^ n1 nx; " },
	{ NX N1, N1 NX, "^ nx n1; " },
	{ NX N2, N2 NX, "^ nx n2; " },
	{ NX S2, S2 NX, "^ nx s2; " },
	{ PW PR, PR PW, "^ pw pr; " },
	/* each pair is told once */
	{ O B R, R B O, "^ o b; ^ b r; " },
	/* numbers and permits */
	{ "rule a allow {\npermit read\n}\n", "rule a allow {\npermit write\n}\n", "~ a permit; " },
	{ NX, "rule nx read-only {\nmedium-number T-9 *\n}\n", "" },
	{ NX, "rule nx read-only {\nmedium-number T-9\n}\n", "~ nx medium-number; " },
	{ "rule a allow {\nexception flood\n}\n", "rule a allow {\nexception quake flood\n}\n",
	  "~ a exception; " },
	/* what changed as well is told as changed */
	{ A B, "rule b block {\nonly video\n}\n" A, "~ b only; " },
	{ A B, "rule b allow {\nonly audio video\n}\n" A, "~ b verdict; " },
	/* what came in between moves nothing */
	{ A B, A C B, "+ c; " },
	/* zones */
	{ "", "zone lgwan {\ncode required\n}\n", "lgwan code ->required; " },
	{ "zone lgwan {\ncode required\n}\n", "", "lgwan code required>-; " },
	{ "zone lgwan {\ncode required sudo\n}\n",
	  "zone lgwan {\ncode required sudo {\ngrace 5m\n}\n}\n",
	  "lgwan code required>required; " },
	{ "zone lgwan {\ncode required i3lock {\none-answer 6\n}\n}\n",
	  "zone lgwan {\ncode required i3lock {\none-answer 8\n}\n}\n",
	  "lgwan code required>required; " },
	{ "zone lgwan {\ncode required\ncode none cron\n}\n",
	  "zone lgwan {\ncode optional\ncode none atd\n}\n",
	  "lgwan code required>optional; lgwan code none>-; lgwan code ->none; " },
	{ "zone lgwan {\nwindow 0\n}\n", "zone lgwan {\nwindow 1\n}\n", "lgwan window; " },
	{ "zone lgwan {\nthrottle 5 1m 1h\n}\n", "zone lgwan {\nthrottle 5 1m 2h\n}\n",
	  "lgwan throttle; " },
	{ "zone lgwan {\nclause G1\n}\n", "zone lgwan {\nclause G2\n}\n", "lgwan clause; " },
	{ "zone lgwan {\nobserve {\nuntil 2026-12-31\n}\n}\n",
	  "zone lgwan {\nobserve {\nuntil 2026-12-30\n}\n}\n", "lgwan observe; " },
	{ "zone lgwan {\nobserve {\nuntil 2026-12-31\n}\n}\n",
	  "zone lgwan {\nobserve {\nuntil 2026-12-31\nexception 1\n}\n}\n", "lgwan observe; " },
	{ "zone lgwan {\nexempt e {\nuser x\nreason y\nuntil 2026-12-31\n}\n}\n",
	  "zone lgwan {\nexempt f {\nuser x\nreason y\nuntil 2026-12-31\n}\n}\n",
	  "lgwan exempt e>-; lgwan exempt ->f; " },
	{ "zone lgwan {\nexempt e {\nuser x\nreason y\nuntil 2026-12-31\n}\n}\n",
	  "zone lgwan {\nexempt e {\nuser x\nreason z\nuntil 2026-12-31\n}\n}\n",
	  "lgwan exempt e>e; " },
	{ "zone lgwan {\nrecord-files " KEY1 "\n}\n", "zone lgwan {\nrecord-files " KEY2 "\n}\n",
	  "lgwan record-files; " },
	{ "zone lgwan {\nscan-record required\n}\n", "zone lgwan {\nclause G1\n}\n",
	  "lgwan scan-record; lgwan clause; " },
	{ "zone lgwan {\nclause G1\n}\n", "zone lgwan {\nclause G1\nrecord-files " KEY1 "\n}\n",
	  "lgwan record-files; " },
	{ "zone lgwan {\nwindow 1\n}\n", "zone internet {\nwindow 1\n}\n",
	  "lgwan window; internet window; " },
};

Test(policy_compare, tells_what_means_something_else)
{
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		cleanup_policy struct policy *a = policy_of(cases[i].a);
		cleanup_policy struct policy *b = policy_of(cases[i].b);
		cleanup_free char *told = differences(a, b);

		cr_expect_str_eq(told, cases[i].told, "case %zu: %s", i, told);
	}
}

Test(policy_compare, nothing_differs_from_itself)
{
	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		cleanup_policy struct policy *a = policy_of(cases[i].a);
		cleanup_policy struct policy *b = policy_of(cases[i].a);
		cleanup_free char *told = differences(a, b);

		cr_expect_str_eq(told, "", "case %zu: %s", i, told);
	}
}

#define MANY 100000u

/* Sticks by serial number, cards by theirs, and now and then one that is blocked. */
static struct policy *ledger(bool is_reversed, const char *tail)
{
	cleanup_free char *text = NULL;
	struct policy *policy;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	for (unsigned int i = 0; i < MANY; i++) {
		unsigned int n = is_reversed ? MANY - 1 - i : i;
		const char *verdict = n % 3 == 0 ? "block" : n % 3 == 1 ? "read-only" : "allow";

		if (n % 10 == 0)
			(void)fprintf(out, "rule r%u %s {\nsd-cid %032x\n}\n", n, verdict, n);
		else
			(void)fprintf(out, "rule r%u %s {\nusb 0951:1666\nserial X%06u\n}\n", n,
				      verdict, n);
	}
	(void)fputs(tail, out);
	cr_assert_eq(fclose(out), 0);
	policy = policy_of(text);
	return policy;
}

/* Sorted anew, as a ledger that another program wrote: nothing that matters has moved. */
Test(policy_compare, a_hundred_thousand_rules_take_seconds)
{
	cleanup_policy struct policy *a = ledger(false, "rule z block {\nserial X000001\n}\n");
	cleanup_policy struct policy *b = ledger(true, "rule z block {\nserial X000001\n}\n");
	cleanup_free char *told = NULL;
	struct timespec begin, end;

	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	told = differences(a, b);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	cr_expect_str_eq(told, "");
	cr_expect_lt(end.tv_sec - begin.tv_sec, 20);
}

/* Where there is no telling in time, every rule that left its place is named. */
Test(policy_compare, too_many_pairs_count_as_moved)
{
	enum { N = 12000 };
	char *texts[2] = { NULL, NULL };
	cleanup_policy struct policy *a = NULL;
	cleanup_policy struct policy *b = NULL;
	struct telling telling = { 0 };

	for (size_t t = 0; t < 2; t++) {
		size_t len = 0;
		FILE *out = open_memstream(&texts[t], &len);

		for (unsigned int i = 0; i < N; i++) {
			unsigned int n = t == 0 ? i : N - 1 - i;

			(void)fprintf(out, "rule r%u %s {\nport 1-%u\n}\n", n,
				      n % 2 == 0 ? "block" : "allow", n);
		}
		cr_assert_eq(fclose(out), 0);
	}
	a = policy_of(texts[0]);
	b = policy_of(texts[1]);
	telling = (struct telling){ .a = a, .b = b, .out = fopen("/dev/null", "w") };
	cr_expect_eq(policy_compare(a, b, tell, &telling), 0);
	cr_assert_eq(fclose(telling.out), 0);
	cr_expect_gt(telling.n, 0);
	cr_expect_lt(telling.n, N);
	free(texts[0]);
	free(texts[1]);
}
