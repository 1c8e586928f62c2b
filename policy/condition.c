/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/condition.h"

#include <string.h>

int condition_compare_values(const struct policy *policy, enum condition_kind kind, uint64_t a,
			     uint64_t b)
{
	if (condition_infos[kind].shape == VALUE_TEXT)
		return strcmp(policy_word(policy, (policy_text)a),
			      policy_word(policy, (policy_text)b));
	return (a > b) - (a < b);
}

static enum match known(bool holds)
{
	return holds ? MATCH_YES : MATCH_NO;
}

static uint64_t value_at(const struct policy *policy, const struct policy_condition *condition,
			 uint32_t i)
{
	return policy->values[condition->first + i];
}

/* The values are sorted. */
static bool has_text(const struct policy *policy, const struct policy_condition *condition,
		     const char *text)
{
	uint32_t low = 0;
	uint32_t high = condition->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order =
			strcmp(text, policy_word(policy,
						 (policy_text)value_at(policy, condition, middle)));

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool has_number(const struct policy *policy, const struct policy_condition *condition,
		       uint64_t number)
{
	uint32_t low = 0;
	uint32_t high = condition->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		uint64_t value = value_at(policy, condition, middle);

		if (value == number)
			return true;
		if (number < value)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

/* What the device does not have is no value of any condition. */
static enum match match_text(const struct policy *policy, const struct policy_condition *condition,
			     const char *text)
{
	return known(*text && has_text(policy, condition, text));
}

static enum match match_usb(const struct policy *policy, const struct policy_condition *condition,
			    const struct policy_device *device)
{
	uint64_t vendor = (uint64_t)device->vid << 16;

	if (device->bus != BUS_USB)
		return MATCH_NO;
	return known(has_number(policy, condition, vendor | device->pid) ||
		     has_number(policy, condition, vendor | VALUE_ANY_PRODUCT));
}

/* "1-4.*" is everything below the hub at 1-4. */
static enum match match_port(const struct policy *policy, const struct policy_condition *condition,
			     const char *port)
{
	for (uint32_t i = 0; i < condition->n; i++) {
		const char *value =
			policy_word(policy, (policy_text)value_at(policy, condition, i));
		size_t len = strlen(value);

		if (strcmp(value, port) == 0)
			return MATCH_YES;
		if (value[len - 1] == '*' && strncmp(value, port, len - 1) == 0 && port[len - 1])
			return MATCH_YES;
	}
	return MATCH_NO;
}

/* A device or interface that shows no class at all is in no set. */
static enum match match_within(const struct policy *policy,
			       const struct policy_condition *condition, uint32_t bits)
{
	uint32_t set = (uint32_t)value_at(policy, condition, 0);

	return known(bits != 0 && (bits & ~set) == 0);
}

static enum match match_bit(const struct policy *policy, const struct policy_condition *condition,
			    uint32_t bit)
{
	return known((bit & (uint32_t)value_at(policy, condition, 0)) != 0);
}

/* Only storage has a medium, and only when it has been looked at is it known. */
static enum match match_medium(const struct policy *policy,
			       const struct policy_condition *condition,
			       const struct policy_device *device, size_t index)
{
	if ((device->interfaces[index].classes & CLASS_STORAGE) == 0)
		return MATCH_NO;
	if (device->medium == MEDIUM_UNKNOWN)
		return MATCH_UNKNOWN;
	if (condition->kind == CONDITION_MEDIUM)
		return match_within(policy, condition, device->medium);
	return match_text(policy, condition, device->filesystem);
}

/*
 * Only storage is in the register, and what can be told apart by what is on it alone is known
 * when it was looked at.
 */
static bool is_number_open(const struct policy_device *device, size_t index, enum match *ret)
{
	bool is_storage = (device->interfaces[index].classes & CLASS_STORAGE) != 0;

	*ret = is_storage ? MATCH_UNKNOWN : MATCH_NO;
	return !is_storage || device->is_unidentified;
}

static enum match match_number(const struct policy *policy,
			       const struct policy_condition *condition,
			       const struct policy_device *device, size_t index)
{
	enum match open;

	if (is_number_open(device, index, &open))
		return open;
	if (*device->medium_number && value_at(policy, condition, 0) == VALUE_ANY_TEXT)
		return MATCH_YES;
	return match_text(policy, condition, device->medium_number);
}

/* A permit is a person's, too. */
static enum match match_permit(const struct policy *policy,
			       const struct policy_condition *condition,
			       const struct policy_device *device, size_t index,
			       const struct policy_circumstances *at)
{
	enum match open;

	if (is_number_open(device, index, &open))
		return open;
	if (!*device->permit)
		return at->seat_known ? MATCH_NO : MATCH_UNKNOWN;
	return match_bit(policy, condition, device->permit_for);
}

static enum match match_exception(const struct policy *policy,
				  const struct policy_condition *condition,
				  const struct policy_circumstances *at)
{
	for (size_t i = 0; i < at->n_exceptions; i++) {
		if (has_text(policy, condition, at->exceptions[i]))
			return MATCH_YES;
	}
	return MATCH_NO;
}

static enum match match_group(const struct policy *policy, const struct policy_condition *condition,
			      const struct policy_circumstances *at)
{
	if (!at->seat_known)
		return MATCH_UNKNOWN;
	for (size_t i = 0; i < at->n_groups; i++) {
		if (has_text(policy, condition, at->groups[i]))
			return MATCH_YES;
	}
	return MATCH_NO;
}

static enum match match_hours(const struct policy *policy, const struct policy_condition *condition,
			      policy_minute now)
{
	uint64_t minute = (uint64_t)(now % (24 * 60));

	for (uint32_t i = 0; i < condition->n; i++) {
		uint64_t span = value_at(policy, condition, i);

		if (minute >= span >> 16 && minute < (span & 0xffff))
			return MATCH_YES;
	}
	return MATCH_NO;
}

enum match condition_match(const struct policy *policy, const struct policy_condition *condition,
			   const struct policy_device *device, size_t index,
			   const struct policy_circumstances *at)
{
	switch ((enum condition_kind)condition->kind) {
	case CONDITION_BUS:
		return match_bit(policy, condition, device->bus);
	case CONDITION_ONLY:
		return match_within(policy, condition, device->classes);
	case CONDITION_INTERFACE:
		return match_within(policy, condition, device->interfaces[index].classes);
	case CONDITION_USB:
		return match_usb(policy, condition, device);
	case CONDITION_SERIAL:
		return match_text(policy, condition, device->serial);
	case CONDITION_PORT:
		return match_port(policy, condition, device->port);
	case CONDITION_CONNECT:
		return match_bit(policy, condition,
				 device->connect ? device->connect : CONNECT_UNKNOWN);
	case CONDITION_SD_CID:
		return match_text(policy, condition, device->sd_cid);
	case CONDITION_THUNDERBOLT:
		return match_text(policy, condition, device->thunderbolt);
	case CONDITION_MEDIUM:
	case CONDITION_FILESYSTEM:
		return match_medium(policy, condition, device, index);
	case CONDITION_MEDIUM_NUMBER:
		return match_number(policy, condition, device, index);
	case CONDITION_PERMIT:
		return match_permit(policy, condition, device, index, at);
	case CONDITION_ZONE:
		return match_bit(policy, condition, 1u << at->zone);
	case CONDITION_USER:
		return at->seat_known ? match_text(policy, condition, at->user) : MATCH_UNKNOWN;
	case CONDITION_GROUP:
		return match_group(policy, condition, at);
	case CONDITION_HOURS:
		return match_hours(policy, condition, at->now);
	case CONDITION_WEEKDAYS:
		return match_bit(policy, condition, 1u << policy_weekday(at->now));
	case CONDITION_UNTIL:
		return known(policy_latest(at) <= (policy_minute)value_at(policy, condition, 0));
	case CONDITION_EXCEPTION:
		return match_exception(policy, condition, at);
	case CONDITION_KINDS:
		break;
	}
	return MATCH_NO;
}

bool condition_asks_medium(const struct policy_condition *condition,
			   const struct policy_circumstances *at)
{
	/* Without a person no medium tells whether a permit holds. */
	if (condition->kind == CONDITION_PERMIT)
		return at->seat_known;
	return condition->kind == CONDITION_MEDIUM || condition->kind == CONDITION_FILESYSTEM ||
	       condition->kind == CONDITION_MEDIUM_NUMBER;
}

enum match rule_match(const struct policy *policy, const struct policy_rule *rule,
		      const struct policy_device *device, size_t index,
		      const struct policy_circumstances *at,
		      const struct policy_condition **ret_condition)
{
	const struct policy_condition *unknown = NULL;

	for (uint32_t i = 0; i < rule->n; i++) {
		const struct policy_condition *condition = &policy->conditions[rule->first + i];
		enum match match = condition_match(policy, condition, device, index, at);

		if (match == MATCH_NO) {
			*ret_condition = condition;
			return MATCH_NO;
		}
		if (match == MATCH_UNKNOWN && (!unknown || (!condition_asks_medium(unknown, at) &&
							    condition_asks_medium(condition, at))))
			unknown = condition;
	}
	*ret_condition = unknown;
	return unknown ? MATCH_UNKNOWN : MATCH_YES;
}
