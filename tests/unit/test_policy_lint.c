/* SPDX-License-Identifier: Apache-2.0 */

/* What is warned of, and what is not. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/lint.h"
#include "support/policies.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

#define HEAD "policy p {\nexpires 2028-03-31\n}\n"
#define STICK "usb 0951:1666\nserial 60A44C413FAE\nonly storage\n"
#define WARNINGS_MAX 3

static bool knows_alice(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "alice") == 0;
}

/* The text behind HEAD, so that line 4 is its first; and "LINE: how each warning begins". */
struct lint_case {
	const char *text;
	const char *warnings[WARNINGS_MAX];
};

static const struct lint_case reach[] = {
	{ "rule a allow {\nonly printer\n}\nrule b allow {\nonly printer\nzone lgwan\n}\n",
	  { "7: rule 'b' never decides: rule 'a' (p:4) holds whenever" } },
	{ "rule a allow {\nonly printer\nzone lgwan\n}\nrule b allow {\nonly printer\n}\n",
	  { NULL } },
	{ "rule a allow {\nonly printer\n}\nrule b block {\nonly audio\n}\n", { NULL } },
	{ "rule a allow {\nonly printer audio\n}\nrule b block {\nonly audio\n}\n",
	  { "7: rule 'b' never decides" } },
	{ "rule a allow {\nonly printer\n}\nrule b block {\nonly audio printer\n}\n", { NULL } },
	/* one kind from another */
	{ "rule a block {\ninterface printer\n}\nrule b allow {\nonly printer\n}\n",
	  { "7: rule 'b' never decides" } },
	{ "rule a block {\nonly printer\n}\nrule b allow {\ninterface printer\n}\n", { NULL } },
	{ "rule a allow {\nbus usb\nonly audio\n}\nrule b block {\nusb 0951:1666\nonly audio\n}\n",
	  { "8: rule 'b' never decides" } },
	{ "rule a allow {\nbus sd\nonly audio\n}\nrule b block {\nusb 0951:1666\nonly audio\n}\n",
	  { NULL } },
	{ "rule a allow {\nhours 00:00-24:00\nweekdays mon-sun\nonly audio\n}\n"
	  "rule b block {\nonly audio\n}\n",
	  { "9: rule 'b' never decides" } },
	{ "rule a allow {\nhours 00:00-23:59\nonly audio\n}\nrule b block {\nonly audio\n}\n",
	  { NULL } },
	/* identities */
	{ "rule a block {\nusb 0951:*\n}\nrule b allow {\n" STICK "}\n",
	  { "7: rule 'b' never decides" } },
	{ "rule a block {\nusb 0951:1667 0951:1666\n}\nrule b allow {\n" STICK "}\n",
	  { "7: rule 'b' never decides" } },
	{ "rule a block {\nusb 0951:1667\n}\nrule b allow {\n" STICK "}\n", { NULL } },
	{ "rule a block {\nusb 0951:1666\n}\nrule b block {\nusb 0951:*\n}\n", { NULL } },
	{ "rule a block {\nusb 0951:1666\n}\nrule b block {\nusb 0951:1666 0951:1667\n}\n",
	  { NULL } },
	{ "rule a block {\nserial 60A44C41AA 60A44C41AB\n}\nrule b block {\nserial 60A44C41AA\n}\n",
	  { "7: rule 'b' never decides" } },
	{ "rule a block {\nserial 60A44C41AA\n}\nrule b block {\nserial 60A44C41AA 60A44C41AB\n}\n",
	  { NULL } },
	{ "set s serial 60A44C41AA 60A44C41AB\nrule a block {\nserial @s\n}\n"
	  "rule b block {\nserial 60A44C41AB\n}\n",
	  { "8: rule 'b' never decides: rule 'a' (p:5)" } },
	/* numbers and permits: who may write may read */
	{ "rule a block {\nmedium-number *\n}\nrule b read-only {\nmedium-number T-1\n}\n",
	  { "7: rule 'b' never decides" } },
	{ "rule a block {\nmedium-number T-1\n}\nrule b read-only {\nmedium-number *\n}\n",
	  { NULL } },
	{ "rule a block {\nmedium-number * T-2\n}\nrule b block {\n" STICK "medium-number T-1\n}\n",
	  { "7: rule 'b' never decides" } },
	{ "rule a read-only {\npermit read\n}\nrule b allow {\npermit write\n}\n",
	  { "7: rule 'b' never decides" } },
	{ "rule a allow {\npermit write\n}\nrule b read-only {\npermit read\n}\n", { NULL } },
	{ "rule a block {\nonly audio\nexception flood quake\n}\n"
	  "rule b block {\nonly audio\nexception quake\n}\n",
	  { "8: rule 'b' never decides" } },
	/* two may be declared at one time */
	{ "rule a allow {\nonly audio\nexception flood\nuser alice\n}\n"
	  "rule b allow {\nonly audio\nexception quake\n}\n",
	  { NULL } },
	/* times and places */
	{ "rule a block {\nusb 0951:1666\nhours 08:00-12:00 12:00-17:00\n}\n"
	  "rule b block {\nusb 0951:1666\nhours 09:00-15:00\n}\n",
	  { "8: rule 'b' never decides" } },
	{ "rule a block {\nusb 0951:1666\nhours 08:00-12:00 12:01-17:00\n}\n"
	  "rule b block {\nusb 0951:1666\nhours 09:00-15:00\n}\n",
	  { NULL } },
	{ "rule a block {\nusb 0951:1666\nhours 08:00-12:00 09:00-10:00 11:00-17:00\n}\n"
	  "rule b block {\nusb 0951:1666\nhours 08:30-16:00\n}\n",
	  { "8: rule 'b' never decides" } },
	{ "rule a block {\nusb 0951:1666\nuntil 2027-03-31\n}\n"
	  "rule b block {\nusb 0951:1666\nuntil 2027-03-30\n}\n",
	  { "8: rule 'b' never decides" } },
	{ "rule a block {\nusb 0951:1666\nuntil 2027-03-30\n}\n"
	  "rule b block {\nusb 0951:1666\nuntil 2027-03-31\n}\n",
	  { NULL } },
	{ "rule a block {\nusb 0951:1666\nport 1-4.*\n}\n"
	  "rule b block {\nusb 0951:1666\nport 1-4.2 1-4.1.*\n}\n",
	  { "8: rule 'b' never decides" } },
	{ "rule a block {\nusb 0951:1666\nport 1-4.*\n}\n"
	  "rule b block {\nusb 0951:1666\nport 1-4\n}\n",
	  { NULL } },
	{ "rule a block {\nusb 0951:1666\nport 1-4.*\n}\n"
	  "rule b block {\nusb 0951:1666\nport 1-4\n}\n",
	  { NULL } },
};

