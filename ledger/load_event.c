/* SPDX-License-Identifier: Apache-2.0 */

/* What became of a medium, as the file has it. */

#include "ledger/internal.h"

#include <search.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* A statement that is one name, by the place where it is kept. */
#define NAME_LINE(field, what)                                                                     \
	static void read_##field(struct ledger_reader *r, const struct scfg_directive *d,          \
				 void *into)                                                       \
	{                                                                                          \
		((struct ledger_event *)into)->field = ledger_read_name(r, &d->params[0], what);   \
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

NAME_LINE(id, "the name of an entry")
MINUTE_LINE(at)
NAME_LINE(by, "a user")
NAME_LINE(approver, "a user")
NAME_LINE(to, "a user")
MINUTE_LINE(due)
NAME_LINE(erased_by, "a user")
MINUTE_LINE(noticed)
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
	{ "method", 1, 1, read_method },
	{ "certificate", 1, 1, read_certificate },
	{ "note", 1, 1, read_note },
};

static bool is_known(const struct ledger_reader *r, const char *number)
{
	return ledger_find(r->ledger, number) || (r->base && ledger_medium(r->base, number));
}

static bool is_first(struct ledger_reader *r, const char *id)
{
	const char **found = tsearch(id, &r->ids, (comparison_fn_t)strcmp);

	return !found || *found == id;
}

static void check_whole(struct ledger_reader *r, const struct scfg_directive *d,
			const struct ledger_event *event)
{
	struct ledger_medium *medium = ledger_find(r->ledger, event->number);
	enum ledger_state before = medium ? medium->state : LEDGER_REGISTERED;

	if (*event->id == '\0' || event->at == 0)
		LEDGER_FAIL(r, &d->name,
			    "an event says when it was and which entry of a log it is; "
			    "remedy: lines id and at");
	else if (!is_first(r, event->id))
		LEDGER_FAIL(r, &d->name, "event '%s' stands twice; remedy: delete one", event->id);
	if (event->act == LEDGER_ACT_LEND && *event->to == '\0')
		LEDGER_FAIL(r, &d->name, "nobody has it; remedy: a line: to USER");
	/* A supplement is strict with itself only where it is merged. */
	if (!r->base && !r->is_lenient && !ledger_apply(medium, event))
		LEDGER_FAIL(r, &d->name,
			    "'%s' cannot be for a medium that is '%s'; remedy: correct the event, "
			    "or those before it",
			    ledger_act_name(event->act), ledger_state_name(before));
	else if (r->is_lenient)
		(void)ledger_apply(medium, event);
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
					.method = "",
					.certificate = "",
					.note = "" };
	event->number = ledger_read_name(r, &d->params[0], "the number of a medium");
	if (!ledger_act_from_name(d->params[1].text, &event->act))
		LEDGER_FAIL(
			r, &d->params[1],
			"'%s' is no event; remedy: register, lend, return, lost, found, missing "
			"or dispose",
			d->params[1].text);
	if (!r->is_lenient && !is_known(r, event->number))
		LEDGER_FAIL(r, &d->params[0],
			    "there is no medium '%s'; remedy: a block of it, medium %s { ... }",
			    event->number, event->number);
	r->ledger->n_events++;
	ledger_read_lines(r, d, event_lines, N_ELEMENTS(event_lines), event);
	if (r->diags->n_errors == n_before)
		check_whole(r, d, event);
}
