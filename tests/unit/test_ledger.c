/* SPDX-License-Identifier: Apache-2.0 */

#include "core/err.h"
#include "ledger/ledger.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                       \
	"register city {\n    version 7\n    expires 2027-03-31\n}\n"                              \
	"section tax {\n    name \"税務課\"\n    approver sato ito\n}\n"
#define STICK                                                                                      \
	"medium T-0123 {\n    kind usb-stick\n    usb 0951:1666\n    serial 60A44C413FAE\n"        \
	"    section tax\n    zone mynumber\n    classification 3A 2 2\n"                          \
	"    encryption luks2\n}\n"
#define EVENT(number, act, id, at, more)                                                           \
	"event " number " " act " {\n    id " id "\n    at " at "\n    by suzuki\n" more "}\n"

static struct ledger *loaded(const char *text, const struct ledger *base)
{
	struct ledger *ledger = NULL;
	struct diags diags = { 0 };
	struct err err = { 0 };

	(void)ledger_load("r", text, strlen(text), base, &ledger, &diags);
	(void)diags_to_err(&diags, &err);
	cr_assert_not_null(ledger, "%s", err.text);
	diags_done(&diags);
	return ledger;
}

static void refused_for(const struct ledger *base, const char *text, const char *why)
{
	struct ledger *ledger = NULL;
	struct diags diags = { 0 };
	struct err err = { 0 };

	cr_assert_lt(ledger_load("r", text, strlen(text), base, &ledger, &diags), 0, "%s", why);
	(void)diags_to_err(&diags, &err);
	cr_assert_not_null(strstr(err.text, why), "'%s' is not in: %s", why, err.text);
	diags_done(&diags);
}

static void refused(const char *text, const char *why)
{
	refused_for(NULL, text, why);
}

static struct ledger *merged(const struct ledger *base, const char *supplement)
{
	cleanup_ledger struct ledger *more = loaded(supplement, base);
	struct ledger *both = NULL;
	struct err err = { 0 };

	cr_assert_eq(ledger_merge(base, more, &both, &err), 0, "%s", err.text);
	return both;
}

static struct policy_device stick(const char *serial)
{
	struct policy_device device = { .bus = BUS_USB, .vid = 0x0951, .pid = 0x1666 };

	(void)snprintf(device.serial, sizeof(device.serial), "%s", serial);
	return device;
}

Test(ledger, reads_what_it_writes)
{
	cleanup_ledger struct ledger *first =
		loaded(HEAD STICK EVENT("T-0123", "lend", "T-1/3", "2026-11-20T09:00",
					"    to sato\n    due 2026-12-28\n"),
		       NULL);
	cleanup_ledger struct ledger *second = NULL;
	char *a = NULL, *b = NULL;
	size_t a_len, b_len;
	FILE *out = open_memstream(&a, &a_len);

	cr_assert_eq(ledger_print(first, out), 0);
	(void)fclose(out);
	second = loaded(a, NULL);
	out = open_memstream(&b, &b_len);
	cr_assert_eq(ledger_print(second, out), 0);
	(void)fclose(out);
	cr_assert_str_eq(a, b);
	cr_assert_eq(second->version, 7);
	cr_assert_eq(ledger_medium(second, "T-0123")->state, LEDGER_LENT);
	cr_assert_str_eq(ledger_medium(second, "T-0123")->holder, "sato");
	cr_assert(ledger_may_approve(second, "tax", "ito"));
	cr_assert_not(ledger_may_approve(second, "tax", "suzuki"));
	cr_assert_not(ledger_may_approve(second, "welfare", "ito"));
	free(a);
	free(b);
}

Test(ledger, says_what_is_wrong_and_where)
{
	refused(HEAD STICK STICK, "r:18:8: medium 'T-0123' stands twice");
	refused(STICK, "there is no section 'tax'");
	refused(HEAD EVENT("T-9", "lost", "T-1/1", "2026-11-20", ""), "there is no medium 'T-9'");
	refused(HEAD STICK EVENT("T-0123", "return", "T-1/1", "2026-11-20", ""),
		"'return' cannot be for a medium that is 'registered'");
	refused(HEAD STICK EVENT("T-0123", "lend", "T-1/1", "2026-11-20", ""), "nobody has it");
	refused(HEAD STICK EVENT("T-0123", "lost", "T-1/1", "2026-11-20", "")
			EVENT("T-0123", "found", "T-1/1", "2026-11-21", ""),
		"event 'T-1/1' stands twice");
	refused(HEAD "medium A {\n    section tax\n    zone lgwan\n}\n",
		"cannot be told from others");
	refused(HEAD "medium A {\n    section tax\n    zone moon\n    sd-cid zz\n}\n",
		"'moon' is no zone");
}

