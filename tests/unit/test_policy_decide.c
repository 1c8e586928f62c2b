/* SPDX-License-Identifier: Apache-2.0 */

/* Which rule decides, for one interface of a device. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/policies.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

#define STICK "vid 0951;pid 1666;interfaces 0:storage;"

/* One rule "r allow" with this condition, a device, and whether the rule fits its interface 0. */
static const struct {
	const char *condition;
	const char *record;
	enum match match;
} conditions[] = {
	{ "bus usb", STICK, MATCH_YES },
	{ "bus sd pci", STICK, MATCH_NO },
	{ "bus sd pci", "bus pci;interfaces 0:storage", MATCH_YES },
	{ "usb 0951:1666", STICK, MATCH_YES },
	{ "usb 0951:1667 0951:1666", STICK, MATCH_YES },
	{ "usb 0951:*", STICK, MATCH_YES },
	{ "usb 0950:* 0951:1665 0952:1666", STICK, MATCH_NO },
	{ "usb 0000:0000", "bus sd;interfaces 0:storage", MATCH_NO },
	{ "serial A B", STICK "serial B", MATCH_YES },
	{ "serial b", STICK "serial B", MATCH_NO },
	{ "serial B", STICK "serial B0", MATCH_NO },
	{ "serial B", STICK, MATCH_NO },
	{ "serial @@x", STICK "serial @x", MATCH_YES },
	{ "only storage", STICK, MATCH_YES },
	{ "only storage", "interfaces 0:storage 1:keyboard", MATCH_NO },
	{ "only storage keyboard", "interfaces 0:storage 1:keyboard", MATCH_YES },
	{ "only storage", "interfaces 0:", MATCH_NO },
	{ "interface storage", "interfaces 0:storage 1:keyboard", MATCH_YES },
	{ "interface storage", "interfaces 0:storage,vendor", MATCH_NO },
	{ "port 1-4", STICK "port 1-4", MATCH_YES },
	{ "port 1-4", STICK "port 1-4.1", MATCH_NO },
	{ "port 1-4.*", STICK "port 1-4.1", MATCH_YES },
	{ "port 1-4.*", STICK "port 1-4", MATCH_NO },
	{ "port 1-4.*", STICK "port 1-4.", MATCH_NO },
	{ "connect hardwired", STICK "connect hardwired", MATCH_YES },
	{ "connect hardwired", STICK "connect hotplug", MATCH_NO },
	{ "connect unknown", STICK, MATCH_YES },
	{ "sd-cid 035344534331364780123456789ABCDE",
	  "bus sd;interfaces 0:storage;sd_cid 035344534331364780123456789abcde", MATCH_YES },
	{ "sd-cid 035344534331364780123456789ABCDE", STICK, MATCH_NO },
	{ "thunderbolt d0030000-0070-6d18-83f1-2a0c8d5b5b21",
	  "bus thunderbolt;interfaces 0:other;"
	  "thunderbolt d0030000-0070-6d18-83f1-2a0c8d5b5b21",
	  MATCH_YES },
	{ "medium luks2", STICK "medium luks2", MATCH_YES },
	{ "medium luks2", STICK "medium luks2 plain", MATCH_NO },
	{ "medium luks2", STICK, MATCH_UNKNOWN },
	{ "medium luks2", "interfaces 0:keyboard", MATCH_NO },
	{ "filesystem 12AB-34CD", STICK "medium plain;filesystem 12ab-34cd", MATCH_YES },
	{ "filesystem 12AB-34CD", STICK, MATCH_UNKNOWN },
	{ "medium-number T-0123", STICK "medium_number T-0123", MATCH_YES },
	{ "medium-number T-0123", STICK, MATCH_NO },
	{ "medium-number T-0123", STICK "medium_number ?", MATCH_UNKNOWN },
	{ "medium-number T-0123", "interfaces 0:keyboard;medium_number ?", MATCH_NO },
	{ "medium-number T-0123", "interfaces 0:keyboard;medium_number T-0123", MATCH_NO },
	{ "medium-number *", STICK "medium_number T-0123", MATCH_YES },
	{ "medium-number T-1 *", STICK "medium_number T-0123", MATCH_YES },
	{ "medium-number *", STICK, MATCH_NO },
	{ "medium-number *", STICK "medium_number ?", MATCH_UNKNOWN },
	{ "permit read", STICK "user bob;permit P-1;access read", MATCH_YES },
	{ "permit read", STICK "user bob;permit P-1;access write", MATCH_YES },
	{ "permit write", STICK "user bob;permit P-1;access write", MATCH_YES },
	{ "permit write", STICK "user bob;permit P-1;access read", MATCH_NO },
	{ "permit write", STICK "user bob;permit P-1", MATCH_NO },
	{ "permit vendor", STICK "user bob;permit P-1;access vendor", MATCH_YES },
	{ "permit vendor", STICK "user bob;permit P-1;access write", MATCH_NO },
	{ "permit read", STICK "user bob;permit P-1;access vendor", MATCH_NO },
	{ "permit read", STICK "user bob", MATCH_NO },
	{ "permit read", STICK "user -", MATCH_NO },
	{ "permit read", STICK, MATCH_UNKNOWN },
	{ "permit write", STICK "user bob;medium_number ?", MATCH_UNKNOWN },
	{ "permit read", "interfaces 0:keyboard;user bob;permit P-1;access write", MATCH_NO },
	{ "permit read", "interfaces 0:keyboard", MATCH_NO },
	{ "exception disaster flood", STICK "exceptions quake flood", MATCH_YES },
	{ "exception disaster", STICK "exceptions quake flood", MATCH_NO },
	{ "exception disaster", STICK, MATCH_NO },
	{ "zone lgwan", STICK "zone lgwan", MATCH_YES },
	{ "zone lgwan mynumber", STICK "zone internet", MATCH_NO },
	{ "zone unassigned", STICK, MATCH_YES },
	{ "user alice bob", STICK "user bob", MATCH_YES },
	{ "user alice", STICK "user bob", MATCH_NO },
	{ "user alice", STICK "user -", MATCH_NO },
	{ "user alice", STICK, MATCH_UNKNOWN },
	{ "group zei", STICK "user bob;groups staff zei", MATCH_YES },
	{ "group zei", STICK "user bob;groups staff", MATCH_NO },
	{ "group zei", STICK, MATCH_UNKNOWN },
	{ "hours 08:30-17:15", STICK "at 2026-11-23 08:30", MATCH_YES },
	{ "hours 08:30-17:15", STICK "at 2026-11-23 08:29", MATCH_NO },
	{ "hours 08:30-17:15", STICK "at 2026-11-23 17:14", MATCH_YES },
	{ "hours 08:30-17:15", STICK "at 2026-11-23 17:15", MATCH_NO },
	{ "hours 22:00-24:00 00:00-06:00", STICK "at 2026-11-23 23:59", MATCH_YES },
	{ "weekdays mon", STICK "at 2026-11-23 12:00", MATCH_YES },
	{ "weekdays tue-sun", STICK "at 2026-11-23 12:00", MATCH_NO },
	{ "weekdays fri-mon", STICK "at 2026-11-23 12:00", MATCH_YES },
	{ "weekdays thu", STICK "at 2024-02-29 12:00", MATCH_YES },
	{ "until 2026-11-23", STICK "at 2026-11-23 23:59", MATCH_YES },
	{ "until 2026-11-23", STICK "at 2026-11-24 00:00", MATCH_NO },
	{ "until 2026-11-23T12:00", STICK "at 2026-11-23 12:00", MATCH_YES },
	{ "until 2026-11-23T12:00", STICK "at 2026-11-23 12:01", MATCH_NO },
};