static const struct lint_case breadth[] = {
	{ "rule a allow {\nport 1-4\n}\n", { "4: rule 'a' opens devices of every kind" } },
	{ "rule a block {\nport 1-4\n}\n", { NULL } },
	{ "rule a allow {\nport 1-4\nonly printer\n}\n", { NULL } },
	{ "rule a allow {\nusb 0951:*\n}\n", { "4: rule 'a' opens whatever a vendor makes" } },
	{ "rule a allow {\nusb 0951:*\nonly printer\n}\n", { NULL } },
	{ "rule a allow {\nusb 0951:*\nserial 60A44C413FAE\n}\n", { NULL } },
	{ "rule a allow {\nusb 0951:1666\n}\n",
	  { "4: rule 'a' opens storage by vendor and product, which name a model" } },
	{ "rule a read-only {\nusb 0951:1666\nonly storage\n}\n",
	  { "4: rule 'a' opens storage by vendor and product" } },
	{ "rule a allow {\nusb 0951:1666\nonly storage keyboard\ninterface keyboard\n}\n",
	  { NULL } },
	{ "rule a allow {\nusb 0951:1666\ninterface printer\n}\n", { NULL } },
	{ "rule a read-only {\nonly storage\nmedium luks2\n}\n",
	  { "4: rule 'a' opens storage of any kind and owner" } },
	{ "rule a read-only {\n" STICK "}\n", { NULL } },
	{ "rule a read-only {\nmedium-number T-0123\n}\n", { NULL } },
	{ "rule a read-only {\nfilesystem 12ab-34cd\n}\n", { NULL } },
	{ "rule a read-only {\nonly storage\npermit read\n}\n", { NULL } },
	{ "rule a read-only {\nonly storage\nmedium-number *\n}\n", { NULL } },
	{ "rule a allow {\nonly storage\nexception flood\n}\n",
	  { "4: rule 'a' opens storage of any kind and owner" } },
};

