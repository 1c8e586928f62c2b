/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho media list, show, overdue: the register as it stands here. */

#include "cli/media_list.h"

#include "cli/media_commands.h"
#include "cli/moment.h"
#include "cli/options.h"
#include "cli/permit_rows.h"
#include "cli/sheet.h"
#include "cli/state_words.h"
#include "cli/table.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_OVERDUE 1
#define EXIT_UNKNOWN 2

const char *const media_row_keys[] = {
	"number", "kind",   "model",  "section",    "zone",     "classification",  "encryption",
	"usb",    "serial", "sd_cid", "filesystem", "unlocked", "unlocked_serial", "state",
	"holder", "due",    "since",  "note",       NULL,
};

struct list {
	struct agent_rows media;
	const char *state; /* only those, or NULL */
	bool overdue_only;
	bool as_json;
	policy_minute now;
};

bool media_row_is_overdue(const struct agent_row *row, policy_minute now)
{
	policy_minute due;

	return strcmp(agent_row_get(row, "state"), "lent") == 0 &&
	       policy_minute_parse(agent_row_get(row, "due"), 'T', &due) && due < now;
}

const char *media_row_state(const struct agent_row *row, policy_minute now)
{
	return media_row_is_overdue(row, now) ? "overdue" : agent_row_get(row, "state");
}

bool media_row_is_held(const struct agent_row *row)
{
	const char *state = agent_row_get(row, "state");

	return strcmp(state, "registered") == 0 || strcmp(state, "lent") == 0 ||
	       strcmp(state, "missing") == 0;
}

int media_row_fetch(const char *number, struct agent_rows *rows, const struct agent_row **ret,
		    struct err *err)
{
	int rc = agent_rows_fetch(IPC_AGENT_MEDIA_LIST, rows, err);

	if (rc < 0)
		return rc;
	*ret = agent_rows_find(rows, "number", number);
	if (!*ret)
		return err_set(
			err, -ENOENT,
			"%s is not in the register; remedy: sekisho media list shows what is",
			number);
	return 0;
}

static bool is_meant(const struct list *list, const struct agent_row *row)
{
	if (list->overdue_only && !media_row_is_overdue(row, list->now))
		return false;
	return !list->state || strcmp(agent_row_get(row, "state"), list->state) == 0 ||
	       strcmp(media_row_state(row, list->now), list->state) == 0;
}

static json_t *row_json(const struct agent_row *row, policy_minute now)
{
	json_t *object = agent_row_json(row, media_row_keys);

	(void)json_object_set_new(object, "overdue", json_boolean(media_row_is_overdue(row, now)));
	(void)json_object_set_new(object, "weak_serial",
				  json_boolean(*agent_row_get(row, "weak_serial")));
	(void)json_object_set_new(object, "here_only",
				  json_boolean(*agent_row_get(row, "here_only")));
	return object;
}

static size_t print_json(const struct list *list, json_t *into)
{
	size_t n = 0;

	for (size_t i = 0; i < list->media.n; i++) {
		if (!is_meant(list, list->media.items[i]))
			continue;
		(void)json_array_append_new(into, row_json(list->media.items[i], list->now));
		n++;
	}
	return n;
}

static size_t print_table(const struct list *list)
{
	static const char *const titles[] = {
		N_("NUMBER"),     N_("KIND"),  N_("SECTION"), N_("ZONE"), N_("CLASS"),
		N_("ENCRYPTION"), N_("STATE"), N_("WHO"),     N_("DUE"),
	};
	struct table table = { .titles = titles, .n_columns = sizeof(titles) / sizeof(titles[0]) };
	size_t n = 0;

	for (size_t i = 0; i < list->media.n; i++) {
		const struct agent_row *row = list->media.items[i];

		if (!is_meant(list, row))
			continue;
		table_add(&table,
			  (const char *const[]){
				  agent_row_get(row, "number"),
				  state_word(agent_row_get(row, "kind")),
				  agent_row_get(row, "section"), agent_row_get(row, "zone"),
				  agent_row_get(row, "classification"),
				  state_word(agent_row_get(row, "encryption")),
				  state_word(media_row_state(row, list->now)),
				  agent_row_get(row, "holder"), agent_row_get(row, "due") });
		n++;
	}
	if (n > 0)
		table_print(&table, stdout);
	table_done(&table);
	return n;
}

static void print_list_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media list [--state STATE] [--overdue] [--json]\n\n"
		 "STATE is registered, lent, missing, lost, disposed or dispose-pending.\n"),
	      out);
}

static int parse_list(int argc, char *argv[], struct list *ret, struct err *err)
{
	static const struct option options[] = {
		{ "state", required_argument, NULL, 's' },
		{ "overdue", no_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const char states[] = " registered lent missing lost disposed dispose-pending ";
	char word[64];
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 's')
			ret->state = optarg;
		else if (option == 'o')
			ret->overdue_only = true;
		else if (option == 'j')
			ret->as_json = true;
		else
			return option == 'h' ? 1 : -EINVAL;
	}
	if (optind != argc)
		return -EINVAL;
	if (ret->state && (snprintf(word, sizeof(word), " %s ", ret->state) >= (int)sizeof(word) ||
			   !strstr(states, word)))
		return err_set(err, -ENOENT, "'%s' is no state of a medium; remedy: one of%s",
			       ret->state, states);
	return 0;
}