static void keep_match(void *ctx, const struct policy_step *step)
{
	*(enum match *)ctx = step->match;
}

Test(policy_decide, each_condition)
{
	for (size_t i = 0; i < N_ELEMENTS(conditions); i++) {
		cleanup_free char *text = NULL;
		cleanup_policy struct policy *policy = NULL;
		struct policy_device device;
		struct policy_circumstances at;
		struct policy_decision decision;
		enum match match = MATCH_NO;
		/* What a company brings in no rule lets be written. */
		enum verdict verdict = strstr(conditions[i].condition, "vendor") &&
						       strstr(conditions[i].condition, "permit")
					       ? VERDICT_READ_ONLY
					       : VERDICT_ALLOW;

		cr_assert(asprintf(&text, "rule r %s {\n%s\n}\n", verdict_name(verdict),
				   conditions[i].condition) > 0);
		policy = policy_of(text);
		record_of(conditions[i].record, &device, &at);
		policy_explain(policy, &device, 0, &at, keep_match, &match, &decision);
		cr_expect_eq(match, conditions[i].match, "%s, %s: %d", conditions[i].condition,
			     conditions[i].record, (int)match);
		cr_expect_eq(decision.verdict == verdict, match == MATCH_YES, "%s, %s",
			     conditions[i].condition, conditions[i].record);
		policy_decide(policy, &device, 0, &at, &decision);
		cr_expect_eq(decision.verdict == verdict, match == MATCH_YES, "by index: %s, %s",
			     conditions[i].condition, conditions[i].record);
	}
}