#define MYNUMBER "zone mynumber {\ncode required\n}\n" /* three lines */
#define KEY "kansa+1d3f8bbd+ASSUJah8+j67uE8+Pmffd9OfUSwW4sdF8KKI21sdOquA"

static const struct lint_case writing[] = {
	/* a permit to read is none to write */
	{ "rule a allow {\nonly storage\npermit read\n}\n",
	  { "6: rule 'a' lets be written with a permit to read" } },
	{ "rule a read-only {\nonly storage\npermit read\n}\n", { NULL } },
	{ "rule a read-only {\nonly storage\npermit write\n}\n", { NULL } },
	{ "rule a allow {\nonly storage\npermit write\n}\n", { NULL } },
	/* zone mynumber: encryption that somebody sees */
	{ MYNUMBER "rule a allow {\nonly storage\npermit write\n}\n",
	  { "9: rule 'a': in zone mynumber a permit opens here what nobody sees" } },
	{ "rule a allow {\nonly storage\npermit write\nzone mynumber lgwan\n}\n",
	  { "6: rule 'a': in zone mynumber a permit opens" } },
	{ MYNUMBER "rule a allow {\nonly storage\npermit write\nzone lgwan\n}\n", { NULL } },
	{ MYNUMBER "rule a allow {\nonly storage\npermit write\nmedium luks2\n}\n", { NULL } },
	{ MYNUMBER "rule a allow {\nonly storage\npermit write\nmedium luks2 plain\n}\n",
	  { "9: rule 'a': in zone mynumber" } },
	{ MYNUMBER "rule a allow {\nonly storage\npermit write\nmedium-number T-0123\n}\n",
	  { NULL } },
	{ MYNUMBER "rule a allow {\nonly storage\npermit write\nmedium-number *\n}\n",
	  { "9: rule 'a': in zone mynumber" } },
	{ MYNUMBER "rule a allow {\nonly storage\npermit write\nusb 0951:1666\n}\n", { NULL } },
	/* zone mynumber: writing that nobody approves */
	{ MYNUMBER "rule a allow {\n" STICK "}\n",
	  { "7: rule 'a' lets storage be written in zone mynumber" } },
	{ MYNUMBER "rule a allow {\nmedium-number *\n}\n",
	  { "7: rule 'a' lets storage be written in zone mynumber" } },
	{ MYNUMBER "rule a read-only {\n" STICK "}\n", { NULL } },
	{ MYNUMBER "rule a allow {\n" STICK "zone internet\n}\n", { NULL } },
	{ MYNUMBER "rule a allow {\n" STICK "exception disaster\n}\n", { NULL } },
	{ MYNUMBER "rule a allow {\nusb 04e6:5116\nonly smartcard\n}\n", { NULL } },
	{ "rule a allow {\n" STICK "}\n", { NULL } },
	/* what is to be recorded, and cannot be */
	{ "zone lgwan {\nrecord-files " KEY "\n}\nrule a read-only {\n" STICK "}\n",
	  { "5: zone lgwan: no rule lets anything be written" } },
	{ "zone lgwan {\nrecord-files " KEY "\n}\nrule a allow {\n" STICK "zone internet\n}\n",
	  { "5: zone lgwan: no rule lets anything be written" } },
	{ "zone lgwan {\nrecord-files " KEY "\n}\nrule a allow {\n" STICK "}\n", { NULL } },
	{ "zone lgwan {\nrecord-files " KEY "\n}\nrule a read-only {\npermit vendor\n}\n",
	  { NULL } },
};

