/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/load_internal.h"

#include "core/err.h"
#include "core/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_usb_id(struct loader *l, const struct scfg_word *word, struct policy_usb_id *ret)
{
	char text[10] = "";
	struct err ignored = { 0 };

	if (strlen(word->text) == 9 && word->text[4] == ':') {
		memcpy(text, word->text, 9);
		text[4] = '\0';
		if (parse_hex16(text, &ret->vid, &ignored) == 0 &&
		    parse_hex16(text + 5, &ret->pid, &ignored) == 0)
			return 0;
	}
	return scfg_fail(l->file, word, -EINVAL, l->err,
			 "'%s' is no vendor and product id; "
			 "remedy: four hexadecimal digits each, as in 0951:1666",
			 word->text);
}

static int read_usb(struct loader *l, const struct scfg_directive *d, struct policy_rule *rule)
{
	int rc = 0;

	rule->usb_ids = calloc(d->n_params, sizeof(*rule->usb_ids));
	if (!rule->usb_ids)
		return load_out_of_memory(l);
	for (; rc == 0 && rule->n_usb_ids < d->n_params; rule->n_usb_ids++)
		rc = read_usb_id(l, &d->params[rule->n_usb_ids], &rule->usb_ids[rule->n_usb_ids]);
	return rc;
}

static int read_serial(struct loader *l, const struct scfg_directive *d, struct policy_rule *rule)
{
	rule->serials = calloc(d->n_params, sizeof(*rule->serials));
	if (!rule->serials)
		return load_out_of_memory(l);
	for (; rule->n_serials < d->n_params; rule->n_serials++) {
		const struct scfg_word *word = &d->params[rule->n_serials];

		if (word->text[0] == '\0' || strlen(word->text) >= POLICY_DEVICE_TEXT_MAX)
			return scfg_fail(l->file, word, -EINVAL, l->err,
					 "a serial number must not be empty; "
					 "remedy: copy it from `sekisho devices`");
		rule->serials[rule->n_serials] = strdup(word->text);
		if (!rule->serials[rule->n_serials])
			return load_out_of_memory(l);
	}
	return 0;
}

static int read_classes(struct loader *l, const struct scfg_directive *d, uint32_t *ret)
{
	for (size_t i = 0; i < d->n_params; i++) {
		enum device_class class = class_from_name(d->params[i].text);
		char known[256];

		if (class == CLASS_NONE)
			return scfg_fail(l->file, &d->params[i], -EINVAL, l->err,
					 "no interface class is called '%s'; remedy: one of %s",
					 d->params[i].text,
					 class_names(UINT32_MAX, known, sizeof(known)));
		*ret |= (uint32_t) class;
	}
	return 0;
}

static int read_only(struct loader *l, const struct scfg_directive *d, struct policy_rule *rule)
{
	return read_classes(l, d, &rule->only);
}

static int read_interface(struct loader *l, const struct scfg_directive *d,
			  struct policy_rule *rule)
{
	return read_classes(l, d, &rule->interface);
}

static int read_reason(struct loader *l, const struct scfg_directive *d, struct policy_rule *rule)
{
	if (strlen(d->params[0].text) >= POLICY_REASON_MAX)
		return scfg_fail(l->file, &d->params[0], -E2BIG, l->err,
				 "a reason is at most %d bytes; remedy: shorten it",
				 POLICY_REASON_MAX - 1);
	rule->reason = strdup(d->params[0].text);
	return rule->reason ? 0 : load_out_of_memory(l);
}

static const struct keyword {
	const char *name;
	size_t max_values;
	bool is_condition; /* a rule needs at least one */
	int (*read)(struct loader *l, const struct scfg_directive *d, struct policy_rule *rule);
} keywords[] = {
	{ "usb", POLICY_VALUES_MAX, true, read_usb },
	{ "serial", POLICY_VALUES_MAX, true, read_serial },
	{ "only", POLICY_VALUES_MAX, true, read_only },
	{ "interface", POLICY_VALUES_MAX, true, read_interface },
	{ "reason", 1, false, read_reason },
};

