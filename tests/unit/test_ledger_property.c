/* SPDX-License-Identifier: Apache-2.0 */

/* Registers and what happened at two terminals, drawn; SEKISHO_SEED and SEKISHO_ROUNDS. */

#include "core/err.h"
#include "ledger/ledger.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#define MEDIA 3
#define EVENTS_MAX 6

static unsigned int seed;

static unsigned int draw(unsigned int n)
{
	return (unsigned int)rand_r(&seed) % n;
}

static void put_head(FILE *out)
{
	(void)fputs("register city {\n}\nsection tax {\n}\n", out);
	for (int i = 0; i < MEDIA; i++)
		(void)fprintf(out,
			      "medium M-%d {\n    usb 0951:1666\n    serial SERIAL-%d\n"
			      "    section tax\n    zone lgwan\n}\n",
			      i, i);
}

/* A clock goes forth and back; what was found may say which loss that was. */
static void put_events(FILE *out, const char *terminal, const char *other)
{
	unsigned int n = draw(EVENTS_MAX + 1);

	for (unsigned int i = 0; i < n; i++) {
		enum ledger_act act = LEDGER_ACT_LEND + (enum ledger_act)draw(6);

		(void)fprintf(out,
			      "event M-%u %s {\n    id %s/%u\n    at 2026-11-%02u\n    to sato\n",
			      draw(MEDIA), ledger_act_name(act), terminal, i, 1 + draw(28));
		if (act == LEDGER_ACT_FOUND && draw(2) == 0)
			(void)fprintf(out, "    answers %s/%u\n", other, draw(EVENTS_MAX));
		if (act == LEDGER_ACT_DISPOSE && draw(2) == 0)
			(void)fputs("    certificate C-1\n", out);
		(void)fputs("}\n", out);
	}
}

static char *drawn(bool with_head, const char *terminal, const char *other)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (with_head)
		put_head(out);
	put_events(out, terminal, other);
	(void)fclose(out);
	return text;
}

static struct ledger *loaded(const char *text, const struct ledger *base)
{
	cleanup_diags struct diags diags = { 0 };
	struct ledger *ledger = NULL;

	(void)ledger_load("r", text, strlen(text), base, &ledger, &diags);
	return ledger;
}

static struct ledger *merged(const struct ledger *base, const struct ledger *supplement)
{
	struct ledger *both = NULL;
	struct err err = { 0 };

	cr_assert_eq(ledger_merge(base, supplement, &both, &err), 0, "%s", err.text);
	return both;
}

static char *printed(const struct ledger *ledger)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	cr_assert_eq(ledger_print(ledger, out), 0);
	for (size_t i = 0; i < ledger->n_media; i++)
		(void)fprintf(out, "# %s %s\n", ledger_state_name(ledger->media[i].state),
			      ledger->media[i].holder);
	(void)fclose(out);
	return text;
}

static void check_same(const struct ledger *a, const struct ledger *b, unsigned int drawn_from,
		       const char *what)
{
	cleanup_free char *x = printed(a);
	cleanup_free char *y = printed(b);

	cr_assert_str_eq(x, y, "seed %u: %s", drawn_from, what);
}

static bool ends(const struct ledger *ledger, const char *id)
{
	for (size_t i = 0; i < ledger->n_events; i++) {
		if (ledger->events[i].act == LEDGER_ACT_FOUND &&
		    strstr(ledger->events[i].answers, id))
			return true;
	}
	return false;
}

/* By the plain rule: disposed is disposed, and a loss stays until somebody answers it. */
static void check_strict(const struct ledger *all, unsigned int drawn_from)
{
	for (size_t i = 0; i < all->n_events; i++) {
		const struct ledger_event *event = &all->events[i];
		const struct ledger_medium *medium = ledger_medium(all, event->number);

		if (event->act == LEDGER_ACT_DISPOSE)
			cr_assert_leq(medium->state,
				      *event->certificate ? LEDGER_DISPOSED
							  : LEDGER_DISPOSE_PENDING,
				      "seed %u: %s came back", drawn_from, event->number);
		if (event->act == LEDGER_ACT_LOST && !ends(all, event->id))
			cr_assert_leq(medium->state, LEDGER_LOST,
				      "seed %u: %s is not lost any more", drawn_from,
				      event->number);
	}
}

static bool one_round(unsigned int drawn_from)
{
	cleanup_free char *register_text = drawn(true, "T-0", "T-1");
	cleanup_free char *first_text = drawn(false, "T-1", "T-0");
	cleanup_free char *second_text = drawn(false, "T-2", "T-1");
	cleanup_ledger struct ledger *base = loaded(register_text, NULL);
	cleanup_ledger struct ledger *first = base ? loaded(first_text, base) : NULL;
	cleanup_ledger struct ledger *second = base ? loaded(second_text, base) : NULL;

	if (!first || !second)
		return false;

	cleanup_ledger struct ledger *with_first = merged(base, first);
	cleanup_ledger struct ledger *with_second = merged(base, second);
	cleanup_ledger struct ledger *first_again = merged(with_first, first);
	cleanup_ledger struct ledger *first_then_second = merged(with_first, second);
	cleanup_ledger struct ledger *second_then_first = merged(with_second, first);

	check_same(with_first, first_again, drawn_from, "merging again changed something");
	check_same(first_then_second, second_then_first, drawn_from, "the order counts");
	check_strict(first_then_second, drawn_from);
	check_strict(with_first, drawn_from);
	return true;
}

Test(ledger_property, merging_is_a_matter_of_the_events_alone)
{
	const char *seed_text = getenv("SEKISHO_SEED");
	const char *rounds_text = getenv("SEKISHO_ROUNDS");
	unsigned int first = seed_text ? (unsigned int)atoi(seed_text) : 1;
	unsigned int rounds = rounds_text ? (unsigned int)atoi(rounds_text) : 1000;
	unsigned int n_merged = 0;

	for (unsigned int i = 0; i < rounds; i++) {
		seed = first + i;
		n_merged += one_round(first + i);
	}
	cr_assert_gt(n_merged, 0, "every register that was drawn is wrong");
}