static const struct lint_case serials[] = {
	{ "rule a allow {\nonly storage\nserial 12AB3\n}\n",
	  { "6: serial '12AB3' tells nothing apart" } },
	{ "rule a allow {\nserial 12AB37\n}\n", { NULL } },
	{ "rule a block {\nserial 1\n}\n", { NULL } },
	{ "rule a allow {\nserial FFFFFFFF\n}\n", { "5: serial 'FFFFFFFF' tells" } },
	{ "rule a allow {\nserial 123456789\n}\n", { "5: serial '123456789' tells" } },
	{ "rule a allow {\nserial 0123456789ABCDEF\n}\n", { "5: serial" } },
	{ "rule a allow {\nserial 0123456789abcdef\n}\n", { "5: serial" } },
	{ "rule a allow {\nserial 0123456789\n}\n", { "5: serial" } },
	{ "rule a allow {\nserial 12345678901234567890\n}\n", { "5: serial" } },
	{ "rule a allow {\nserial 123456788\n}\n", { NULL } },
	{ "rule a allow {\nserial 000000000001\n}\n", { "5: serial" } },
	{ "rule a allow {\nserial 000000000010\n}\n", { NULL } },
	{ "rule a allow {\nserial \"To be filled by O.E.M.\"\n}\n", { "5: serial" } },
	{ "rule a allow {\nserial 製造番号六文\n}\n", { NULL } },
	{ "rule a allow {\nserial 製造番号六\n}\n", { "5: serial" } },
	/* the same number twice */
	{ "rule a allow {\n" STICK "}\nrule b allow {\nusb 0952:0001\nserial 60A44C413FAE\n}\n",
	  { "11: serial '60A44C413FAE' also belongs to another model in rule 'a' (p:4)" } },
	{ "rule a allow {\n" STICK "}\nrule b block {\nusb 0952:0001\nserial 60A44C413FAE\n}\n",
	  { NULL } },
	{ "rule a allow {\n" STICK "zone lgwan\n}\nrule b read-only {\n" STICK "}\n",
	  { "12: serial '60A44C413FAE' stands in rule 'a' (p:4) too" } },
	{ "rule a allow {\n" STICK "zone lgwan\n}\nrule b read-only {\n" STICK "zone internet\n}\n",
	  { NULL } },
	{ "rule a allow {\n" STICK "}\nrule b read-only {\n" STICK "}\n",
	  { "9: rule 'b' never decides" } },
	/* nobody sits there twice, but one can be in two groups */
	{ "rule a allow {\n" STICK "user alice\n}\nrule b read-only {\n" STICK "user alice2\n}\n",
	  { "14: there is no user 'alice2'" } },
	{ "rule a allow {\n" STICK "group alice\n}\nrule b read-only {\n" STICK "group alice2\n}\n",
	  { "12: serial '60A44C413FAE' stands in rule 'a'", "14: there is no group 'alice2'" } },
	{ "rule a allow {\nserial 60A44C413FAE 60A44C413FAF\n}\nrule b allow {\nserial "
	  "60A44C413FB0\n}\n",
	  { NULL } },
};

static const struct lint_case ends[] = {
	{ "rule a allow {\n" STICK "until 2026-11-22\n}\n",
	  { "8: rule 'a' ended at 2026-11-22 23:59" } },
	{ "rule a allow {\n" STICK "until 2026-11-23T09:00\n}\n", { NULL } },
	{ "rule a allow {\nport 1-4\nuntil 2026-11-22\n}\n", { "6: rule 'a' ended" } },
	{ "zone lgwan {\nexempt e {\nuser alice\nreason x\nuntil 2026-11-22\n}\n}\n",
	  { "5: zone lgwan: exemption 'e' ended at 2026-11-22 23:59" } },
	{ "zone lgwan {\ncode none cron\ncode required login\n}\n",
	  { "5: zone lgwan: services without a line of their own" } },
	{ "zone lgwan {\ncode required\ncode optional i3lock swaylock {\none-answer 6\n}\n}\n",
	  { "6: zone lgwan: who has no token, and a password that ends in 6 digits, does not get "
	    "past 'i3lock'",
	    "6: zone lgwan: who has no token, and a password that ends in 6 digits, does not get "
	    "past 'swaylock'" } },
	{ "zone lgwan {\ncode optional\ncode required i3lock {\none-answer 6\n}\n}\n", { NULL } },
	{ "zone lgwan {\nexempt e {\nuser alice\nreason x\nuntil 2026-11-23\n}\n}\n", { NULL } },
	{ "zone lgwan {\nobserve {\nuntil 2026-11-22\n}\n}\n",
	  { "5: zone lgwan: observing ended at 2026-11-22 23:59" } },
	{ "zone lgwan {\nobserve {\nuntil 2026-11-23\n}\n}\n", { NULL } },
};

