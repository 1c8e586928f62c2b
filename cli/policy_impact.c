/* SPDX-License-Identifier: Apache-2.0 */

/* A draft is asked about every device that the log has met: what would be otherwise? */

#include "cli/device_record.h"
#include "cli/log_read.h"
#include "cli/log_time.h"
#include "cli/options.h"
#include "cli/policy_commands.h"
#include "cli/policy_file.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"

/* All entries whose verdict changes in the same way by the same rules. */
struct change {
	enum verdict before, after;
	char rule_before[POLICY_ID_MAX];
	char rule_after[POLICY_ID_MAX];
	char example[DEVICE_NAME_MAX];
	unsigned int n;
};

struct impact {
	const char *dir;
	struct log_query query;
	struct policy_file file;
	struct change *changes;
	size_t n_changes;
	unsigned int n_asked;   /* verdicts that could be tried */
	unsigned int n_skipped; /* entries without enough facts */
	unsigned int n_broken;  /* lines that are no entries */
	bool json;
	bool out_of_memory;
};

static bool verdict_from_name(const char *name, enum verdict *ret)
{
	for (enum verdict verdict = VERDICT_BLOCK; name && verdict <= VERDICT_ALLOW; verdict++) {
		if (strcmp(verdict_name(verdict), name) == 0) {
			*ret = verdict;
			return true;
		}
	}
	return false;
}

static void count(struct impact *impact, const struct change *change)
{
	struct change *grown;

	for (size_t i = 0; i < impact->n_changes; i++) {
		struct change *known = &impact->changes[i];

		if (known->before == change->before && known->after == change->after &&
		    strcmp(known->rule_before, change->rule_before) == 0 &&
		    strcmp(known->rule_after, change->rule_after) == 0) {
			known->n++;
			return;
		}
	}
	grown = reallocarray(impact->changes, impact->n_changes + 1, sizeof(*grown));
	if (!grown) {
		impact->out_of_memory = true;
		return;
	}
	impact->changes = grown;
	impact->changes[impact->n_changes] = *change;
	impact->changes[impact->n_changes++].n = 1;
}

/* One interface that the entry is about. */
static void try_interface(struct impact *impact, const struct device_record *record, size_t index,
			  const json_t *entry, enum verdict before)
{
	const struct policy *policy = impact->file.policy;
	const char *rule = json_string_value(json_object_get(entry, "rule"));
	struct change change = { .before = before };
	struct policy_decision decision;

	policy_decide(policy, &record->device, index, &record->at, &decision);
	impact->n_asked++;
	if (decision.verdict == before)
		return;
	change.after = decision.verdict;
	(void)snprintf(change.rule_before, sizeof(change.rule_before), "%s",
		       rule ? rule : POLICY_DEFAULT_RULE);
	(void)snprintf(change.rule_after, sizeof(change.rule_after), "%s",
		       decision.rule == POLICY_NO_RULE
			       ? POLICY_DEFAULT_RULE
			       : policy_word(policy, policy->rules[decision.rule].id));
	(void)snprintf(change.example, sizeof(change.example), "%s", record->name);
	count(impact, &change);
}

/* "0 2": the numbers of the interfaces that were judged alike. */
static bool is_among(const char *numbers, uint8_t number)
{
	char *end = NULL;

	while (numbers && *numbers) {
		if (strtoul(numbers, &end, 10) == number && end != numbers)
			return true;
		if (end == numbers)
			return false;
		numbers = end + strspn(end, " ");
	}
	return false;
}

static void try_entry(const char *line, struct impact *impact)
{
	json_auto_t *entry = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *numbers = json_string_value(json_object_get(entry, "interface"));
	struct device_record record;
	struct err ignored = { 0 };
	enum verdict before;

	if (!entry) {
		impact->n_broken++;
		return;
	}
	if (!verdict_from_name(json_string_value(json_object_get(entry, "verdict")), &before))
		return; /* not about a verdict */
	if (device_record_from_json(entry, &record, &ignored) < 0 || !numbers) {
		impact->n_skipped++;
		return;
	}
	for (size_t i = 0; i < record.device.n_interfaces; i++) {
		if (is_among(numbers, record.device.interfaces[i].number))
			try_interface(impact, &record, i, entry, before);
	}
}

