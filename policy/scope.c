/* SPDX-License-Identifier: Apache-2.0 */

/* Where a login needs a code. */

#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

static enum code_need need_without_lines(enum zone zone)
{
	switch (zone) {
	case ZONE_UNASSIGNED:
		return CODE_NONE;
	case ZONE_MYNUMBER:
		return CODE_REQUIRED;
	case ZONE_LGWAN:
	case ZONE_INTERNET:
		return CODE_OPTIONAL;
	}
	return CODE_REQUIRED;
}

/* The service's own line before the one for all; NULL where there is neither. */
static const struct policy_code *line_of_service(const struct policy *policy, enum zone zone,
						 const char *service)
{
	const struct policy_code *line = NULL;

	for (size_t i = 0; i < policy->zones[zone].n_codes; i++) {
		const struct policy_code *code = &policy->zones[zone].codes[i];

		if (code->service && strcmp(policy_word(policy, code->service), service) == 0)
			return code;
		if (!code->service)
			line = code;
	}
	return line;
}

static bool is_or_any(const struct policy *policy, policy_text text, const char *word)
{
	return text == 0 || strcmp(policy_word(policy, text), word) == 0;
}

static policy_text exemption_of(const struct policy *policy, enum zone zone, const char *service,
				const char *user, policy_minute now)
{
	for (size_t i = 0; i < policy->zones[zone].n_exemptions; i++) {
		const struct policy_exemption *e = &policy->zones[zone].exemptions[i];

		if (now <= e->until && is_or_any(policy, e->service, service) &&
		    is_or_any(policy, e->user, user))
			return e->id;
	}
	return 0;
}

void policy_code_scope(const struct policy *policy, enum zone zone, const char *service,
		       const char *user, policy_minute now, struct code_scope *ret)
{
	const struct policy_zone *lines;
	const struct policy_code *line;

	*ret = (struct code_scope){ .need = CODE_REQUIRED };
	if (!policy || (unsigned int)zone >= ZONES)
		return;
	lines = &policy->zones[zone];
	ret->window_steps = lines->window_steps;
	ret->free_failures = lines->free_failures;
	ret->first_wait_s = lines->first_wait_s;
	ret->most_wait_s = lines->most_wait_s;
	line = line_of_service(policy, zone, service);
	if (line) {
		ret->need = line->need;
		ret->grace_s = line->grace_s;
		ret->one_answer = line->one_answer;
	} else if (lines->n_codes == 0) {
		ret->need = need_without_lines(zone);
	}
	ret->exemption = exemption_of(policy, zone, service, user, now);
	if (ret->exemption != 0)
		ret->need = CODE_NONE;
	ret->is_stated = line || ret->exemption != 0;
}

const char *code_need_name(enum code_need need)
{
	switch (need) {
	case CODE_REQUIRED:
		return "required";
	case CODE_OPTIONAL:
		return "optional";
	case CODE_NONE:
		return "none";
	}
	abort();
}
