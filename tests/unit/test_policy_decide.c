/* SPDX-License-Identifier: Apache-2.0 */

/* Which rule decides, for one interface of a device. */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "policy/policy.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static const char text[] = "rule bad-batch block {\n\tusb 0951:1666\n\tserial STOLEN\n}\n"
			   "rule tax-stick read-only {\n\tusb 0951:1666 0951:1667\n"
			   "\tserial 60A44C413FAE\n\tonly storage\n}\n"
			   "rule office-keyboards allow {\n\tinterface keyboard mouse\n"
			   "\tusb 046d:c31c\n}\n"
			   "rule it-stick allow {\n\tusb 1111:2222\n}\n"
			   "rule phones read-only {\n\tinterface phone\n}\n"
			   "rule shadowed allow {\n\tusb 0951:1666\n\tserial STOLEN\n}\n";

/* One line: the device's interfaces and which one is judged. */
static const struct {
	uint16_t vid, pid;
	const char *serial;
	uint32_t classes[3];
	size_t index;
	enum verdict verdict;
	const char *rule;
} cases[] = {
	{ 0x0951, 0x1666, "60A44C413FAE", { CLASS_STORAGE }, 0, VERDICT_READ_ONLY, "tax-stick" },
	{ 0x0951, 0x1667, "60A44C413FAE", { CLASS_STORAGE }, 0, VERDICT_READ_ONLY, "tax-stick" },
	{ 0x0951, 0x1666, "60a44c413fae", { CLASS_STORAGE }, 0, VERDICT_BLOCK, NULL },
	{ 0x0951, 0x1666, "60A44C413FAE0", { CLASS_STORAGE }, 0, VERDICT_BLOCK, NULL },
	{ 0x0951, 0x1666, "", { CLASS_STORAGE }, 0, VERDICT_BLOCK, NULL },
	{ 0x0951, 0x1668, "60A44C413FAE", { CLASS_STORAGE }, 0, VERDICT_BLOCK, NULL },
	/* not only storage: a hidden keyboard takes the stick with it */
	{ 0x0951,
	  0x1666,
	  "60A44C413FAE",
	  { CLASS_STORAGE, CLASS_KEYBOARD },
	  0,
	  VERDICT_BLOCK,
	  NULL },
	{ 0x0951, 0x1666, "60A44C413FAE", { CLASS_NONE }, 0, VERDICT_BLOCK, NULL },
	/* the first match wins */
	{ 0x0951, 0x1666, "STOLEN", { CLASS_STORAGE }, 0, VERDICT_BLOCK, "bad-batch" },
	/* each interface of a composite by its own class */
	{ 0x046d,
	  0xc31c,
	  "",
	  { CLASS_KEYBOARD, CLASS_STORAGE },
	  0,
	  VERDICT_ALLOW,
	  "office-keyboards" },
	{ 0x046d, 0xc31c, "", { CLASS_KEYBOARD, CLASS_STORAGE }, 1, VERDICT_BLOCK, NULL },
	/* an interface whose other setting is something else is not a keyboard */
	{ 0x046d, 0xc31c, "", { CLASS_KEYBOARD | CLASS_STORAGE }, 0, VERDICT_BLOCK, NULL },
	/* no class condition: every interface */
	{ 0x1111, 0x2222, "", { CLASS_VENDOR, CLASS_STORAGE }, 1, VERDICT_ALLOW, "it-stick" },
	/* there is no read-only phone */
	{ 0x3333, 0x0001, "", { CLASS_PHONE }, 0, VERDICT_BLOCK, "phones" },
	/* an interface that is not there */
	{ 0x1111, 0x2222, "", { CLASS_STORAGE }, 1, VERDICT_BLOCK, NULL },
	{ 0x1111, 0x2222, "", { CLASS_STORAGE }, SIZE_MAX, VERDICT_BLOCK, NULL },
};

static struct policy_device device_of(size_t c)
{
	struct policy_device device = { .vid = cases[c].vid, .pid = cases[c].pid };

	(void)snprintf(device.serial, sizeof(device.serial), "%s", cases[c].serial);
	for (size_t i = 0; i < N_ELEMENTS(cases[c].classes); i++) {
		if (i > 0 && cases[c].classes[i] == 0)
			break;
		device.interfaces[i] = (struct policy_interface){
			.number = (uint8_t)i,
			.classes = cases[c].classes[i],
		};
		device.classes |= cases[c].classes[i];
		device.n_interfaces++;
	}
	return device;
}

Test(policy_decide, first_match)
{
	cleanup_policy struct policy *policy = NULL;
	struct err err = { 0 };

	cr_assert_eq(policy_load("t", text, strlen(text), &policy, &err), 0, "%s", err.text);
	for (size_t c = 0; c < N_ELEMENTS(cases); c++) {
		struct policy_device device = device_of(c);
		const struct policy_rule *rule = NULL;
		enum verdict verdict = policy_decide(policy, &device, cases[c].index, &rule);

		cr_expect_eq(verdict, cases[c].verdict, "case %zu: %s", c, verdict_name(verdict));
		if (cases[c].rule)
			cr_expect(rule && strcmp(rule->id, cases[c].rule) == 0, "case %zu: rule",
				  c);
		else
			cr_expect_null(rule, "case %zu: %s", c, rule ? rule->id : "");
	}
}

Test(policy_decide, no_policy_blocks)
{
	struct policy_device device = device_of(0);
	const struct policy_rule *rule;

	cr_expect_eq(policy_decide(NULL, &device, 0, &rule), VERDICT_BLOCK);
	cr_expect_null(rule);
}

Test(policy_decide, code_need)
{
	static const char zones[] = "zone lgwan {\n\tcode required\n\tcode none cron atd\n}\n"
				    "zone internet {\n\tcode none cron\n}\n";
	static const struct {
		enum zone zone;
		const char *service;
		enum code_need need;
	} needs[] = {
		{ ZONE_MYNUMBER, "login", CODE_REQUIRED },
		{ ZONE_UNASSIGNED, "login", CODE_NONE },
		{ ZONE_LGWAN, "login", CODE_REQUIRED },
		{ ZONE_LGWAN, "cron", CODE_NONE },
		{ ZONE_LGWAN, "atd", CODE_NONE },
		{ ZONE_LGWAN, "cro", CODE_REQUIRED },
		{ ZONE_INTERNET, "cron", CODE_NONE },
		{ ZONE_INTERNET, "sshd", CODE_OPTIONAL },
		{ (enum zone)ZONES, "login", CODE_REQUIRED },
	};
	cleanup_policy struct policy *policy = NULL;
	struct err err = { 0 };

	cr_assert_eq(policy_load("t", zones, strlen(zones), &policy, &err), 0, "%s", err.text);
	for (size_t i = 0; i < N_ELEMENTS(needs); i++)
		cr_expect_eq(policy_code_need(policy, needs[i].zone, needs[i].service),
			     needs[i].need, "case %zu", i);
	cr_expect_eq(policy_code_need(NULL, ZONE_UNASSIGNED, "login"), CODE_REQUIRED);
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