static const char text[] = "rule bad-batch block {\nusb 0951:1666\nserial STOLEN\n}\n"
			   "rule tax-stick read-only {\nusb 0951:1666 0951:1667\n"
			   "serial 60A44C413FAE\nonly storage\n}\n"
			   "rule office-keyboards allow {\ninterface keyboard mouse\n"
			   "usb 046d:c31c\n}\n"
			   "rule it-stick allow {\nusb 1111:2222\n}\n"
			   "rule phones read-only {\ninterface phone\n}\n"
			   "rule shadowed allow {\nusb 0951:1666\nserial STOLEN\n}\n"
			   "rule guest-encrypted block {\nmedium bitlocker\nusb 7777:*\n}\n"
			   "rule guest allow {\nusb 7777:0001\n}\n"
			   "rule bobs-stick read-only {\nuser bob\nusb 8888:0001\n}\n"
			   "rule any-of-that-kind allow {\nusb 8888:0001\n}\n";

/* One line: the device, which interface is judged, and what comes out. */
static const struct {
	const char *record;
	size_t index;
	enum verdict verdict;
	const char *rule;
} cases[] = {
	{ STICK "serial 60A44C413FAE", 0, VERDICT_READ_ONLY, "tax-stick" },
	{ STICK "serial 60A44C413FAE0", 0, VERDICT_BLOCK, NULL },
	/* not only storage: a hidden keyboard takes the stick with it */
	{ "vid 0951;pid 1666;serial 60A44C413FAE;interfaces 0:storage 1:keyboard", 0, VERDICT_BLOCK,
	  NULL },
	/* the first match wins */
	{ STICK "serial STOLEN", 0, VERDICT_BLOCK, "bad-batch" },
	/* each interface of a composite by its own class */
	{ "vid 046d;pid c31c;interfaces 0:keyboard 1:storage", 0, VERDICT_ALLOW,
	  "office-keyboards" },
	{ "vid 046d;pid c31c;interfaces 0:keyboard 1:storage", 1, VERDICT_BLOCK, NULL },
	/* no class condition: every interface */
	{ "vid 1111;pid 2222;interfaces 0:vendor 1:storage", 1, VERDICT_ALLOW, "it-stick" },
	/* there is no read-only phone */
	{ "vid 3333;pid 0001;interfaces 0:phone", 0, VERDICT_BLOCK, "phones" },
	/* an interface that is not there */
	{ "vid 1111;pid 2222;interfaces 0:storage", 1, VERDICT_BLOCK, NULL },
	{ "vid 1111;pid 2222;interfaces 0:storage", SIZE_MAX, VERDICT_BLOCK, NULL },
	/* what is not known yet counts at its strictest, and names the rule that may apply */
	{ "vid 7777;pid 0001;interfaces 0:storage", 0, VERDICT_BLOCK, "guest-encrypted" },
	{ "vid 7777;pid 0001;interfaces 0:storage;medium plain", 0, VERDICT_ALLOW, "guest" },
	{ "vid 7777;pid 0001;interfaces 0:storage;medium bitlocker", 0, VERDICT_BLOCK,
	  "guest-encrypted" },
	{ "vid 8888;pid 0001;interfaces 0:storage", 0, VERDICT_READ_ONLY, "bobs-stick" },
	{ "vid 8888;pid 0001;interfaces 0:storage;user bob", 0, VERDICT_READ_ONLY, "bobs-stick" },
	{ "vid 8888;pid 0001;interfaces 0:storage;user alice", 0, VERDICT_ALLOW,
	  "any-of-that-kind" },
};

