/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What became of the media.  Whatever order the events come in: nothing comes back
 * that was disposed of, and a loss stays until it is found by somebody who knew of it.
 */

#include "ledger/internal.h"

#include <stdlib.h>
#include <string.h>

/* Losses that an event names as found; sorted. */
struct answers {
	char *text;
	const char **ids;
	size_t n;
};

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void answers_done(struct answers *answers)
{
	free(answers->text);
	free(answers->ids);
}
#define cleanup_answers cleanup_with(answers_done)

/* "T-1/3 T-2/5" of each; an id has three bytes at least, and a blank or NUL. */
static bool answers_collect(const struct ledger *ledger, struct answers *ret)
{
	size_t size = 1;
	char *rest;

	for (size_t i = 0; i < ledger->n_events; i++)
		size += strlen(ledger->events[i].answers) + 1;
	ret->text = rest = malloc(size);
	ret->ids = calloc(size, sizeof(*ret->ids));
	if (!ret->text || !ret->ids)
		return false;
	for (size_t i = 0; i < ledger->n_events; i++) {
		char *words = rest;

		if (ledger->events[i].act != LEDGER_ACT_FOUND)
			continue;
		rest = stpcpy(rest, ledger->events[i].answers) + 1;
		for (char *word; (word = strsep(&words, " "));)
			ret->ids[ret->n++] = word;
	}
	if (ret->n > 0)
		qsort(ret->ids, ret->n, sizeof(*ret->ids), compare_ids);
	return true;
}

static bool is_answered(const struct answers *answers, const struct ledger_event *event)
{
	return bsearch(&event->id, answers->ids, answers->n, sizeof(*answers->ids), compare_ids);
}

static void set(struct ledger_medium *medium, enum ledger_state state,
		const struct ledger_event *event)
{
	medium->state = state;
	medium->since = event->at;
	medium->holder = state == LEDGER_LENT ? event->to : "";
	medium->due = state == LEDGER_LENT ? event->due : 0;
}

static void set_stricter(struct ledger_medium *medium, enum ledger_state state,
			 const struct ledger_event *event)
{
	if (state < medium->state)
		set(medium, state, event);
}

static void replay_event(const struct answers *answers, struct ledger_medium *medium,
			 const struct ledger_event *event)
{
	bool is_here = medium->state == LEDGER_REGISTERED || medium->state == LEDGER_LENT;

	switch (event->act) {
	case LEDGER_ACT_DISPOSE:
		set_stricter(medium, ledger_leads_to(event), event);
		return;
	case LEDGER_ACT_LOST:
	case LEDGER_ACT_MISSING:
		if (!is_answered(answers, event))
			set_stricter(medium, ledger_leads_to(event), event);
		return;
	case LEDGER_ACT_RETURN:
		if (is_here || medium->state == LEDGER_MISSING)
			set(medium, LEDGER_REGISTERED, event);
		return;
	case LEDGER_ACT_REGISTER:
	case LEDGER_ACT_FOUND:
	case LEDGER_ACT_LEND:
		if (is_here)
			set(medium, ledger_leads_to(event), event);
		return;
	case LEDGER_ACT_NONE:
		return;
	}
}

bool ledger_replay(struct ledger *ledger)
{
	cleanup_answers struct answers answers = { 0 };

	if (!answers_collect(ledger, &answers))
		return false;
	for (size_t i = 0; i < ledger->n_media; i++) {
		ledger->media[i].state = LEDGER_REGISTERED;
		ledger->media[i].holder = "";
		ledger->media[i].due = 0;
		ledger->media[i].since = 0;
	}
	for (size_t i = 0; i < ledger->n_events; i++) {
		struct ledger_medium *medium = ledger_find(ledger, ledger->events[i].number);

		if (medium)
			replay_event(&answers, medium, &ledger->events[i]);
	}
	return true;
}
