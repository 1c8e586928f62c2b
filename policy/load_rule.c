/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/condition.h"
#include "policy/load_internal.h"

#include <errno.h>
#include <string.h>

static uint32_t hash(const char *text)
{
	uint32_t key = 2166136261u;

	for (; *text; text++)
		key = (key ^ (unsigned char)*text) * 16777619u;
	return key;
}

/* 1 + index, or 0. */
static uint16_t find_set(const struct loader *l, const char *name)
{
	const struct policy *policy = l->policy;
	uint32_t key = hash(name);

	for (uint16_t i = 0; i < policy->n_sets; i++) {
		if (l->set_hashes[i] == key &&
		    strcmp(policy_word(policy, policy->sets[i].name), name) == 0)
			return (uint16_t)(i + 1);
	}
	return 0;
}

/* Values hold no blanks, so all of them stand as names or as words of lines. */
void load_set(struct loader *l, const struct scfg_directive *d)
{
	struct policy *policy = l->policy;
	cleanup_free struct scfg_word *words = NULL;
	struct policy_set set = { 0 };
	size_t n = 0;

	set.kind = (uint8_t)(d->n_params >= 2 ? condition_from_name(d->params[1].text)
					      : CONDITION_KINDS);
	if (set.kind == CONDITION_KINDS || condition_infos[set.kind].shape == VALUE_NAMES ||
	    condition_infos[set.kind].is_single ||
	    !load_is_word_of(d->params[0].text, LOAD_ID_CHARACTERS, POLICY_ID_MAX)) {
		load_fail(l, &d->name,
			  "a set has a name and a condition; remedy: "
			  "set NAME serial VALUE... or set NAME serial { a line for each }");
		return;
	}
	if (find_set(l, d->params[0].text) != 0) {
		load_fail(l, &d->params[0], "set '%s' stands twice; remedy: join the two",
			  d->params[0].text);
		return;
	}
	if (policy->n_sets == POLICY_SETS_MAX) {
		load_limit(l, &d->name, "more than %zu sets; remedy: join some", POLICY_SETS_MAX);
		return;
	}
	for (size_t i = 0; i < d->children.n_directives; i++)
		n += 1 + d->children.directives[i].n_params;
	n += d->n_params - 2;
	words = calloc(n + 1, sizeof(*words));
	if (!words || !load_room(l, &policy->sets, policy->n_sets, &l->sets_room, sizeof(set))) {
		load_out_of_memory(l);
		return;
	}
	n = d->n_params - 2;
	if (n > 0)
		memcpy(words, d->params + 2, n * sizeof(*words));
	for (size_t i = 0; i < d->children.n_directives; i++) {
		const struct scfg_directive *line = &d->children.directives[i];

		if (line->has_block)
			load_fail(l, &line->name, "'%s' has no block; remedy: delete the braces",
				  line->name.text);
		words[n++] = line->name;
		if (line->n_params > 0)
			memcpy(words + n, line->params, line->n_params * sizeof(*words));
		n += line->n_params;
	}
	if (n == 0)
		load_fail(l, &d->name, "set '%s' is empty; remedy: fill or delete it",
			  d->params[0].text);
	set.name = load_text(l, d->params[0].text);
	load_values(l, set.kind, words, n, &set.first, &set.n);
	l->set_hashes[policy->n_sets] = hash(d->params[0].text);
	policy->sets[policy->n_sets++] = set;
}

uint16_t load_find_set(struct loader *l, const struct scfg_word *word, enum condition_kind kind)
{
	uint16_t set = find_set(l, word->text + 1);
	enum condition_kind other;

	if (set == 0) {
		load_fail(l, word,
			  "there is no set '%s' above this line; remedy: define it first, "
			  "or write @@ for a value that begins with @",
			  word->text + 1);
		return 0;
	}
	other = l->policy->sets[set - 1].kind;
	if (other == kind)
		return set;
	load_fail(l, word,
		  "set '%s' lists values of '%s', not of '%s'; "
		  "remedy: use it there, or define another",
		  word->text + 1, condition_name(other), condition_name(kind));
	return 0;
}