static const char *rule_name(const struct policy *policy, const struct policy_decision *decision)
{
	return decision->rule == POLICY_NO_RULE
		       ? "none"
		       : policy_word(policy, policy->rules[decision->rule].id);
}

Test(policy_decide, first_match)
{
	cleanup_policy struct policy *policy = policy_of(text);

	for (size_t c = 0; c < N_ELEMENTS(cases); c++) {
		struct policy_device device;
		struct policy_circumstances at;
		struct policy_decision decision;

		record_of(cases[c].record, &device, &at);
		policy_decide(policy, &device, cases[c].index, &at, &decision);
		cr_expect_eq(decision.verdict, cases[c].verdict, "case %zu: %s", c,
			     verdict_name(decision.verdict));
		cr_expect_str_eq(rule_name(policy, &decision),
				 cases[c].rule ? cases[c].rule : "none", "case %zu", c);
	}
}

Test(policy_decide, no_policy_blocks)
{
	struct policy_device device;
	struct policy_circumstances at;
	struct policy_decision decision;

	record_of(STICK, &device, &at);
	policy_decide(NULL, &device, 0, &at, &decision);
	cr_expect_eq(decision.verdict, VERDICT_BLOCK);
	cr_expect_eq(decision.rule, POLICY_NO_RULE);
}

Test(policy_decide, after_its_end_a_policy_opens_no_more)
{
	static const struct {
		const char *when;
		enum verdict stick, keyboard;
	} ends[] = {
		{ "block", VERDICT_BLOCK, VERDICT_BLOCK },
		{ "read-only", VERDICT_READ_ONLY, VERDICT_BLOCK },
		{ "keep", VERDICT_ALLOW, VERDICT_ALLOW },
	};

	for (size_t i = 0; i < N_ELEMENTS(ends); i++) {
		cleanup_free char *policy_text_of = NULL;
		cleanup_policy struct policy *policy = NULL;
		struct policy_device device;
		struct policy_circumstances at;
		struct policy_decision decision;

		cr_assert(asprintf(&policy_text_of,
				   "policy p {\nversion 1\nexpires 2026-11-22\n"
				   "when-expired %s\n}\nrule r allow {\nusb 0951:1666\n}\n",
				   ends[i].when) > 0);
		policy = policy_of(policy_text_of);
		record_of("vid 0951;pid 1666;interfaces 0:storage 1:keyboard;"
			  "at 2026-11-22 23:59",
			  &device, &at);
		policy_decide(policy, &device, 0, &at, &decision);
		cr_expect_eq(decision.verdict, VERDICT_ALLOW, "%s, in time", ends[i].when);
		at.now++;
		policy_decide(policy, &device, 0, &at, &decision);
		cr_expect_eq(decision.verdict, ends[i].stick, "%s, stick", ends[i].when);
		cr_expect_eq(decision.is_expired, ends[i].stick != VERDICT_ALLOW);
		policy_decide(policy, &device, 1, &at, &decision);
		cr_expect_eq(decision.verdict, ends[i].keyboard, "%s, keyboard", ends[i].when);
	}
}

