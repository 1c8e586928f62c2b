/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/medium_notice.h"

#include "core/lang.h"

#include <stdio.h>
#include <string.h>

static const char *reason_text(const char *reason)
{
	static const struct {
		const char *word;
		const char *text;
	} reasons[] = {
		{ "not_granted", N_("it is not permitted any more") },
		{ "granted_anew", N_("what is permitted has changed") },
		{ "seat_changed", N_("somebody else works at this terminal") },
		{ "ejected", N_("you wanted to take it out") },
		{ "removed", N_("it was pulled out") },
		{ "revoked", N_("the administrator took it away") },
		{ "unwatched", N_("nobody watched any more what was written to it") },