static void read_condition(struct loader *l, const struct scfg_directive *d,
			   enum condition_kind kind, struct policy_rule *rule)
{
	struct policy *policy = l->policy;
	struct policy_condition condition = {
		.kind = (uint8_t)kind,
		.column = (uint8_t)(d->name.column < UINT8_MAX ? d->name.column : UINT8_MAX),
		.line = d->name.line,
	};
	bool is_set = d->n_params == 1 && d->params[0].text[0] == '@' &&
		      d->params[0].text[1] != '@' && condition_infos[kind].shape != VALUE_NAMES;

	if (!load_takes(l, d,
			condition_infos[kind].is_single || d->n_params == 0 ? 1 : d->n_params))
		return;
	if (is_set)
		condition.set = load_find_set(l, &d->params[0], kind);
	if (is_set && condition.set == 0)
		return;
	if (is_set) {
		condition.first = policy->sets[condition.set - 1].first;
		condition.n = policy->sets[condition.set - 1].n;
	} else {
		load_values(l, kind, d->params, d->n_params, &condition.first, &condition.n);
	}
	if (!load_room(l, &policy->conditions, policy->n_conditions, &l->conditions_room,
		       sizeof(condition)))
		return;
	policy->conditions[policy->n_conditions++] = condition;
	rule->n++;
}

static policy_text *note_of(struct policy_rule *rule, const char *name)
{
	if (strcmp(name, "reason") == 0)
		return &rule->reason;
	if (strcmp(name, "ticket") == 0)
		return &rule->ticket;
	if (strcmp(name, "clause") == 0)
		return &rule->clause;
	return NULL;
}

static void read_line(struct loader *l, const struct scfg_directive *d, struct policy_rule *rule,
		      uint32_t *seen)
{
	enum condition_kind kind = condition_from_name(d->name.text);
	policy_text *note = note_of(rule, d->name.text);

	if (kind == CONDITION_KINDS && !note) {
		load_fail(l, &d->name, "unknown condition '%s'; remedy: see sekisho-policy(5)",
			  d->name.text);
		return;
	}
	if (note ? *note != 0 : (*seen & 1u << kind) != 0) {
		load_fail(l, &d->name,
			  "'%s' stands twice in rule '%s'; "
			  "remedy: put all values on one line",
			  d->name.text, policy_word(l->policy, rule->id));
		return;
	}
	if (note) {
		*note = load_note(l, d);
		return;
	}
	*seen |= 1u << kind;
	read_condition(l, d, kind, rule);
}

static void read_verdict(struct loader *l, const struct scfg_word *word, struct policy_rule *rule)
{
	for (enum verdict verdict = VERDICT_BLOCK; verdict <= VERDICT_ALLOW; verdict++) {
		if (strcmp(verdict_name(verdict), word->text) == 0) {
			rule->verdict = (uint8_t)verdict;
			return;
		}
	}
	load_fail(l, word, "unknown verdict '%s'; remedy: block, read-only or allow", word->text);
}

/* Where the id is, or the empty place where it belongs. */
static uint32_t *find_id(struct loader *l, const char *id)
{
	size_t mask = l->ids_room - 1;
	size_t at = hash(id) & mask;

	while (l->ids[at] != 0 &&
	       strcmp(policy_word(l->policy, l->policy->rules[l->ids[at] - 1].id), id) != 0)
		at = (at + 1) & mask;
	return &l->ids[at];
}

