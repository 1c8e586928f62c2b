/* SPDX-License-Identifier: Apache-2.0 */

/* What the policy's verdict means for one interface: pure, nothing is done here. */

#pragma once

#include "agent/device.h"

/**
 * judgement_of_interface() - what the policy says now
 * @policy:	NULL: none is in force, everything blocks
 * @facts:	of @device, or those with what was found on one medium in it
 * @barred:	by the register (agent/media_seen.h): no rule is asked; or NULL
 * @ret_rule:	the rule that decided, or POLICY_NO_RULE
 */
struct judgement judgement_of_interface(const struct policy *policy,
					const struct policy_circumstances *at,
					const struct attached_device *device,
					const struct attached_interface *interface,
					const struct policy_device *facts, const char *barred,
					uint32_t *ret_rule);

/* The same test as in 10-sekisho-usb.rules: what those open is not the policy's to open. */
bool judgement_is_static_kind(const struct attached_device *device,
			      const struct attached_interface *interface, uint32_t classes);

/*
 * Only a rule that is sure to mean it takes a keyboard, mouse or hub away: not
 * the end of a policy, and not one that hangs on who sits at the terminal.
 */
bool judgement_takes_away(const struct policy_decision *decision);

/* "block", "read-only", "allow", "observed", "probe" or "static". */
const char *judgement_name(const struct judgement *judgement);
bool judgement_equals(const struct judgement *a, const struct judgement *b);