static const struct keyword *find_keyword(const char *name)
{
	for (size_t i = 0; i < N_ELEMENTS(keywords); i++) {
		if (strcmp(keywords[i].name, name) == 0)
			return &keywords[i];
	}
	return NULL;
}

static int read_keyword(struct loader *l, const struct scfg_directive *d, struct policy_rule *rule,
			uint32_t *seen, bool *ret_condition)
{
	const struct keyword *keyword = find_keyword(d->name.text);
	uint32_t bit = keyword ? 1u << (keyword - keywords) : 0;

	if (!keyword)
		return scfg_fail(
			l->file, &d->name, -EINVAL, l->err,
			"unknown condition '%s'; remedy: usb, serial, only, interface or reason",
			d->name.text);
	if (*seen & bit)
		return scfg_fail(
			l->file, &d->name, -EINVAL, l->err,
			"'%s' stands twice in rule '%s'; remedy: put all values on one line",
			d->name.text, rule->id);
	*seen |= bit;
	if (d->children.n_directives > 0)
		return scfg_fail(l->file, &d->children.directives[0].name, -EINVAL, l->err,
				 "'%s' has no block; remedy: delete the braces", d->name.text);
	if (d->n_params == 0)
		return scfg_fail(l->file, &d->name, -EINVAL, l->err,
				 "'%s' needs a value; remedy: write one behind it", d->name.text);
	if (d->n_params > keyword->max_values)
		return scfg_fail(
			l->file, &d->params[keyword->max_values], -E2BIG, l->err,
			"'%s' takes at most %zu values; remedy: use quotes or a second rule",
			d->name.text, keyword->max_values);
	*ret_condition |= keyword->is_condition;
	return keyword->read(l, d, rule);
}

static int read_verdict(struct loader *l, const struct scfg_word *word, enum verdict *ret)
{
	static const enum verdict verdicts[] = { VERDICT_BLOCK, VERDICT_READ_ONLY, VERDICT_ALLOW };

	for (size_t i = 0; i < N_ELEMENTS(verdicts); i++) {
		if (strcmp(verdict_name(verdicts[i]), word->text) == 0) {
			*ret = verdicts[i];
			return 0;
		}
	}
	return scfg_fail(l->file, word, -EINVAL, l->err,
			 "unknown verdict '%s'; remedy: block, read-only or allow", word->text);
}

static int read_rule_head(struct loader *l, const struct scfg_directive *d,
			  struct policy_rule *rule)
{
	if (d->n_params != 2)
		return scfg_fail(l->file, &d->name, -EINVAL, l->err,
				 "a rule has an id and a verdict; remedy: rule ID VERDICT { ... }");
	if (!load_is_word_of(d->params[0].text, "abcdefghijklmnopqrstuvwxyz0123456789-",
			     sizeof(rule->id)) ||
	    strcmp(d->params[0].text, POLICY_DEFAULT_RULE) == 0)
		return scfg_fail(l->file, &d->params[0], -EINVAL, l->err,
				 "'%s' cannot be a rule's id; "
				 "remedy: 1 to 63 of a-z, 0-9 and '-', but not 'default'",
				 d->params[0].text);
	strcpy(rule->id, d->params[0].text);
	rule->line = d->name.line;
	return read_verdict(l, &d->params[1], &rule->verdict);
}

int load_rule(struct loader *l, const struct scfg_directive *d)
{
	struct policy_rule *rule;
	bool has_condition = false;
	uint32_t seen = 0;
	int rc;

	if (l->policy->n_rules == POLICY_RULES_MAX)
		return scfg_fail(l->file, &d->name, -E2BIG, l->err,
				 "more than %d rules; remedy: put several values on one line",
				 POLICY_RULES_MAX);
	rule = &l->policy->rules[l->policy->n_rules++];
	rc = read_rule_head(l, d, rule);
	for (size_t i = 0; rc == 0 && i < d->children.n_directives; i++)
		rc = read_keyword(l, &d->children.directives[i], rule, &seen, &has_condition);
	if (rc == 0 && !has_condition)
		rc = scfg_fail(l->file, &d->name, -EINVAL, l->err,
			       "rule '%s' has no condition and would match everything; "
			       "remedy: add usb, serial, only or interface",
			       rule->id);
	return rc;
}