static const struct lint_case nobody[] = {
	{ "rule a allow {\nusb 0951:1666\nserial 60A44C413FAE\nbus sd\n}\n",
	  { "7: rule 'a' fits no device: 'usb' and 'bus' exclude each other" } },
	{ "rule a allow {\nusb 0951:1666\nserial 60A44C413FAE\nbus sd usb\n}\n", { NULL } },
	{ "rule a allow {\nbus usb\nsd-cid 035344534331364780123456789abcde\n}\n",
	  { "6: rule 'a' fits no device: 'bus' and 'sd-cid'" } },
	{ "rule a allow {\nbus sd\nsd-cid 035344534331364780123456789abcde\n}\n", { NULL } },
	{ "rule a allow {\nusb 0951:1666\nsd-cid 035344534331364780123456789abcde\n}\n",
	  { "6: rule 'a' fits no device" } },
	{ "rule a allow {\nonly printer\ninterface storage\n}\n",
	  { "6: rule 'a' fits no device" } },
	{ "rule a allow {\nonly printer audio\ninterface audio\n}\n", { NULL } },
	{ "rule a allow {\nonly printer\nmedium luks2\n}\n", { "6: rule 'a' fits no device" } },
	{ "rule a allow {\nonly printer\npermit write\n}\n", { "6: rule 'a' fits no device" } },
	{ "rule a allow {\nonly printer\nmedium-number *\n}\n", { "6: rule 'a' fits no device" } },
	{ "rule a allow {\nonly printer\nhours 09:00-10:00\nweekdays sun\n}\n", { NULL } },
	{ "rule a allow {\nonly printer\nuser alice\n}\n", { NULL } },
	{ "rule a allow {\nonly printer\nuser alice bob\n}\nrule b allow {\nonly audio\nuser "
	  "bob\n}\n",
	  { "6: there is no user 'bob' here" } },
	{ "rule a allow {\nonly printer\ngroup zei\n}\n", { "6: there is no group 'zei' here" } },
	{ "rule a allow {\nonly printer\ngroup alice\n}\n", { NULL } },
	{ "zone lgwan {\nexempt e {\nuser bob\nreason x\nuntil 2026-12-31\n}\n}\n",
	  { "5: zone lgwan: exemption 'e' is for user 'bob', who is not here" } },
};

/* Beside them a mouse is plugged in, and a stick that also types. */
static const struct lint_case keyboards[] = {
	{ "rule a block {\nbus usb\n}\n", { "4: rule 'a' takes every USB keyboard away" } },
	{ "rule a block {\ninterface keyboard\nzone lgwan\n}\n",
	  { "4: rule 'a' takes every USB keyboard" } },
	{ "rule a read-only {\ninterface keyboard\n}\n",
	  { "4: rule 'a' takes every USB keyboard" } },
	{ "rule a block {\nonly hub\n}\n", { "4: rule 'a' takes every USB hub" } },
	{ "rule a block {\nconnect hotplug\n}\n", { "4: rule 'a' takes every USB keyboard" } },
	{ "rule a allow {\nonly keyboard hub mouse\n}\nrule b block {\nbus usb\n}\n", { NULL } },
	{ "rule a allow {\nonly keyboard hub mouse\nhours 09:00-10:00\n}\nrule b block {\nbus "
	  "usb\n}\n",
	  { "8: rule 'b' takes every USB keyboard" } },
	{ "rule a block {\nbus usb\nuntil 2026-11-22\n}\n", { "6: rule 'a' ended" } },
	{ "rule a block {\nonly storage\n}\n", { NULL } },
	{ "rule a block {\nbus sd\n}\n", { NULL } },
	{ "rule a block {\nonly keyboard\nusb 046d:c31c\n}\n", { NULL } },
	{ "rule a block {\nonly keyboard\nusb 0000:0000\n}\n", { NULL } },
	{ "rule a block {\ninterface mouse\n}\n",
	  { "4: rule 'a' takes away what is in use here: 046d:c077 at port 1-2 (mouse)" } },
	{ "rule a block {\nport 1-2\n}\n",
	  { "4: rule 'a' takes away what is in use here: 046d:c077" } },
	{ "rule a block {\nport 1-3\n}\n", { NULL } },
	{ "rule a block {\nusb 046d:*\n}\n", { "4: rule 'a' takes away what is in use here" } },
	{ "rule a allow {\nusb 046d:c077\nonly mouse\n}\nrule b block {\nusb 046d:*\n}\n",
	  { NULL } },
};

