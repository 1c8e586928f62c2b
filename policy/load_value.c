/* SPDX-License-Identifier: Apache-2.0 */

/* Words to values: what a condition or a set lists. */

#include "policy/condition.h"
#include "policy/load_internal.h"

#include "core/err.h"
#include "core/lang.h"
#include "core/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void add_value(struct loader *l, uint64_t value)
{
	struct policy *policy = l->policy;

	if (load_room(l, &policy->values, policy->n_values, &l->values_room,
		      sizeof(*policy->values)))
		policy->values[policy->n_values++] = value;
}

static void wrong_name(struct loader *l, const struct condition_info *info,
		       const struct scfg_word *word)
{
	char known[256];
	char remedy[512];

	(void)snprintf(remedy, sizeof(remedy), tr(info->remedy),
		       names_list(info->names, known, sizeof(known)));
	load_fail(l, word, "'%s' is unknown here; remedy: %s", word->text, remedy);
}

/* "mon-fri": every day from one to the other, also over Sunday. */
static uint32_t span_of_days(const char *text)
{
	char first[4] = "";
	uint32_t from, to, days = 0;

	if (strlen(text) != 7 || text[3] != '-')
		return 0;
	memcpy(first, text, 3);
	from = names_find(&names_weekday, first);
	to = names_find(&names_weekday, text + 4);
	if (from == 0 || to == 0)
		return 0;
	for (uint32_t day = from; day != to; day = day == 1u << 6 ? 1 : day << 1)
		days |= day;
	return days | to;
}

static void read_names(struct loader *l, const struct condition_info *info,
		       const struct scfg_word *words, size_t n)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t bit = names_find(info->names, words[i].text);

		if (bit == 0 && info->names == &names_weekday)
			bit = span_of_days(words[i].text);
		if (bit == 0)
			wrong_name(l, info, &words[i]);
		bits |= bit;
	}
	add_value(l, bits);
}

static void read_usb(struct loader *l, const struct scfg_word *word)
{
	struct err ignored = { 0 };
	char vendor[5] = "";
	uint16_t vid = 0, pid = 0;
	size_t len = strlen(word->text);

	if (len >= 6 && word->text[4] == ':') {
		memcpy(vendor, word->text, 4);
		if (parse_hex16(vendor, &vid, &ignored) == 0) {
			if (strcmp(word->text + 5, "*") == 0) {
				add_value(l, VALUE_ANY_PRODUCT | (uint64_t)vid << 16);
				return;
			}
			if (parse_hex16(word->text + 5, &pid, &ignored) == 0) {
				add_value(l, (uint64_t)vid << 16 | pid);
				return;
			}
		}
	}
	load_fail(l, word,
		  "'%s' is no vendor and product id; remedy: four hexadecimal digits each, "
		  "as in 0951:1666, or 0951:* for every product of the vendor",
		  word->text);
}

/* "@@" stands for a text that begins with "@". */
static void read_text_value(struct loader *l, const struct condition_info *info,
			    const struct scfg_word *word)
{
	char lower[POLICY_DEVICE_TEXT_MAX];
	const char *text = word->text + (word->text[0] == '@' && word->text[1] == '@');
	size_t len = strlen(text);

	if (info->any && strcmp(text, info->any) == 0) {
		add_value(l, VALUE_ANY_TEXT);
		return;
	}
	if (len >= info->min_len && len <= info->max_len) {
		for (size_t i = 0; i <= len; i++)
			lower[i] =
				info->ignore_case ? (char)tolower((unsigned char)text[i]) : text[i];
		if ((!info->allowed || strspn(lower, info->allowed) == len) &&
		    (!info->has_shape || info->has_shape(lower))) {
			policy_text kept = load_text(l, lower);

			add_value(l, kept);
			return;
		}
	}
	load_fail(l, word, "'%s' cannot be a value of '%s'; remedy: %s", word->text, info->name,
		  tr(info->remedy));
}

static void read_hours(struct loader *l, const struct scfg_word *word)
{
	unsigned int h1 = 0, m1 = 0, h2 = 0, m2 = 0;

	if (policy_text_has_shape(word->text, "dd:dd-dd:dd"))
		(void)sscanf(word->text, "%2u:%2u-%2u:%2u", &h1, &m1, &h2, &m2);
	if (m1 < 60 && m2 < 60 && h1 * 60 + m1 < h2 * 60 + m2 && h2 * 60 + m2 <= 24 * 60) {
		add_value(l, (uint64_t)(h1 * 60 + m1) << 16 | (h2 * 60 + m2));
		return;
	}
	load_fail(l, word,
		  "'%s' is no span of a day; remedy: as 08:30-17:15; over midnight takes two",
		  word->text);
}

static void read_value(struct loader *l, const struct condition_info *info,
		       const struct scfg_word *word)
{
	policy_minute until;

	/* As a value it would be one that no device has, and the rule would silently be dead. */
	if (word->text[0] == '@' && word->text[1] != '@') {
		load_fail(l, word,
			  "'%s': a set stands alone behind its condition; remedy: use a rule for "
			  "each, or write @@ for a value that begins with @",
			  word->text);
		return;
	}
	switch (info->shape) {
	case VALUE_USB:
		read_usb(l, word);
		return;
	case VALUE_TEXT:
		read_text_value(l, info, word);
		return;
	case VALUE_HOURS:
		read_hours(l, word);
		return;
	case VALUE_MINUTE:
		if (load_until(l, word, &until))
			add_value(l, (uint64_t)until);
		return;
	case VALUE_NAMES:
		return; /* all together: read_names() */
	}
}

/* qsort_r() has no other way to the texts than a context. */
struct order {
	const struct policy *policy;
	enum condition_kind kind;
};

static int compare(const void *a, const void *b, void *ctx)
{
	const struct order *order = ctx;

	return condition_compare_values(order->policy, order->kind, *(const uint64_t *)a,
					*(const uint64_t *)b);
}

static void sort_values(struct policy *policy, enum condition_kind kind, size_t first)
{
	struct order order = { policy, kind };
	size_t n = policy->n_values - first;
	uint64_t *values;
	size_t kept = 1;

	if (n < 2)
		return;
	values = policy->values + first;
	qsort_r(values, n, sizeof(*values), compare, &order);
	for (size_t i = 1; i < n; i++) {
		if (condition_compare_values(policy, kind, values[kept - 1], values[i]) != 0)
			values[kept++] = values[i];
	}
	policy->n_values = first + kept;
}

void load_values(struct loader *l, enum condition_kind kind, const struct scfg_word *words,
		 size_t n_words, uint32_t *ret_first, uint32_t *ret_n)
{
	const struct condition_info *info = &condition_infos[kind];
	size_t first = l->policy->n_values;

	if (n_words > POLICY_VALUES_MAX) {
		load_limit(l, &words[POLICY_VALUES_MAX],
			   "more than %zu values; "
			   "remedy: use a second rule",
			   POLICY_VALUES_MAX);
		return;
	}
	if (info->shape == VALUE_NAMES)
		read_names(l, info, words, n_words);
	for (size_t i = 0; l->fatal == 0 && info->shape != VALUE_NAMES && i < n_words; i++)
		read_value(l, info, &words[i]);
	sort_values(l->policy, kind, first);
	*ret_first = (uint32_t)first;
	*ret_n = (uint32_t)(l->policy->n_values - first);
}
