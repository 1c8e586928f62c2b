/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/given.h"

#include "agent/enforce.h"
#include "agent/judge.h"
#include "agent/markers.h"
#include "agent/reconcile.h"
#include "core/err.h"
#include "core/log.h"

#include <stdio.h>

void given_ask_input(struct given *given, struct judge *judge)
{
	bool asked = judge->enforcing && judge->policy && policy_asks_input(judge->policy);
	struct err err = { 0 };

	if (enforce_set_input(judge->gate_fd, asked, &err) < 0)
		log_error("new keyboards are opened without asking: %s", err.text);
	(void)snprintf(given->input_detail, sizeof(given->input_detail), "%s", err.text);
	judge->asks_input = asked;
}

static enum markers_input input_of(const struct given *given, const struct judge *judge)
{
	if (*given->input_detail)
		return MARKERS_INPUT_UNKNOWN;
	return judge->asks_input ? MARKERS_INPUT_PRESENT : MARKERS_INPUT_ABSENT;
}

bool given_look(struct given *given, struct judge *judge, const struct storage *storage,
		struct udev *udev, const char *gate_dir)
{
	if (*given->input_detail)
		given_ask_input(given, judge);
	markers_check(&given->findings, judge, storage, gate_dir, input_of(given, judge));
	reconcile_check(&given->findings, udev, storage);
	findings_end(&given->findings);
	return given->findings.again;
}