static int take_entry(const struct log_entry *entry, void *ctx, struct err *err)
{
	struct impact *impact = ctx;

	if (entry->kind != LOG_ENTRY_REDACTED)
		try_entry(entry->text, impact);
	return impact->out_of_memory ? err_set(err, -ENOMEM, "out of memory") : 0;
}

static int read_log(struct impact *impact, struct err *err)
{
	cleanup_close int dirfd = log_open_dir(impact->dir, err);

	return dirfd < 0 ? dirfd : log_read(dirfd, &impact->query, take_entry, impact, err);
}

static unsigned int count_all(const struct impact *impact)
{
	unsigned int n = 0;

	for (size_t i = 0; i < impact->n_changes; i++)
		n += impact->changes[i].n;
	return n;
}

static void print_changes(const struct impact *impact)
{
	for (size_t i = 0; i < impact->n_changes; i++) {
		const struct change *change = &impact->changes[i];

		printf(tr("%5u times %s -> %s: rule %s -> %s, for example %s\n"), change->n,
		       verdict_name(change->before), verdict_name(change->after),
		       change->rule_before, change->rule_after, change->example);
	}
	printf(tr("%u verdicts of the log asked again, %u would be otherwise\n"), impact->n_asked,
	       count_all(impact));
	if (impact->n_skipped > 0)
		printf(tr("%u entries do not hold enough facts and were left out\n"),
		       impact->n_skipped);
	if (impact->n_broken > 0)
		printf(tr("%u lines are no entries and were left out; remedy: run sekisho log "
			  "verify\n"),
		       impact->n_broken);
}

static int print_json(const struct impact *impact, struct err *err)
{
	json_t *list = json_array();
	json_auto_t *root = NULL;

	for (size_t i = 0; i < impact->n_changes; i++) {
		const struct change *change = &impact->changes[i];

		(void)json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s}",
							    "times", (json_int_t)change->n,
							    "before", verdict_name(change->before),
							    "after", verdict_name(change->after),
							    "rule_before", change->rule_before,
							    "rule_after", change->rule_after,
							    "example", change->example));
	}
	root = json_pack("{s:I, s:I, s:I, s:I, s:o}", "asked", (json_int_t)impact->n_asked,
			 "otherwise", (json_int_t)count_all(impact), "left_out",
			 (json_int_t)impact->n_skipped, "broken", (json_int_t)impact->n_broken,
			 "changes", list);
	if (!root)
		return err_set(err, -ENOMEM, "out of memory");
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	return 0;
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy impact FILE [--since TIME] [--until TIME] [--dir DIR]\n"
		 "                             [--json]\n\n"
		 "Asks the draft FILE about every device that the log has met and shows, rule by\n"
		 "rule, which verdicts would be otherwise.  Changes nothing.\n"),
	      out);
}

static int parse(int argc, char *argv[], struct impact *impact, struct err *err)
{
	static const struct option options[] = {
		{ "since", required_argument, NULL, 's' },
		{ "until", required_argument, NULL, 'u' },
		{ "dir", required_argument, NULL, 'd' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int64_t now_us = clock_read_us(CLOCK_REALTIME);
	int option;
	int rc = 0;

	optind = 1;
	while (rc == 0 && (option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 's')
			rc = log_time_parse(optarg, LOG_TIME_SINCE, now_us,
					    &impact->query.filter.since_us, err);
		else if (option == 'u')
			rc = log_time_parse(optarg, LOG_TIME_UNTIL, now_us,
					    &impact->query.filter.until_us, err);
		else if (option == 'd')
			impact->dir = optarg;
		else if (option == 'j')
			impact->json = true;
		else
			rc = option == 'h' ? 1 : 2;
	}
	return rc == 0 && optind != argc - 1 ? 2 : rc;
}

int policy_impact(int argc, char *argv[], struct err *err)
{
	struct impact impact = { .dir = LOG_DIR, .query.filter = log_filter_all() };
	int rc = parse(argc, argv, &impact, err);

	if (rc > 0)
		return options_usage(rc == 1, print_usage);
	if (rc < 0)
		return rc;
	rc = policy_file_read(argv[optind], &impact.file, err);
	if (rc == 0)
		rc = read_log(&impact, err);
	if (rc == 0 && impact.json)
		rc = print_json(&impact, err);
	else if (rc == 0)
		print_changes(&impact);
	free(impact.changes);
	policy_file_done(&impact.file);
	return rc;
}
