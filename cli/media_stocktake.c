/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sekisho media stocktake: each medium is plugged in once at this terminal; the log
 * says which were, and the register which should have been.
 */

#include "cli/log_read.h"
#include "cli/log_time.h"
#include "cli/media_commands.h"
#include "cli/media_list.h"
#include "cli/moment.h"
#include "cli/options.h"
#include "cli/state_words.h"
#include "cli/table.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"
#define EXIT_NOT_ALL 1
#define EXIT_UNKNOWN 2

enum found {
	FOUND_NOTHING = 0,
	FOUND_MISMATCH = 1,
	FOUND_PRESENT = 2,
};

struct stock {
	struct agent_rows media;
	enum found *found; /* of each */
	int64_t *seen_us;  /* when it was, 0: not */
	policy_minute now;
	bool is_broken; /* a line of the log cannot be read */
	size_t n_present;
	size_t n_mismatch;
	size_t n_missing;
	size_t n_surplus; /* lost or disposed of, and here */
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho media stocktake [--since TIME] [--csv FILE] [--json]\n\n"
		 "Plug in each medium once, then call this: which of the register were there "
		 "since\n"
		 "TIME (today), which do not fit, which were not shown. Exit status: 0 all were\n"
		 "there, 1 not all, 2 it cannot be told.\n"),
	      out);
}

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

/* What calls itself so but is another is a mismatch, however often the right one comes. */
static int take_entry(const struct log_entry *entry, void *ctx, struct err *err)
{
	json_auto_t *json = json_loadb(entry->text, entry->len, JSON_REJECT_DUPLICATES, NULL);
	struct stock *stock = ctx;
	const char *number = text_of(json, "medium_number");
	bool is_mismatch = strcmp(text_of(json, "type"), "media.mismatch") == 0;

	(void)err;
	stock->is_broken |= entry->kind == LOG_ENTRY_BROKEN || !json;
	for (size_t i = 0; *number && i < stock->media.n; i++) {
		if (strcmp(agent_row_get(stock->media.items[i], "number"), number) != 0)
			continue;
		if (is_mismatch)
			stock->found[i] = FOUND_MISMATCH;
		else if (stock->found[i] == FOUND_NOTHING)
			stock->found[i] = FOUND_PRESENT;
		stock->seen_us[i] = entry->wall_us;
	}
	return 0;
}

static int read_log(struct stock *stock, int64_t since_us, struct err *err)
{
	struct log_query query = { .filter = log_filter_all() };
	cleanup_close int dirfd = log_open_dir(LOG_DIR, err);

	if (dirfd < 0)
		return dirfd;
	query.filter.since_us = since_us;
	query.filter.types = "device,medium,media.seen,media.mismatch";
	return log_read(dirfd, &query, take_entry, stock, err);
}

/* NULL: it need not be here, and is not. */
static const char *result_of(const struct stock *stock, size_t i)
{
	bool is_held = media_row_is_held(stock->media.items[i]);

	switch (stock->found[i]) {
	case FOUND_NOTHING:
		return is_held ? "not-presented" : NULL;
	case FOUND_MISMATCH:
		return "mismatch";
	case FOUND_PRESENT:
		return is_held ? "present" : agent_row_get(stock->media.items[i], "state");
	}
	abort();
}

static void count(struct stock *stock)
{
	for (size_t i = 0; i < stock->media.n; i++) {
		bool is_held = media_row_is_held(stock->media.items[i]);

		stock->n_mismatch += stock->found[i] == FOUND_MISMATCH;
		stock->n_present += stock->found[i] == FOUND_PRESENT && is_held;
		stock->n_surplus += stock->found[i] == FOUND_PRESENT && !is_held;
		stock->n_missing += stock->found[i] == FOUND_NOTHING && is_held;
	}
}

static void print_seen(int64_t seen_us, char out[static MOMENT_TEXT])
{
	*out = '\0';
	if (seen_us != 0)
		policy_minute_stamp(policy_minute_from_clock(seen_us / CLOCK_US_PER_SEC), out);
}

static void fill_table(const struct stock *stock, struct table *table)
{
	for (size_t i = 0; i < stock->media.n; i++) {
		const struct agent_row *row = stock->media.items[i];
		const char *result = result_of(stock, i);
		char seen[MOMENT_TEXT];

		if (!result)
			continue;
		print_seen(stock->seen_us[i], seen);
		table_add(table, (const char *const[]){
					 agent_row_get(row, "number"),
					 state_word(agent_row_get(row, "kind")),
					 agent_row_get(row, "section"),
					 state_word(media_row_state(row, stock->now)),
					 agent_row_get(row, "holder"), state_word(result), seen });
	}
}