Test(ledger, knows_a_medium_again)
{
	cleanup_ledger struct ledger *ledger =
		loaded(HEAD STICK "medium S-1 {\n    kind sd-card\n    filesystem ABCD-1234\n"
				  "    section tax\n    zone lgwan\n}\n"
				  "medium T-2 {\n    usb 0951:1666\n    serial TWO00001\n"
				  "    filesystem 11-22\n    section tax\n    zone lgwan\n}\n",
		       NULL);
	const struct ledger_medium *medium = NULL;
	struct policy_device device = stick("60A44C413FAE");

	cr_assert_eq(ledger_identify(ledger, &device, &medium), LEDGER_IDENTIFIED);
	cr_assert_str_eq(medium->number, "T-0123");
	device = stick("another");
	cr_assert_eq(ledger_identify(ledger, &device, &medium), LEDGER_UNDECIDED);
	device.medium = MEDIUM_PLAIN;
	cr_assert_eq(ledger_identify(ledger, &device, &medium), LEDGER_UNKNOWN);
	strcpy(device.filesystem, "abcd-1234");
	cr_assert_eq(ledger_identify(ledger, &device, &medium), LEDGER_IDENTIFIED);
	device = stick("TWO00001");
	cr_assert_eq(ledger_identify(ledger, &device, &medium), LEDGER_UNDECIDED);
	device.medium = MEDIUM_PLAIN;
	cr_assert_eq(ledger_identify(ledger, &device, &medium), LEDGER_MISMATCH);
	strcpy(device.filesystem, "11-22");
	cr_assert_eq(ledger_identify(ledger, &device, &medium), LEDGER_IDENTIFIED);
	device = stick("60A44C413FAE");
	device.medium = MEDIUM_PLAIN;
	strcpy(device.filesystem, "11-22");
	cr_assert_eq(ledger_identify(ledger, &device, &medium), LEDGER_AMBIGUOUS);
}

Test(ledger, merges_to_the_stricter_state)
{
	cleanup_ledger struct ledger *base =
		loaded(HEAD STICK EVENT("T-0123", "lend", "T-1/3", "2026-11-20T09:00",
					"    to sato\n"),
		       NULL);
	cleanup_ledger struct ledger *lost =
		merged(base, EVENT("T-0123", "lost", "T-2/5", "2026-11-21", ""));
	cleanup_ledger struct ledger *again =
		merged(lost, EVENT("T-0123", "lost", "T-2/5", "2026-11-21", ""));
	cleanup_ledger struct ledger *back =
		merged(lost, EVENT("T-0123", "return", "T-3/1", "2026-11-22", ""));
	cleanup_ledger struct ledger *found =
		merged(lost, EVENT("T-0123", "found", "T-3/1", "2026-11-22", ""));
	cleanup_ledger struct ledger *before =
		merged(lost, EVENT("T-0123", "found", "T-3/1", "2026-11-20T10:00", ""));

	cr_assert_eq(ledger_medium(lost, "T-0123")->state, LEDGER_LOST);
	cr_assert_str_eq(ledger_refusal(ledger_medium(lost, "T-0123"), ZONE_MYNUMBER),
			 "lost_media");
	cr_assert_eq(again->n_events, lost->n_events);
	cr_assert_eq(ledger_medium(back, "T-0123")->state, LEDGER_LOST);
	cr_assert_eq(ledger_medium(found, "T-0123")->state, LEDGER_REGISTERED);
	cr_assert_eq(ledger_medium(before, "T-0123")->state, LEDGER_LOST);
	cr_assert_null(ledger_refusal(ledger_medium(found, "T-0123"), ZONE_MYNUMBER));
	cr_assert_str_eq(ledger_refusal(ledger_medium(found, "T-0123"), ZONE_LGWAN),
			 "zone_mismatch");
}