static void grow_ids(struct loader *l)
{
	if (l->policy->n_rules * 2 < l->ids_room)
		return;
	free(l->ids);
	l->ids_room = l->ids_room ? l->ids_room * 4 : 64;
	l->ids = calloc(l->ids_room, sizeof(*l->ids));
	if (!l->ids) {
		load_out_of_memory(l);
		return;
	}
	for (uint32_t i = 0; i < l->policy->n_rules; i++)
		*find_id(l, policy_word(l->policy, l->policy->rules[i].id)) = i + 1;
}

/* False when the rule cannot even be named. */
static bool read_rule_head(struct loader *l, const struct scfg_directive *d,
			   struct policy_rule *rule)
{
	const uint32_t *other;

	if (d->n_params != 2) {
		load_fail(l, &d->name,
			  "a rule has an id and a verdict; remedy: rule ID VERDICT { ... }");
		return false;
	}
	if (!load_is_word_of(d->params[0].text, LOAD_ID_CHARACTERS, POLICY_ID_MAX) ||
	    strcmp(d->params[0].text, POLICY_DEFAULT_RULE) == 0) {
		load_fail(l, &d->params[0],
			  "'%s' cannot be a rule's id; "
			  "remedy: 1 to 63 of a-z, 0-9 and '-', but not 'default'",
			  d->params[0].text);
		return false;
	}
	grow_ids(l);
	if (l->fatal != 0)
		return false;
	other = find_id(l, d->params[0].text);
	if (*other != 0) {
		const struct policy_rule *first = &l->policy->rules[*other - 1];

		load_fail(l, &d->params[0],
			  "rule '%s' stands already in %s:%u; "
			  "remedy: give this one another id",
			  d->params[0].text, policy_word(l->policy, l->policy->files[first->file]),
			  first->line);
		return false;
	}
	rule->id = load_text(l, d->params[0].text);
	read_verdict(l, &d->params[1], rule);
	return l->fatal == 0;
}

/* Not even by mistake: it is read, under the eyes of a witness. */
static void check_vendor(struct loader *l, const struct scfg_directive *d,
			 const struct policy_rule *rule)
{
	for (uint32_t i = rule->first; rule->verdict == VERDICT_ALLOW && i < rule->first + rule->n;
	     i++) {
		const struct policy_condition *condition = &l->policy->conditions[i];

		if (condition->kind == CONDITION_PERMIT &&
		    l->policy->values[condition->first] & PERMITS_VENDOR)
			load_fail(l, &d->params[1],
				  "rule '%s' would let be written what a company brought in; "
				  "remedy: read-only in place of allow",
				  policy_word(l->policy, rule->id));
	}
}

void load_rule(struct loader *l, const struct scfg_directive *d)
{
	struct policy *policy = l->policy;
	struct policy_rule rule = { .line = d->name.line,
				    .file = l->file_index,
				    .first = (uint32_t)policy->n_conditions };
	size_t n_before = l->diags->n_errors;
	uint32_t seen = 0;
	bool is_named;

	if (policy->n_rules == POLICY_RULES_MAX) {
		load_limit(l, &d->name,
			   "more than %zu rules; remedy: put several values on one line",
			   POLICY_RULES_MAX);
		return;
	}
	if (!load_room(l, &policy->rules, policy->n_rules, &l->rules_room, sizeof(rule)))
		return;
	is_named = read_rule_head(l, d, &rule);
	for (size_t i = 0; l->fatal == 0 && i < d->children.n_directives; i++)
		read_line(l, &d->children.directives[i], &rule, &seen);
	if (rule.n == 0 && l->diags->n_errors == n_before)
		load_fail(l, &d->name,
			  "rule '%s' has no condition and would match everything; "
			  "remedy: add usb, serial, only or interface",
			  d->params[0].text);
	if (l->diags->n_errors == n_before)
		check_vendor(l, d, &rule);
	if (!is_named)
		return; /* its lines were read for what is wrong with them */
	policy->rules[policy->n_rules++] = rule;
	if (l->fatal == 0)
		*find_id(l, d->params[0].text) = (uint32_t)policy->n_rules;
}
