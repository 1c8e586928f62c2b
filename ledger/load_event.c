/* SPDX-License-Identifier: Apache-2.0 */

/* What became of a medium, as the file has it. */

#include "ledger/internal.h"

#include <search.h>
#include <stdint.h>
#include <string.h>

#define NO_LOSS "-" /* is no id */
#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* A statement that is one name, by the place where it is kept. */
#define NAME_LINE(field)                                                                           \
	static void read_##field(struct ledger_reader *r, const struct scfg_directive *d,          \
				 void *into)                                                       \
	{                                                                                          \
		((struct ledger_event *)into)->field = ledger_read_name(r, &d->params[0]);         \
	}
#define TEXT_LINE(field)                                                                           \
	static void read_##field(struct ledger_reader *r, const struct scfg_directive *d,          \
				 void *into)                                                       \
	{                                                                                          \
		((struct ledger_event *)into)->field = ledger_read_text(r, &d->params[0]);         \
	}
#define MINUTE_LINE(field)                                                                         \
	static void read_##field(struct ledger_reader *r, const struct scfg_directive *d,          \
				 void *into)                                                       \
	{                                                                                          \
		(void)ledger_read_minute(r, &d->params[0], &((struct ledger_event *)into)->field); \
	}

static void read_id(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	((struct ledger_event *)into)->id = ledger_read_id(r, &d->params[0]);
}

MINUTE_LINE(at)
NAME_LINE(by)
NAME_LINE(approver)
NAME_LINE(to)
MINUTE_LINE(due)
NAME_LINE(erased_by)
MINUTE_LINE(noticed)

/* One text with blanks between: what is kept lies behind each other. */
static void add_answer(struct ledger_reader *r, struct ledger_event *event, const char *kept)
{
	if (*event->answers == '\0')
		event->answers = kept;
	else
		r->texts[kept - r->texts - 1] = ' ';
}

static void read_answers(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	bool is_none = d->n_params == 1 && strcmp(d->params[0].text, NO_LOSS) == 0;

	if (is_none)
		((struct ledger_event *)into)->answers = NO_LOSS;
	for (size_t i = 0; !is_none && i < d->n_params; i++) {
		const char *id = ledger_read_id(r, &d->params[i]);

		if (*id == '\0')
			return;
		add_answer(r, into, id);
	}
}

TEXT_LINE(method)
TEXT_LINE(certificate)
TEXT_LINE(note)

static const struct ledger_line event_lines[] = {
	{ "id", 1, 1, read_id },
	{ "at", 1, 1, read_at },
	{ "by", 1, 1, read_by },
	{ "approver", 1, 1, read_approver },
	{ "to", 1, 1, read_to },
	{ "due", 1, 1, read_due },
	{ "erased-by", 1, 1, read_erased_by },
	{ "noticed", 1, 1, read_noticed },
	{ "answers", 1, SIZE_MAX, read_answers },
	{ "method", 1, 1, read_method },
	{ "certificate", 1, 1, read_certificate },
	{ "note", 1, 1, read_note },
};

/* Where the trail of an event's medium is kept, NULL: there is no such medium. */
static struct ledger_trail *trail_of(const struct ledger_reader *r, const char *number)
{
	const struct ledger_medium *own = ledger_find(r->ledger, number);
	const struct ledger_medium *known = !own && r->base ? ledger_medium(r->base, number) : NULL;

	if (own)
		return &r->trails[own - r->ledger->media];
	return known ? &r->trails[r->ledger->n_media + (size_t)(known - r->base->media)] : NULL;
}

static bool is_first(struct ledger_reader *r, const char *id)
{
	const char **found = tsearch(id, &r->ids, (comparison_fn_t)strcmp);

	return !found || *found == id;
}

static bool is_loss(const struct ledger_event *event)
{
	return event->act == LEDGER_ACT_LOST || event->act == LEDGER_ACT_MISSING;
}

/* Another terminal could not know: then the stricter state stays, and nothing is wrong. */
static bool is_of_same_terminal(const char *a, const char *b)
{
	size_t len = ledger_terminal_len(a);

	return len == ledger_terminal_len(b) && memcmp(a, b, len) == 0;
}