static void lint_text(const char *text, const struct policy_lint_options *options,
		      struct diags *diags)
{
	cleanup_policy struct policy *policy = policy_of(text);

	policy_lint(policy, "p", options, diags);
}

static void check_case(const struct lint_case *c, size_t i)
{
	cleanup_diags struct diags diags = { 0 };
	cleanup_free char *text = NULL;
	struct policy_device devices[2];
	struct policy_circumstances at;
	const struct policy_lint_options options = { .now = policy_minute_of(2026, 11, 23, 9, 0),
						     .devices = devices,
						     .n_devices = N_ELEMENTS(devices),
						     .user_exists = knows_alice,
						     .group_exists = knows_alice };
	size_t n = 0;

	record_of("vid 046d;pid c077;port 1-2;connect hotplug;interfaces 0:mouse", &devices[0],
		  &at);
	record_of("vid 0951;pid 1666;port 1-3;interfaces 0:storage 1:keyboard", &devices[1], &at);
	cr_assert(asprintf(&text, "%s%s", HEAD, c->text) > 0);
	lint_text(text, &options, &diags);
	cr_expect_eq(diags.n_errors, 0);
	for (; n < WARNINGS_MAX && c->warnings[n] && n < diags.n; n++) {
		cleanup_free char *said = NULL;

		cr_assert(asprintf(&said, "%u: %s", diags.list[n].line, diags.list[n].text) > 0);
		cr_expect(strncmp(said, c->warnings[n], strlen(c->warnings[n])) == 0,
			  "case %zu: %s", i, said);
		cr_expect(strstr(said, "; remedy: "), "case %zu: %s", i, said);
		cr_expect_str_eq(diags.list[n].file, "p");
		cr_expect_eq(diags.list[n].severity, DIAG_WARNING);
	}
	cr_expect(n == diags.n && (n == WARNINGS_MAX || !c->warnings[n]),
		  "case %zu: %zu warnings; %s", i, diags.n, diags.n > n ? diags.list[n].text : "");
}

static void check_cases(const struct lint_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_case(&cases[i], i);
}

Test(policy_lint, rules_that_never_decide)
{
	check_cases(reach, N_ELEMENTS(reach));
}

Test(policy_lint, rules_that_open_too_much)
{
	check_cases(breadth, N_ELEMENTS(breadth));
}

Test(policy_lint, what_may_be_written)
{
	check_cases(writing, N_ELEMENTS(writing));
}

Test(policy_lint, serial_numbers_that_tell_nothing_apart)
{
	check_cases(serials, N_ELEMENTS(serials));
}

Test(policy_lint, what_has_ended)
{
	check_cases(ends, N_ELEMENTS(ends));
}

Test(policy_lint, rules_that_fit_nobody)
{
	check_cases(nobody, N_ELEMENTS(nobody));
}

Test(policy_lint, rules_that_take_the_keyboard)
{
	check_cases(keyboards, N_ELEMENTS(keyboards));
}