Test(policy_decide, code_scope)
{
	static const char zones[] =
		"zone lgwan {\ncode required\ncode none cron atd\ncode required sudo {\ngrace "
		"5m\n}\nwindow 2\nthrottle 3 30s 10m\n"
		"exempt backup {\nuser svc-backup\nservice sshd\nreason r\nuntil 2026-11-23\n}\n}\n"
		"zone internet {\ncode none cron\ncode optional i3lock {\none-answer 8\n}\n}\n"
		"zone unassigned {\nwindow 1\n}\n";
	static const struct {
		enum zone zone;
		const char *service, *user;
		enum code_need need;
	} needs[] = {
		{ ZONE_MYNUMBER, "login", "", CODE_REQUIRED },
		{ ZONE_UNASSIGNED, "login", "", CODE_NONE },
		{ ZONE_LGWAN, "login", "", CODE_REQUIRED },
		{ ZONE_LGWAN, "cron", "", CODE_NONE },
		{ ZONE_LGWAN, "atd", "", CODE_NONE },
		{ ZONE_LGWAN, "cro", "", CODE_REQUIRED },
		{ ZONE_LGWAN, "sshd", "svc-backup", CODE_NONE },
		{ ZONE_LGWAN, "login", "svc-backup", CODE_REQUIRED },
		{ ZONE_LGWAN, "sshd", "alice", CODE_REQUIRED },
		{ ZONE_MYNUMBER, "sshd", "svc-backup", CODE_REQUIRED },
		{ ZONE_INTERNET, "cron", "", CODE_NONE },
		{ ZONE_INTERNET, "sshd", "", CODE_REQUIRED }, /* left out */
		{ (enum zone)ZONES, "login", "", CODE_REQUIRED },
	};
	cleanup_policy struct policy *policy = policy_of(zones);
	policy_minute now = policy_minute_of(2026, 11, 23, 23, 59);
	struct code_scope scope;

	for (size_t i = 0; i < N_ELEMENTS(needs); i++) {
		policy_code_scope(policy, needs[i].zone, needs[i].service, needs[i].user, now,
				  &scope);
		cr_expect_eq(scope.need, needs[i].need, "case %zu", i);
	}
	policy_code_scope(policy, ZONE_LGWAN, "sshd", "svc-backup", now + 1, &scope);
	cr_expect_eq(scope.need, CODE_REQUIRED, "the exemption has ended");
	cr_expect_eq(scope.grace_s, 0);
	cr_expect_eq(scope.window_steps, 3);
	cr_expect_eq(scope.free_failures, 3);
	cr_expect_eq(scope.first_wait_s, 30);
	cr_expect_eq(scope.most_wait_s, 600);
	policy_code_scope(policy, ZONE_LGWAN, "sudo", "alice", now, &scope);
	cr_expect_eq(scope.grace_s, 300);
	cr_expect_eq(scope.one_answer, 0);
	policy_code_scope(policy, ZONE_INTERNET, "i3lock", "alice", now, &scope);
	cr_expect_eq(scope.one_answer, 8);
	cr_expect(scope.is_stated);
	policy_code_scope(policy, ZONE_UNASSIGNED, "i3lock", "alice", now, &scope);
	cr_expect_not(scope.is_stated);
	policy_code_scope(NULL, ZONE_UNASSIGNED, "login", "", now, &scope);
	cr_expect_eq(scope.need, CODE_REQUIRED);
}

Test(policy_decide, observes_until_its_end)
{
	cleanup_policy struct policy *policy =
		policy_of("zone lgwan {\nobserve {\nuntil 2026-12-31\n}\n}\n");
	struct policy_circumstances at = { .zone = ZONE_LGWAN,
					   .now = policy_minute_of(2026, 12, 31, 23, 59) };

	cr_expect(policy_observes(policy, &at));
	at.zone = ZONE_INTERNET;
	cr_expect_not(policy_observes(policy, &at));
	at.zone = ZONE_LGWAN;
	at.latest = at.now + 1;
	cr_expect_not(policy_observes(policy, &at), "the clock was set back");
	at.now++;
	cr_expect_not(policy_observes(policy, &at));
	at = (struct policy_circumstances){ .zone = ZONE_MYNUMBER };
	cr_expect_not(policy_observes(policy, &at), "a clock at the beginning of time");
}

Test(policy_decide, observing_ends_with_the_policy)
{
	static const char *const heads[] = { "", "when-expired read-only\n",
					     "when-expired keep\n" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char whole[256];
		struct policy_circumstances at = { .zone = ZONE_LGWAN,
						   .now = policy_minute_of(2026, 6, 30, 23, 59) };

		(void)snprintf(whole, sizeof(whole),
			       "policy p {\nexpires 2026-06-30\n%s}\n"
			       "zone lgwan {\nobserve {\nuntil 2026-12-31\n}\n}\n",
			       heads[i]);
		cleanup_policy struct policy *policy = policy_of(whole);

		cr_expect(policy_observes(policy, &at), "%s", heads[i]);
		at.latest = at.now + 1;
		cr_expect_eq(policy_observes(policy, &at), i == 2, "%s", heads[i]);
	}
}