/* Whoever found it knew what stands before, and of the register what is no later. */
static void fill_answers(struct ledger_reader *r, struct ledger_trail *trail,
			 struct ledger_event *event)
{
	const struct ledger *base = trail->found == 0 ? r->base : NULL;

	for (size_t i = trail->last; i > trail->found; i = r->before[i - 1]) {
		if (is_loss(&r->ledger->events[i - 1]))
			add_answer(r, event, ledger_keep(r, r->ledger->events[i - 1].id));
	}
	for (size_t i = 0; base && i < base->n_events; i++) {
		const struct ledger_event *other = &base->events[i];

		if (is_loss(other) && other->at <= event->at &&
		    strcmp(other->number, event->number) == 0)
			add_answer(r, event, ledger_keep(r, other->id));
	}
	trail->found = r->ledger->n_events;
	if (*event->answers == '\0')
		event->answers = NO_LOSS; /* and ends none that comes to light later */
}

static void follow(struct ledger_reader *r, const struct scfg_directive *d,
		   struct ledger_event *event)
{
	struct ledger_trail *trail = trail_of(r, event->number);
	bool may = ledger_may_follow(trail->state, event);

	if (!may && !r->base && (!trail->set_by || is_of_same_terminal(trail->set_by, event->id)))
		LEDGER_FAIL(r, &d->name,
			    "'%s' cannot be for a medium that is '%s'; remedy: correct the event, "
			    "or those before it",
			    ledger_act_name(event->act), ledger_state_name(trail->state));
	if (event->act == LEDGER_ACT_FOUND && *event->answers == '\0')
		fill_answers(r, trail, event);
	r->before[r->ledger->n_events - 1] = trail->last;
	trail->last = r->ledger->n_events;
	if (may || ledger_leads_to(event) < trail->state) {
		trail->state = ledger_leads_to(event);
		trail->set_by = event->id;
	}
}

static void check_whole(struct ledger_reader *r, const struct scfg_directive *d,
			struct ledger_event *event)
{
	size_t n_before = r->diags->n_errors;

	if (*event->id == '\0' || event->at == 0)
		LEDGER_FAIL(r, &d->name,
			    "an event says when it was and which entry of a log it is; "
			    "remedy: lines id and at");
	else if (!is_first(r, event->id))
		LEDGER_FAIL(r, &d->name, "event '%s' stands twice; remedy: delete one", event->id);
	if (event->act == LEDGER_ACT_LEND && *event->to == '\0')
		LEDGER_FAIL(r, &d->name, "nobody has it; remedy: a line: to USER");
	if (*event->answers != '\0' && event->act != LEDGER_ACT_FOUND)
		LEDGER_FAIL(r, &d->name,
			    "only what is found answers a loss; remedy: delete answers");
	if (r->diags->n_errors == n_before && !r->is_lenient)
		follow(r, d, event);
}

void ledger_read_event(struct ledger_reader *r, const struct scfg_directive *d)
{
	struct ledger_event *event = &r->ledger->events[r->ledger->n_events];
	size_t n_before = r->diags->n_errors;

	if (d->n_params != 2) {
		LEDGER_FAIL(r, &d->name, "remedy: event NUMBER ACT { ... }");
		return;
	}
	*event = (struct ledger_event){ .id = "",
					.by = "",
					.approver = "",
					.to = "",
					.erased_by = "",
					.answers = "",
					.method = "",
					.certificate = "",
					.note = "" };
	event->number = ledger_read_name(r, &d->params[0]);
	if (!ledger_act_from_name(d->params[1].text, &event->act))
		LEDGER_FAIL(
			r, &d->params[1],
			"'%s' is no event; remedy: register, lend, return, lost, found, missing "
			"or dispose",
			d->params[1].text);
	if (!r->is_lenient && !trail_of(r, event->number))
		LEDGER_FAIL(r, &d->params[0],
			    "there is no medium '%s'; remedy: a block of it, medium %s { ... }",
			    event->number, event->number);
	r->ledger->n_events++;
	ledger_read_lines(r, d, event_lines, N_ELEMENTS(event_lines), event);
	if (r->diags->n_errors == n_before)
		check_whole(r, d, event);
}
