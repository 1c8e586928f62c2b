/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What differs between two policies in meaning.  Each difference is made as
 * JSON, with the lines that only one of the two has, and shown as such or as text.
 */

#include "cli/diff_lines.h"
#include "cli/options.h"
#include "cli/policy_commands.h"
#include "cli/policy_file.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_TROUBLE 2 /* as diff(1): neither the same nor different */

struct diff {
	const struct policy *a;
	const struct policy *b;
	json_t *list; /* NULL: text is printed */
	unsigned int n;
};

static const struct part_name {
	enum policy_part part;
	const char *name;
} part_names[] = {
	{ PART_VERDICT, "verdict" },
	{ PART_REASON, "reason" },
	{ PART_TICKET, "ticket" },
	{ PART_CLAUSE, "clause" },
	{ PART_NAME, "name" },
	{ PART_VERSION, "version" },
	{ PART_EXPIRES, "expires" },
	{ PART_WHEN_EXPIRED, "when-expired" },
	{ PART_CODE, "code" },
	{ PART_WINDOW, "window" },
	{ PART_THROTTLE, "throttle" },
	{ PART_EXEMPTION, "exempt" },
	{ PART_OBSERVE, "observe" },
	{ PART_RECORD_FILES, "record-files" },
	{ PART_SCAN_RECORD, "scan-record" },
};

static json_t *parts_as_json(const struct policy_difference *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(part_names) / sizeof(part_names[0]); i++) {
		if (d->parts & (uint32_t)part_names[i].part)
			(void)json_array_append_new(list, json_string(part_names[i].name));
	}
	for (enum condition_kind kind = 0; kind < CONDITION_KINDS; kind++) {
		if (d->conditions & 1u << kind)
			(void)json_array_append_new(list, json_string(condition_name(kind)));
	}
	return list;
}

static const char *id_of(const struct policy *policy, uint32_t rule)
{
	return rule == POLICY_NO_RULE ? "" : policy_word(policy, policy->rules[rule].id);
}

static const char *change_of(enum policy_difference_kind kind)
{
	switch (kind) {
	case DIFFERENCE_RULE_REMOVED:
		return "removed";
	case DIFFERENCE_RULE_ADDED:
		return "added";
	case DIFFERENCE_RULE_MOVED:
		return "moved";
	case DIFFERENCE_HEAD:
	case DIFFERENCE_RULE_CHANGED:
	case DIFFERENCE_ZONE:
		return "changed";
	}
	abort(); /* no default above: the compiler names a missing case */
}

static json_t *as_json(const struct diff *diff, const struct policy_difference *d)
{
	const char *what = "rule";
	const char *name = d->kind == DIFFERENCE_RULE_REMOVED ? id_of(diff->a, d->rule_a)
							      : id_of(diff->b, d->rule_b);
	json_t *before = json_array();
	json_t *after = json_array();

	if (d->kind == DIFFERENCE_HEAD) {
		what = "policy";
		name = "";
	} else if (d->kind == DIFFERENCE_ZONE) {
		what = "zone";
		name = zone_name(d->zone);
	}
	diff_lines(diff->a, diff->b, d, before, after);
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "change", change_of(d->kind), "of",
			 what, "name", name, "past", id_of(diff->b, d->other_b), "parts",
			 parts_as_json(d), "before", before, "after", after);
}

static void print_lines(const json_t *lines, char sign)
{
	size_t i;
	json_t *line;

	json_array_foreach((json_t *)(uintptr_t)lines, i, line)
		printf("    %c %s\n", sign, json_string_value(line));
}

static void print_text(enum policy_difference_kind kind, const json_t *difference)
{
	const char *of = json_string_value(json_object_get(difference, "of"));
	const char *name = json_string_value(json_object_get(difference, "name"));
	const char *past = json_string_value(json_object_get(difference, "past"));
	json_t *part;
	size_t i;

	if (kind == DIFFERENCE_RULE_MOVED) {
		printf(tr("~ rule %s changed places with %s, and both can fit one device\n"), name,
		       *past ? past : "?");
		return;
	}
	printf("%c %s%s%s",
	       kind == DIFFERENCE_RULE_REMOVED ? '-'
	       : kind == DIFFERENCE_RULE_ADDED ? '+'
					       : '~',
	       of, *name ? " " : "", name);
	json_array_foreach(json_object_get(difference, "parts"), i, part)
		printf("%s %s", i == 0 ? ":" : "", json_string_value(part));
	putchar('\n');
	print_lines(json_object_get(difference, "before"), '-');
	print_lines(json_object_get(difference, "after"), '+');
}

static void take_difference(void *ctx, const struct policy_difference *d)
{
	struct diff *diff = ctx;
	json_auto_t *difference = as_json(diff, d);

	diff->n++;
	if (diff->list)
		(void)json_array_append(diff->list, difference);
	else
		print_text(d->kind, difference);
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy diff OLD NEW [--json]\n\n"
		 "Shows what differs in meaning: not comments, not the order of values.\n"
		 "Exit status: 0 when nothing does, 1 when something does, 2 when that is not\n"
		 "known because of an error.\n"),
	      out);
}

/* Return: 0, 1 (they differ), more for an error that was shown, or a negative errno. */
static int compare(const char *old, const char *new, struct diff *diff, struct err *err)
{
	cleanup_policy_file struct policy_file a = { 0 };
	cleanup_policy_file struct policy_file b = { 0 };
	int rc = policy_file_read(old, &a, err);

	if (rc == 0)
		rc = policy_file_read(new, &b, err);
	if (rc != 0)
		return rc < 0 ? rc : EXIT_TROUBLE;
	diff->a = a.policy;
	diff->b = b.policy;
	if (policy_compare(a.policy, b.policy, take_difference, diff) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	if (diff->list) {
		(void)json_dumpf(diff->list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	return diff->n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int policy_diff(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	json_auto_t *list = json_array();
	struct diff diff = { 0 };
	int option;
	int rc;

	optind = 1;
	while ((option = option_next(argc, argv, "", options)) == 'j')
		diff.list = list;
	if (option == 'h')
		return options_usage(1, print_usage);
	if (option >= 0 || optind != argc - 2) {
		(void)options_usage(-EINVAL, print_usage);
		return EXIT_TROUBLE;
	}
	rc = compare(argv[optind], argv[optind + 1], &diff, err);
	if (rc >= 0)
		return rc;
	fprintf(stderr, "sekisho policy diff: %s\n", err->text);
	return EXIT_TROUBLE;
}