int media_list(int argc, char *argv[], struct err *err)
{
	struct list list = { .now = moment_now() };
	json_auto_t *array = json_array();
	int rc = parse_list(argc, argv, &list, err);

	if (rc == 1 || rc == -EINVAL)
		return options_usage(rc, print_list_usage);
	if (rc == 0)
		rc = agent_rows_fetch(IPC_AGENT_MEDIA_LIST, &list.media, err);
	if (rc == 0 && list.as_json) {
		(void)print_json(&list, array);
		(void)json_dumpf(array, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (rc == 0 && print_table(&list) == 0) {
		puts(list.media.n == 0 ? tr("The register has no media.")
				       : tr("No medium is in that state."));
	}
	agent_rows_done(&list.media);
	return rc < 0 ? rc : EXIT_SUCCESS;
}

static void print_show_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media show NUMBER [--json]\n"), out);
}

static void print_medium(const struct agent_row *row, policy_minute now)
{
	sheet_line(tr("number"), agent_row_get(row, "number"));
	sheet_line(tr("state"), state_word(media_row_state(row, now)));
	sheet_line(tr("since"), agent_row_get(row, "since"));
	sheet_line(tr("held by"), agent_row_get(row, "holder"));
	sheet_line(tr("due"), agent_row_get(row, "due"));
	sheet_line(tr("kind"), state_word(agent_row_get(row, "kind")));
	sheet_line(tr("model"), agent_row_get(row, "model"));
	sheet_line(tr("section"), agent_row_get(row, "section"));
	sheet_line(tr("zone"), agent_row_get(row, "zone"));
	sheet_line(tr("classification"), agent_row_get(row, "classification"));
	sheet_line(tr("encryption"), state_word(agent_row_get(row, "encryption")));
	sheet_line(tr("USB number"), agent_row_get(row, "usb"));
	sheet_line(tr("serial number"), agent_row_get(row, "serial"));
	if (*agent_row_get(row, "weak_serial"))
		sheet_line("", tr("says little: others may have the same"));
	sheet_line(tr("unlocked it is"), agent_row_get(row, "unlocked"));
	sheet_line(tr("and its serial number"), agent_row_get(row, "unlocked_serial"));
	sheet_line(tr("card's number"), agent_row_get(row, "sd_cid"));
	sheet_line(tr("file system"), agent_row_get(row, "filesystem"));
	sheet_line(tr("note"), agent_row_get(row, "note"));
	if (*agent_row_get(row, "here_only"))
		puts(tr("Only this terminal knows it; remedy: sekisho media export, then sign it"));
}

int media_show(int argc, char *argv[], struct err *err)
{
	struct agent_rows rows = { 0 };
	const struct agent_row *row = NULL;
	policy_minute now = moment_now();
	bool as_json;
	int rc = options_json(argc, argv, 1, &as_json);

	if (rc != 0)
		return options_usage(rc, print_show_usage);
	rc = media_row_fetch(argv[optind], &rows, &row, err);
	if (rc == 0 && as_json) {
		json_auto_t *object = row_json(row, now);

		(void)json_dumpf(object, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (rc == 0) {
		print_medium(row, now);
	}
	agent_rows_done(&rows);
	return rc < 0 ? rc : EXIT_SUCCESS;
}

static void print_overdue_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media overdue [--json]\n\n"
		 "Media that were not brought back, and permits whose medium nobody confirmed to "
		 "be\n"
		 "erased. Exit status: 0 none, 1 some, 2 it cannot be told.\n"),
	      out);
}

static int fetch_both(struct agent_rows *media, struct agent_rows *permits, struct err *err)
{
	int rc = agent_rows_fetch(IPC_AGENT_MEDIA_LIST, media, err);

	return rc < 0 ? rc : agent_rows_fetch(IPC_AGENT_PERMITS, permits, err);
}

static size_t print_both(struct list *list, const struct agent_rows *permits)
{
	json_t *media = json_array();
	json_t *late = json_array();
	json_auto_t *both = json_pack("{s:o, s:o}", "media", media, "permits", late);
	size_t n;

	if (!list->as_json) {
		n = print_table(list);
		return n + permit_rows_print_late(permits, list->now, n > 0);
	}
	n = print_json(list, media) + permit_rows_json_late(permits, list->now, late);
	(void)json_dumpf(both, stdout, JSON_INDENT(2));
	putchar('\n');
	return n;
}

/* For a timer in the morning: what cannot be told is not nothing. */
int media_overdue(int argc, char *argv[], struct err *err)
{
	struct list list = { .now = moment_now(), .overdue_only = true };
	struct agent_rows permits = { 0 };
	int rc = options_json(argc, argv, 0, &list.as_json);
	size_t n = 0;

	if (rc != 0)
		return rc > 0 ? options_usage(rc, print_overdue_usage)
			      : (options_usage(rc, print_overdue_usage), EXIT_UNKNOWN);
	rc = fetch_both(&list.media, &permits, err);
	if (rc == 0)
		n = print_both(&list, &permits);
	if (rc == 0 && n == 0 && !list.as_json)
		puts(tr("Everything is back."));
	agent_rows_done(&list.media);
	agent_rows_done(&permits);
	if (rc == 0)
		return n > 0 ? EXIT_OVERDUE : EXIT_SUCCESS;
	fprintf(stderr, "sekisho media overdue: %s\n", err->text);
	return EXIT_UNKNOWN;
}