/* Of what must be unlocked first, what is on it counts only then. */
Test(ledger, is_the_same_before_and_after_it_is_unlocked)
{
	cleanup_ledger struct ledger *ledger =
		loaded(HEAD "medium T-3 {\n    usb 0951:1666\n    serial LOCKED01\n"
			    "    unlocked 0951:1667 OPEN0001\n    filesystem 11-22\n"
			    "    section tax\n    zone lgwan\n}\n"
			    "medium T-4 {\n    usb 0951:1666\n    filesystem 33-44\n"
			    "    section tax\n    zone lgwan\n}\n",
		       NULL);
	const struct ledger_medium *medium = NULL;
	struct policy_device device = stick("LOCKED01");

	device.medium = MEDIUM_PLAIN;
	strcpy(device.filesystem, "2026-01-01");
	cr_expect_eq(ledger_identify(ledger, &device, &medium), LEDGER_IDENTIFIED);
	strcpy(device.serial, "OPEN0001");
	device.pid = 0x1667;
	cr_expect_eq(ledger_identify(ledger, &device, &medium), LEDGER_MISMATCH);
	cr_assert_not_null(medium);
	cr_expect_str_eq(medium->number, "T-3");
	strcpy(device.filesystem, "11-22");
	cr_expect_eq(ledger_identify(ledger, &device, &medium), LEDGER_IDENTIFIED);
	strcpy(device.filesystem, "33-44");
	strcpy(device.serial, "another");
	cr_expect_eq(ledger_identify(ledger, &device, &medium), LEDGER_MISMATCH,
		     "what is on T-4 is on another model");
	device.pid = 0x1666;
	cr_expect_eq(ledger_identify(ledger, &device, &medium), LEDGER_IDENTIFIED);
	device = stick("another");
	device.classes = CLASS_KEYBOARD;
	cr_expect_eq(ledger_identify(ledger, &device, &medium), LEDGER_UNKNOWN);
}

/* One terminal contradicts itself; two do not know of each other. */
Test(ledger, two_terminals_may_contradict_each_other)
{
	cleanup_ledger struct ledger *ledger =
		loaded(HEAD STICK EVENT("T-0123", "lend", "T-1/1", "2026-11-20", "    to sato\n")
			       EVENT("T-0123", "lend", "T-2/1", "2026-11-21", "    to ito\n"),
		       NULL);

	cr_expect_str_eq(ledger_medium(ledger, "T-0123")->holder, "ito");
	refused(HEAD STICK EVENT("T-0123", "lend", "T-1/1", "2026-11-20", "    to sato\n")
			EVENT("T-0123", "lend", "T-1/2", "2026-11-21", "    to ito\n"),
		"'lend' cannot be for a medium that is 'lent'");
}

/* A later find of another terminal ends the loss that it knew of, and no other. */
Test(ledger, a_loss_is_ended_by_who_knew_of_it)
{
	cleanup_ledger struct ledger *base =
		loaded(HEAD STICK EVENT("T-0123", "lost", "T-2/1", "2026-11-20", "")
			       EVENT("T-0123", "found", "T-2/2", "2026-11-25", ""),
		       NULL);
	cleanup_ledger struct ledger *both =
		merged(base, EVENT("T-0123", "lost", "T-1/7", "2026-11-21", ""));
	cleanup_ledger struct ledger *ended =
		merged(both,
		       EVENT("T-0123", "found", "T-1/8", "2026-11-26", "    answers T-1/7\n"));

	cr_expect_eq(ledger_medium(base, "T-0123")->state, LEDGER_REGISTERED);
	cr_expect_str_eq(base->events[1].answers, "T-2/1");
	cr_expect_eq(ledger_medium(both, "T-0123")->state, LEDGER_LOST);
	cr_expect_eq(ledger_medium(ended, "T-0123")->state, LEDGER_REGISTERED);
}

Test(ledger, a_supplement_fits_its_register)
{
	cleanup_ledger struct ledger *base = loaded(HEAD STICK, NULL);
	cleanup_ledger struct ledger *same = loaded(STICK, base);

	cr_expect_eq(same->n_media, 1, "the register has taken it up meanwhile");
	refused_for(base, HEAD, "a supplement has no head");
	refused_for(base, EVENT("T-9", "lost", "T-1/1", "2026-11-20", ""),
		    "there is no medium 'T-9'");
	refused_for(base,
		    "medium T-2 {\n    usb 0951:1666\n    serial 60A44C413FAE\n    section tax\n"
		    "    zone lgwan\n}\n",
		    "another medium has '60A44C413FAE'");
}
