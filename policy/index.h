/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which rules can match a device at all: those that name something it has, and
 * those that name no identity.  Finding them takes the same time among a
 * hundred rules and among a hundred thousand; what is left out is sure not to
 * match.  Nobody outside policy/ includes it.
 */

#pragma once

#include "policy/policy.h"

/* Behind every rule: an entry's rule that is a set, for all the rules that use it. */
#define INDEX_FIRST_SET POLICY_RULES_MAX

/* One value that a rule or a set names; sorted by key, then by rule. */
struct index_entry {
	uint32_t key;
	uint32_t rule;
};

/*
 * A rule that is named by a set.  The values of a set are entered once: with
 * those of each rule that uses it, a hundred kilobytes of text would take
 * gigabytes here.
 */
struct index_set_rule {
	uint32_t rule;
	uint16_t set; /* in policy.sets */
};

/*
 * A rule that names no identity, with what it takes one look to see that it
 * does not match: every set is full where the rule does not ask.
 */
struct index_other {
	uint64_t users;  /* a bit for each name, by its hash; the last one: does not ask */
	uint64_t groups; /* the same */
	uint32_t rule;
	uint32_t only;      /* set of enum device_class */
	uint32_t interface; /* the same */
	uint32_t hours;     /* of the day, touched by one of its spans */
	uint8_t buses;      /* set of enum bus */
	uint8_t zones;      /* 1 << enum zone */
	uint8_t weekdays;   /* 1 << policy_weekday() */
	uint8_t permits;    /* PERMITS_READING, PERMITS_WRITING; the device may have none */
	uint8_t exceptions; /* whether any is declared */
};

struct policy_index {
	struct index_entry *entries;
	size_t n_entries;
	struct index_other *others; /* in order of the rules */
	size_t n_others;
	struct index_set_rule *by_set; /* in order of the rules */
	size_t n_by_set;
	uint32_t *by_number; /* rules found by medium-number, for a medium that may have any */
	size_t n_by_number;
};

/* Return: 0 or -ENOMEM. */
int index_build(struct policy *policy);
void index_free(struct policy_index *index);

#define INDEX_KEYS 7

struct index_cursor {
	const struct policy_index *index;
	struct {
		size_t next;
		size_t end;
	} runs[INDEX_KEYS];
	struct index_other wanted; /* what the device and the circumstances are */
	size_t next_other;
	size_t next_by_set;
	size_t next_by_number;
	bool has_sets;
	uint64_t sets[(POLICY_SETS_MAX + 63) / 64]; /* that list something the device has */
};

/* @interface: into @device->interfaces, in range */
void index_begin(struct index_cursor *cursor, const struct policy *policy,
		 const struct policy_device *device, size_t interface,
		 const struct policy_circumstances *at);

/* The next rule in order, each once.  Return: false when there are no more. */
bool index_next(struct index_cursor *cursor, uint32_t *ret_rule);