/* What has ended stays so, whatever the clock is set to. */
Test(policy_decide, a_clock_set_back_extends_nothing)
{
	static const char *const texts[] = {
		"rule a allow {\nonly storage\nuntil 2026-06-30\n}\n",
		"policy p {\nexpires 2026-06-30\n}\nrule a allow {\nonly storage\n}\n",
	};
	const struct policy_device stick = {
		.bus = BUS_USB,
		.classes = CLASS_STORAGE,
		.interfaces = { { .classes = CLASS_STORAGE } },
		.n_interfaces = 1,
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cleanup_policy struct policy *policy = policy_of(texts[i]);
		struct policy_circumstances at = { .now = policy_minute_of(2026, 6, 30, 12, 0) };
		struct policy_decision decision;

		policy_decide(policy, &stick, 0, &at, &decision);
		cr_expect_eq(decision.verdict, VERDICT_ALLOW, "%s", texts[i]);
		at.latest = policy_minute_of(2026, 7, 1, 0, 0);
		policy_decide(policy, &stick, 0, &at, &decision);
		cr_expect_eq(decision.verdict, VERDICT_BLOCK, "%s", texts[i]);
	}
}

Test(policy_decide, minutes_and_dates)
{
	static const char *const dates[] = { "1970-01-01 00:00", "2000-02-29 23:59",
					     "2026-12-31 23:59", "2027-01-01 00:00",
					     "2100-02-28 12:34", "2100-03-01 00:00" };
	struct policy_device device;
	struct policy_circumstances at;
	char out[24];

	for (size_t i = 0; i < N_ELEMENTS(dates); i++) {
		cr_assert(policy_record_set(&device, &at, "at", dates[i]));
		policy_minute_print(at.now, out);
		cr_expect_str_eq(out, dates[i]);
	}
	cr_expect_not(policy_record_set(&device, &at, "at", "2026-02-29 12:00"));
	cr_expect_not(policy_record_set(&device, &at, "at", "2026-11-23 24:00"));
	cr_expect_not(policy_record_set(&device, &at, "at", "2026-11-23"));
	cr_expect_not(policy_record_set(&device, &at, "at", "2026-11-2-1 9:00"));
	cr_expect_eq(policy_minute_of(2100, 3, 1, 0, 0) - policy_minute_of(2100, 2, 28, 0, 0),
		     24 * 60);
}

Test(policy_decide, classes)
{
	static const struct {
		uint8_t triple[3];
		enum device_class class;
	} triples[] = {
		{ { 0x08, 0x06, 0x50 }, CLASS_STORAGE },   { { 0x08, 0x06, 0x62 }, CLASS_STORAGE },
		{ { 0x03, 0x01, 0x01 }, CLASS_KEYBOARD },  { { 0x03, 0x00, 0x00 }, CLASS_INPUT },
		{ { 0x02, 0x02, 0x01 }, CLASS_SERIAL },    { { 0x02, 0x02, 0xff }, CLASS_NETWORK },
		{ { 0x02, 0x06, 0x00 }, CLASS_NETWORK },   { { 0xff, 0x42, 0x01 }, CLASS_PHONE },
		{ { 0xff, 0x42, 0x02 }, CLASS_VENDOR },    { { 0xe0, 0x01, 0x03 }, CLASS_NETWORK },
		{ { 0xe0, 0x01, 0x01 }, CLASS_BLUETOOTH }, { { 0x00, 0x00, 0x00 }, CLASS_OTHER },
	};
	char names[32];

	for (size_t i = 0; i < N_ELEMENTS(triples); i++)
		cr_expect_eq(class_of_interface(triples[i].triple[0], triples[i].triple[1],
						triples[i].triple[2]),
			     triples[i].class, "case %zu", i);
	cr_expect_str_eq(class_names(CLASS_STORAGE | CLASS_VENDOR, names, sizeof(names)),
			 "storage vendor");
	cr_expect_str_eq(class_names(UINT32_MAX, names, 17), "storage keyboard");
	cr_expect_str_eq(class_names(0, names, sizeof(names)), "");
}
