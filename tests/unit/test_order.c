/* SPDX-License-Identifier: Apache-2.0 */

/* Zone orders: who signed, counted and named within bounds. */

#include <criterion/criterion.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "policy/order.h"

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define TEXT "order T-1 {\n}\n"

/* A person with a name as long as names may be, and a signature. */
static void add_person(struct order *order, struct note *note, unsigned int number)
{
	struct order_signer *signer = &order->signers[order->n_signers++];
	struct note_signature *signature = &note->signatures[note->n_signatures++];
	unsigned char seed[crypto_sign_SEEDBYTES] = { (unsigned char)number };
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	struct err err = { 0 };

	memset(signer->person, 'a' + (int)number, sizeof(signer->person) - 1);
	signer->may_sign_orders = true;
	(void)crypto_sign_seed_keypair(public, secret, seed);
	cr_assert_eq(note_key_init(&signer->key, "k", public, &err), 0);
	strcpy(signature->name, "k");
	memcpy(signature->key_id, signer->key.id, sizeof(signature->key_id));
	(void)crypto_sign_detached(signature->bytes, NULL, (const unsigned char *)note->text,
				   note->text_len, secret);
}

Test(order, many_long_names_stay_within_bounds)
{
	static struct order order;
	static struct note note = { .text = TEXT, .text_len = sizeof(TEXT) - 1 };
	struct {
		char people[ERR_TEXT_MAX];
		char behind[1024];
	} out;
	struct err err = { 0 };

	memset(&out, '#', sizeof(out));
	for (unsigned int i = 0; i < ORDER_SIGNERS_MAX; i++)
		add_person(&order, &note, i);
	cr_assert_eq(order_check_signatures(&note, &order, out.people, &err), 0, "%s", err.text);
	cr_expect_lt(strnlen(out.people, sizeof(out.people)), sizeof(out.people));
	for (size_t i = 0; i < sizeof(out.behind); i++)
		cr_assert_eq(out.behind[i], '#', "byte %zu behind the names was written", i);
}

static char keys[3][NOTE_VKEY_MAX];

static void make_keys(void)
{
	for (unsigned int i = 0; i < 3; i++) {
		unsigned char seed[crypto_sign_SEEDBYTES] = { (unsigned char)(i + 1) };
		unsigned char public[crypto_sign_PUBLICKEYBYTES];
		unsigned char secret[crypto_sign_SECRETKEYBYTES];
		struct note_key key;
		struct err err = { 0 };

		(void)crypto_sign_seed_keypair(public, secret, seed);
		cr_assert_eq(note_key_init(&key, i == 2 ? "other" : "k", public, &err), 0);
		note_key_format(&key, keys[i]);
	}
}

static int load(const char *lines)
{
	cleanup_diags struct diags diags = { 0 };
	struct order order;
	char whole[4096];

	(void)snprintf(whole, sizeof(whole), "order T-1 {\nnumber 1\nzone lgwan\n%s}\n", lines);
	return order_load("order", whole, strlen(whole), &order, &diags);
}

Test(order, who_stands_there_twice)
{
	static const struct {
		const char *one, *other; /* persons */
		int key;                 /* of the other one; the first has key 0 */
		int code;
	} cases[] = {
		{ "suzuki", "tanaka", 1, 0 },        { "suzuki", "suzuki", 1, -EINVAL },
		{ "suzuki", "Suzuki", 1, -EINVAL },  { "suzuki", "tanaka", 0, -EINVAL },
		{ "suzuki", "suzuki2", 1, 0 },       { "", "tanaka", 1, -EINVAL },
		{ "suzuki", "tana ka", 1, -EINVAL },
	};

	make_keys();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char lines[2048];

		(void)snprintf(lines, sizeof(lines),
			       "signer \"%s\" %s order\nsigner \"%s\" %s policy order\n",
			       cases[i].one, keys[0], cases[i].other, keys[cases[i].key]);
		cr_expect_eq(load(lines), cases[i].code, "%s and %s", cases[i].one, cases[i].other);
	}
}