Test(policy_lint, the_end_of_the_policy)
{
	static const struct {
		const char *text;
		const char *warning;
	} heads[] = {
		{ "", "the policy has no end" },
		{ "policy p {\nversion 1\n}\n", "the policy has no end" },
		{ "policy p {\nexpires 2026-11-22\n}\n", "the policy ended at 2026-11-22 23:59" },
		{ "policy p {\nexpires 2026-11-23\n}\n",
		  "the policy ends soon, at 2026-11-23 23:59" },
		{ "policy p {\nexpires 2026-12-22\n}\n", "the policy ends soon" },
		{ "policy p {\nexpires 2026-12-23\n}\n", NULL },
	};
	const struct policy_lint_options options = { .now = policy_minute_of(2026, 11, 23, 9, 0) };

	for (size_t i = 0; i < N_ELEMENTS(heads); i++) {
		cleanup_diags struct diags diags = { 0 };

		lint_text(heads[i].text, &options, &diags);
		cr_expect_eq(diags.n, heads[i].warning != NULL, "case %zu", i);
		if (diags.n > 0 && heads[i].warning)
			cr_expect(strncmp(diags.list[0].text, heads[i].warning,
					  strlen(heads[i].warning)) == 0,
				  "case %zu: %s", i, diags.list[0].text);
	}
}

/* Nobody is asked, and nothing is plugged in. */
Test(policy_lint, without_callbacks_names_are_not_judged)
{
	cleanup_diags struct diags diags = { 0 };
	const struct policy_lint_options options = { .now = policy_minute_of(2026, 11, 23, 9, 0) };

	lint_text(HEAD "rule a allow {\nonly printer\nuser bob\ngroup zei\n}\n", &options, &diags);
	cr_expect_eq(diags.n, 0);
}

static int get_include(void *ctx, const char *name, char **ret_text, size_t *ret_len,
		       struct err *err)
{
	(void)ctx;
	(void)name;
	(void)err;
	*ret_text = strdup("# media\nrule b allow {\nonly printer\nzone lgwan\n}\n");
	*ret_len = strlen(*ret_text);
	return 0;
}

Test(policy_lint, names_the_file_of_the_rule)
{
	static const char text[] = HEAD "rule a allow {\nonly printer\n}\ninclude media\n";
	cleanup_policy struct policy *policy = NULL;
	cleanup_diags struct diags diags = { 0 };
	const struct policy_lint_options options = { .now = policy_minute_of(2026, 11, 23, 9, 0) };

	cr_assert_eq(policy_load(&(struct policy_source){ .file = "p",
							  .text = text,
							  .len = strlen(text),
							  .include = get_include },
				 &policy, &diags),
		     0);
	policy_lint(policy, "p", &options, &diags);
	cr_assert_eq(diags.n, 1);
	cr_expect_str_eq(diags.list[0].file, "media");
	cr_expect_eq(diags.list[0].line, 2);
	cr_expect(strstr(diags.list[0].text, "(p:4)"), "%s", diags.list[0].text);
}

/* A city's ledger: quadratic would be hours. */
Test(policy_lint, a_hundred_thousand_rules_take_seconds)
{
	const struct policy_lint_options options = { .now = policy_minute_of(2026, 11, 23, 9, 0) };
	cleanup_diags struct diags diags = { 0 };
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct timespec begin, end;

	(void)fputs(HEAD, out);
	for (unsigned int i = 0; i < 100000; i++)
		(void)fprintf(out,
			      "rule r%u read-only {\nusb 0951:1666\nserial 60A44C%06X\n"
			      "only storage\nuser u%u\n}\n",
			      i, i * 7u, i % 100);
	(void)fputs("rule last block {\nusb 0951:1666\nserial 60A44C000007\nonly storage\n"
		    "user u1\n}\n",
		    out);
	cr_assert_eq(fclose(out), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	lint_text(text, &options, &diags);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	cr_expect_lt(end.tv_sec - begin.tv_sec, 20);
	cr_assert_eq(diags.n, 1);
	cr_expect(strstr(diags.list[0].text, "rule 'last' never decides: rule 'r1' "), "%s",
		  diags.list[0].text);
}