static void print_text(const struct stock *stock)
{
	printf(tr("%zu there, %zu that do not fit, %zu not shown\n"), stock->n_present,
	       stock->n_mismatch, stock->n_missing);
	if (stock->n_surplus > 0)
		printf(tr("%zu there though lost or disposed of\n"), stock->n_surplus);
	if (stock->is_broken)
		fputs(tr("The log has lines that are no entries; remedy: sekisho log verify\n"),
		      stdout);
	if (stock->n_missing > 0)
		puts(tr("What cannot be found: sekisho media missing NUMBER"));
}

static json_t *stock_json(const struct stock *stock)
{
	json_t *media = json_array();

	for (size_t i = 0; i < stock->media.n; i++) {
		const char *result = result_of(stock, i);
		json_t *object =
			result ? agent_row_json(stock->media.items[i], media_row_keys) : NULL;
		char seen[MOMENT_TEXT];

		if (!object)
			continue;
		print_seen(stock->seen_us[i], seen);
		(void)json_object_set_new(object, "result", json_string(result));
		(void)json_object_set_new(object, "seen", json_string(seen));
		(void)json_array_append_new(media, object);
	}
	return json_pack("{s:o, s:I, s:I, s:I, s:I}", "media", media, "present",
			 (json_int_t)stock->n_present, "mismatching", (json_int_t)stock->n_mismatch,
			 "missing", (json_int_t)stock->n_missing, "surplus",
			 (json_int_t)stock->n_surplus);
}

static int write_csv(const struct table *table, const char *path, struct err *err)
{
	FILE *out = fopen(path, "wxe");

	if (!out && errno == EEXIST)
		return err_set(err, -EEXIST, "%s is there already; remedy: another name", path);
	if (!out)
		return err_set(err, -errno, "create %s: %m", path);
	table_print_csv(table, out);
	if (ferror(out) | fclose(out))
		return err_set(err, -EIO, "write %s: %m", path);
	return 0;
}

static int show(const struct stock *stock, const char *csv, bool as_json, struct err *err)
{
	static const char *const titles[] = { N_("NUMBER"), N_("KIND"), N_("SECTION"),
					      N_("STATE"),  N_("WHO"),  N_("RESULT"),
					      N_("SEEN") };
	struct table table = { .titles = titles, .n_columns = sizeof(titles) / sizeof(titles[0]) };
	int rc = 0;

	fill_table(stock, &table);
	if (table.is_full)
		rc = err_set(err, -ENOMEM, "out of memory");
	if (rc == 0 && csv)
		rc = write_csv(&table, csv, err);
	if (rc == 0 && as_json) {
		json_auto_t *json = stock_json(stock);

		(void)json_dumpf(json, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (rc == 0) {
		table_print(&table, stdout);
		print_text(stock);
	}
	table_done(&table);
	return rc;
}

static int run(struct stock *stock, int64_t since_us, const char *csv, bool as_json,
	       struct err *err)
{
	cleanup_free enum found *found = NULL;
	cleanup_free int64_t *seen_us = NULL;
	int rc = agent_rows_fetch(IPC_AGENT_MEDIA_LIST, &stock->media, err);

	if (rc < 0)
		return rc;
	stock->found = found = calloc(stock->media.n + 1, sizeof(*found));
	stock->seen_us = seen_us = calloc(stock->media.n + 1, sizeof(*seen_us));
	if (!found || !seen_us)
		return err_set(err, -ENOMEM, "out of memory");
	rc = read_log(stock, since_us, err);
	if (rc < 0)
		return rc;
	count(stock);
	rc = show(stock, csv, as_json, err);
	if (rc < 0)
		return rc;
	if (stock->is_broken)
		return EXIT_UNKNOWN;
	return stock->n_mismatch + stock->n_missing + stock->n_surplus > 0 ? EXIT_NOT_ALL
									   : EXIT_SUCCESS;
}

int media_stocktake(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "since", required_argument, NULL, 's' },
		{ "csv", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct stock stock = { .now = moment_now() };
	const char *since = "today";
	const char *csv = NULL;
	bool as_json = false;
	int64_t since_us;
	int option;
	int rc;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 's')
			since = optarg;
		else if (option == 'c')
			csv = optarg;
		else if (option == 'j')
			as_json = true;
		else
			break;
	}
	if (option == 'h')
		return options_usage(1, print_usage);
	if (option >= 0 || optind != argc) {
		(void)options_usage(-EINVAL, print_usage);
		return EXIT_UNKNOWN;
	}
	rc = log_time_parse(since, LOG_TIME_SINCE, clock_read_us(CLOCK_REALTIME), &since_us, err);
	if (rc == 0)
		rc = run(&stock, since_us, csv, as_json, err);
	agent_rows_done(&stock.media);
	if (rc >= 0)
		return rc;
	fprintf(stderr, "sekisho media stocktake: %s\n", err->text);
	return EXIT_UNKNOWN;
}