Test(order, what_is_no_order)
{
	static const char *const broken[] = {
		"",                                  /* a terminal that could never move again */
		"number 2\n",                        /* twice */
		"zone internet\n",                   /* twice */
		"version 1\n",                       /* a policy's word */
		"rule a allow {\nonly storage\n}\n", /* a policy's rule */
		"user\n",                            /* nobody */
		"user sa\u200bto\n",                 /* unseen */
		"reason \"\u202etfel\"\n",           /* turned round */
		"valid-until never\n",
	};
	static const char *const whole[] = {
		"",
		"order T-1 {\r\n}\r\n",
		"policy city {\nversion 1\n}\n",
		"zone internet {\ncode none\n}\n",
		"order T-1 {\nnumber 9007199254740993\nzone lgwan\n}\n",
		"order T-1 {\nnumber 18446744073709551617\nzone lgwan\n}\n",
		"order T-1 {\nnumber 0\nzone lgwan\n}\n",
		"order T-1 {\nnumber -1\nzone lgwan\n}\n",
		"order T-1 {\nnumber 1\nzone unassigned\n}\n",
		"order ../T-1 {\nnumber 1\nzone lgwan\n}\n",
		"order T-1 {\nnumber 1\nzone lgwan\n}\norder T-2 {\n}\n",
	};
	char signers[1024];

	make_keys();
	(void)snprintf(signers, sizeof(signers), "signer a %s order\nsigner b %s order\n", keys[0],
		       keys[1]);
	cr_assert_eq(load(signers), 0);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		char lines[2048];

		(void)snprintf(lines, sizeof(lines), "%s%s", i == 0 ? "" : signers, broken[i]);
		cr_expect_lt(load(lines), 0, "%s", broken[i]);
	}
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		cleanup_diags struct diags diags = { 0 };
		struct order order;

		cr_expect_lt(order_load("order", whole[i], strlen(whole[i]), &order, &diags), 0,
			     "%s", whole[i]);
	}
}

Test(order, users_are_at_most_so_many)
{
	char lines[4096];
	size_t used;

	make_keys();
	used = (size_t)snprintf(lines, sizeof(lines), "signer a %s order\nsigner b %s order\n",
				keys[0], keys[1]);
	for (unsigned int i = 0; i < ORDER_USERS_MAX; i++)
		used += (size_t)snprintf(lines + used, sizeof(lines) - used, "user u%u\n", i);
	cr_expect_eq(load(lines), 0);
	(void)snprintf(lines + used, sizeof(lines) - used, "user one-more\n");
	cr_expect_eq(load(lines), -E2BIG);
}

Test(order, the_stricter_zone)
{
	static const enum zone order[] = { ZONE_MYNUMBER, ZONE_UNASSIGNED, ZONE_LGWAN,
					   ZONE_INTERNET };

	for (size_t i = 0; i < ZONES; i++) {
		for (size_t j = 0; j < ZONES; j++)
			cr_expect_eq(zone_stricter(order[i], order[j]), order[i < j ? i : j]);
	}
}

Test(order, one_person_is_not_two)
{
	static struct order order;
	static struct note note = { .text = TEXT, .text_len = sizeof(TEXT) - 1 };
	char people[ERR_TEXT_MAX];
	struct err err = { 0 };

	add_person(&order, &note, 0);
	note.signatures[note.n_signatures++] = note.signatures[0];
	cr_expect_lt(order_check_signatures(&note, &order, people, &err), 0);
	cr_expect_str_eq(people, order.signers[0].person);
}

/* One right each: a signature counts for what its order says, and for nothing else. */
Test(order, a_right_is_for_one_kind_of_text)
{
	static struct note note = { .text = TEXT, .text_len = sizeof(TEXT) - 1 };
	static struct order order;
	static struct order read;
	static const char *const rights[] = { "policy", "order", "register", "permit" };

	for (unsigned int right = 0; right < N_ELEMENTS(rights); right++) {
		cleanup_diags struct diags diags = { 0 };
		char text[4096];

		make_keys();
		(void)snprintf(text, sizeof(text),
			       "order T-1 {\nnumber 1\nzone lgwan\nsigner a %s %s\n"
			       "signer b %s order\nsigner c %s order\n}\n",
			       keys[0], rights[right], keys[1], keys[2]);
		cr_assert_eq(order_load("order", text, strlen(text), &read, &diags), 0);
		order = (struct order){ 0 };
		note.n_signatures = 0;
		add_person(&order, &note, 1);
		order.signers[0].may_sign_policies = read.signers[0].may_sign_policies;
		order.signers[0].may_sign_registers = read.signers[0].may_sign_registers;
		order.signers[0].may_sign_permits = read.signers[0].may_sign_permits;
		cr_expect_eq(order_policy_signer(&note, &order) != NULL, right == 0);
		cr_expect_eq(read.signers[0].may_sign_orders, right == 1);
		cr_expect_eq(order_register_signer(&note, &order) != NULL, right == 2);
		cr_expect_eq(order_permit_signer(&note, &order) != NULL, right == 3);
	}
}
