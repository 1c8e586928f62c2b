/* SPDX-License-Identifier: Apache-2.0 */

/* What an event makes of a medium. */

#include "ledger/internal.h"

#include <string.h>

#define FROM(state) (1u << (state))
#define ANY                                                                                        \
	(FROM(LEDGER_DISPOSE_PENDING) | FROM(LEDGER_LOST) | FROM(LEDGER_MISSING) |                 \
	 FROM(LEDGER_REGISTERED) | FROM(LEDGER_LENT))

/* After which states an act can come, and what it leads to. */
static const struct {
	uint8_t from;
	uint8_t to; /* enum ledger_state */
} transitions[] = {
	[LEDGER_ACT_REGISTER] = { FROM(LEDGER_REGISTERED), LEDGER_REGISTERED },
	[LEDGER_ACT_LEND] = { FROM(LEDGER_REGISTERED), LEDGER_LENT },
	[LEDGER_ACT_RETURN] = { FROM(LEDGER_LENT) | FROM(LEDGER_MISSING), LEDGER_REGISTERED },
	[LEDGER_ACT_LOST] = { ANY, LEDGER_LOST },
	[LEDGER_ACT_FOUND] = { FROM(LEDGER_LOST) | FROM(LEDGER_MISSING), LEDGER_REGISTERED },
	[LEDGER_ACT_MISSING] = { FROM(LEDGER_REGISTERED) | FROM(LEDGER_LENT) | FROM(LEDGER_MISSING),
				 LEDGER_MISSING },
	[LEDGER_ACT_DISPOSE] = { ANY, LEDGER_DISPOSED },
};

enum ledger_state ledger_leads_to(const struct ledger_event *event)
{
	if (event->act == LEDGER_ACT_DISPOSE && *event->certificate == '\0')
		return LEDGER_DISPOSE_PENDING;
	return (enum ledger_state)transitions[event->act].to;
}

bool ledger_may_follow(enum ledger_state before, const struct ledger_event *event)
{
	return transitions[event->act].from & FROM(before);
}

const char *ledger_refusal(const struct ledger_medium *medium, enum zone zone)
{
	switch (medium->state) {
	case LEDGER_DISPOSED:
	case LEDGER_DISPOSE_PENDING:
		return "disposed";
	case LEDGER_LOST:
		return "lost_media";
	case LEDGER_MISSING:
		return "missing";
	case LEDGER_REGISTERED:
	case LEDGER_LENT:
		return medium->zones & 1u << zone ? NULL : "zone_mismatch";
	}
	return "disposed";
}
