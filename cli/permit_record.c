/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sekisho permit record: 作業記録, what a company did at this terminal with what it
 * brought in, from the log alone; to print, and for two people to sign.
 */

#include "cli/cell.h"
#include "cli/log_read.h"
#include "cli/log_words.h"
#include "cli/options.h"
#include "cli/permit_commands.h"
#include "cli/sheet.h"
#include "cli/state_words.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"
#define SUMMARY_WIDTH 34

struct work {
	const char *number;
	json_t *entries; /* of the permit, in their order */
	bool is_broken;
};

static const char *text_of(const json_t *entry, const char *key)
{
	const char *text = json_string_value(json_object_get(entry, key));

	return text ? text : "";
}

static int take(const struct log_entry *entry, void *ctx, struct err *err)
{
	json_t *json = json_loadb(entry->text, entry->len, JSON_REJECT_DUPLICATES, NULL);
	struct work *work = ctx;

	work->is_broken |= entry->kind == LOG_ENTRY_BROKEN || !json;
	if (strcmp(text_of(json, "permit"), work->number) == 0 &&
	    json_array_append(work->entries, json) < 0) {
		json_decref(json);
		return err_set(err, -ENOMEM, "out of memory");
	}
	json_decref(json);
	return 0;
}

static int read_log(struct work *work, struct err *err)
{
	struct log_query query = { .filter = log_filter_all() };
	cleanup_close int dirfd = log_open_dir(LOG_DIR, err);
	int rc;

	if (dirfd < 0)
		return dirfd;
	query.filter.types = "permit,medium,device";
	rc = log_read(dirfd, &query, take, work, err);
	if (rc == 0 && work->is_broken)
		fputs(tr("The log has lines that are no entries; remedy: sekisho log verify\n"),
		      stderr);
	return rc;
}

/* The newest that says it: what was approved, not what was first asked for. */
static const char *said(const struct work *work, const char *type, const char *key)
{
	const char *found = "";
	const json_t *entry;
	size_t i;

	json_array_foreach(work->entries, i, entry)
	{
		if (strncmp(text_of(entry, "type"), type, strlen(type)) == 0 &&
		    *text_of(entry, key))
			found = text_of(entry, key);
	}
	return found;
}

static void print_head(const struct work *work)
{
	static const struct {
		const char *label; /* extracted with N_() */
		const char *key;
	} lines[] = {
		{ N_("company"), "company" },     { N_("contract"), "contract" },
		{ N_("worker"), "worker" },       { N_("subcontractor"), "subcontract" },
		{ N_("witness"), "permit_user" }, { N_("terminal"), "terminal" },
		{ N_("section"), "section" },     { N_("begins"), "from" },
		{ N_("ends"), "until" },          { N_("serial number"), "serial" },
		{ N_("scan record"), "scan" },    { N_("note"), "note" },
	};

	puts(tr("WORK RECORD of a company at this terminal"));
	sheet_line(tr("permit"), work->number);
	sheet_line(tr("purpose"), state_word(said(work, "permit.", "purpose")));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		sheet_line(tr(lines[i].label), said(work, "permit.", lines[i].key));
	sheet_line(tr("approver"), said(work, "permit.approve", "approver"));
	sheet_line(tr("signed by"), said(work, "permit.import", "signer"));
}

/* When, what, by whom, and the entry of the log in which it stands. */
static void print_entry(const json_t *entry)
{
	cleanup_free char *line = json_dumps(entry, JSON_COMPACT);
	struct record_prefix prefix;

	if (!line || record_scan(line, strlen(line), &prefix) < 0)
		return;
	log_words_time(prefix.wall_us, "%H:%M:%S  ", stdout);
	cell_print(log_words_summary(&prefix), SUMMARY_WIDTH, stdout);
	printf("#%" PRIu64 "  ", prefix.seq);
	log_words_safe(text_of(entry, "user"), stdout);
	if (*text_of(entry, "result"))
		printf("  %s", log_words_value("result", text_of(entry, "result")));
	if (*text_of(entry, "reason"))
		printf("  %s", log_words_value("reason", text_of(entry, "reason")));
	if (json_object_get(entry, "files"))
		printf(tr("  %" PRIu64 " files"),
		       (uint64_t)json_integer_value(json_object_get(entry, "files")));
	putchar('\n');
	if (*text_of(entry, "manifest"))
		printf(tr("          SHA-256 of all: %s\n"), text_of(entry, "manifest"));
}

static void print_work(const struct work *work)
{
	const json_t *entry;
	size_t i;

	print_head(work);
	putchar('\n');
	json_array_foreach(work->entries, i, entry) print_entry(entry);
	printf(tr("\nworker   %s  ______________________\nwitness  %s  ______________________\n"),
	       said(work, "permit.", "worker"), said(work, "permit.", "permit_user"));
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho permit record NUMBER [--json]\n\n"
		 "What a company did here with what it brought in, from the log: to print, and "
		 "for\n"
		 "worker and witness to sign.\n"),
	      out);
}

int permit_record(int argc, char *argv[], struct err *err)
{
	json_auto_t *entries = json_array();
	struct work work = { .entries = entries };
	bool as_json;
	int rc = options_json(argc, argv, 1, &as_json);

	if (rc != 0)
		return options_usage(rc, print_usage);
	work.number = argv[optind];
	rc = read_log(&work, err);
	if (rc < 0)
		return rc;
	if (json_array_size(entries) == 0 ||
	    strcmp(said(&work, "permit.", "access"), "vendor") != 0)
		return err_set(err, -ENOENT,
			       "the log knows no permit %s of a company; remedy: sekisho permit "
			       "list",
			       work.number);
	if (as_json) {
		(void)json_dumpf(entries, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_work(&work);
	}
	return EXIT_SUCCESS;
}
