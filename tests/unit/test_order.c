/* SPDX-License-Identifier: Apache-2.0 */

/* Zone orders: who signed, counted and named within bounds. */

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "core/err.h"
#include "policy/order.h"

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
