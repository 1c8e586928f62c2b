/* SPDX-License-Identifier: Apache-2.0 */

/* What is attached and what was decided, as sekishod tells it. */

#include "cli/cell.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"
#include "ipc/client.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

struct row {
	struct ipc_agent_device device;
	char since[24]; /* local time, "2026-11-26 08:40" */
};

struct rows {
	struct row *items;
	size_t n_items;
	bool blocked_only;
	bool is_full; /* memory ran out */
};

static const struct column {
	const char *title;
	const char *key; /* in JSON */
	size_t offset;   /* of the text in struct row */
} columns[] = {
	{ N_("PORT"), "port", offsetof(struct row, device.port) },
	{ N_("ID"), "id", offsetof(struct row, device.id) },
	{ N_("CLASSES"), "classes", offsetof(struct row, device.classes) },
	{ N_("VERDICT"), "verdict", offsetof(struct row, device.verdict) },
	{ N_("RULE"), "rule", offsetof(struct row, device.rule) },
	{ N_("NODE"), "node", offsetof(struct row, device.node) },
	{ N_("SINCE"), NULL, offsetof(struct row, since) },
	{ N_("SEAT"), "user", offsetof(struct row, device.user) },
	{ N_("SERIAL"), "serial", offsetof(struct row, device.serial) },
	{ N_("PRODUCT"), "product", offsetof(struct row, device.product) },
};

static const char *cell(const struct row *row, const struct column *column)
{
	return (const char *)row + column->offset;
}

static void take_row(const void *reply, void *ctx)
{
	const struct ipc_agent_device *device = reply;
	time_t at = (time_t)device->since_s;
	struct rows *rows = ctx;
	struct row *grown;
	struct tm tm;

	if (rows->blocked_only && strcmp(device->verdict, "block") != 0 &&
	    strcmp(device->verdict, "unlogged") != 0)
		return;
	grown = reallocarray(rows->items, rows->n_items + 1, sizeof(*grown));
	if (!grown) {
		rows->is_full = true;
		return;
	}
	rows->items = grown;
	grown[rows->n_items] = (struct row){ .device = *device };
	if (localtime_r(&at, &tm))
		(void)strftime(grown[rows->n_items].since, sizeof(grown->since), "%Y-%m-%d %H:%M",
			       &tm);
	rows->n_items++;
}

static size_t column_width(const struct rows *rows, const struct column *column)
{
	size_t width = text_width(tr(column->title));

	for (size_t i = 0; i < rows->n_items; i++) {
		size_t of_row = text_width(cell(&rows->items[i], column));

		width = of_row > width ? of_row : width;
	}
	return width;
}

/* The last column that has something in it ends the line. */
static size_t last_column(const struct row *row)
{
	size_t last = N_ELEMENTS(columns) - 1;

	while (row && last > 0 && !*cell(row, &columns[last]))
		last--;
	return last;
}

/* NULL: the titles. */
static void print_row(const struct row *row, const size_t widths[])
{
	size_t last = last_column(row);

	for (size_t c = 0; c <= last; c++)
		cell_print(row ? cell(row, &columns[c]) : tr(columns[c].title),
			   c == last ? 0 : widths[c] + 2, stdout);
	putchar('\n');
}

static void print_table(const struct rows *rows)
{
	size_t widths[N_ELEMENTS(columns)];

	if (rows->n_items == 0) {
		puts(rows->blocked_only ? tr("No device is blocked.")
					: tr("No device is attached."));
		return;
	}
	for (size_t c = 0; c < N_ELEMENTS(columns); c++)
		widths[c] = column_width(rows, &columns[c]);
	print_row(NULL, widths);
	for (size_t i = 0; i < rows->n_items; i++)
		print_row(&rows->items[i], widths);
}

static json_t *row_as_json(const struct row *row)
{
	json_t *object = json_object();
	char since[32] = "";
	time_t at = (time_t)row->device.since_s;
	struct tm tm;

	for (size_t c = 0; c < N_ELEMENTS(columns); c++) {
		if (columns[c].key) /* "since" is below, in universal time */
			(void)json_object_set_new(object, columns[c].key,
						  json_string(cell(row, &columns[c])));
	}
	(void)json_object_set_new(object, "path", json_string(row->device.path));
	if (gmtime_r(&at, &tm))
		(void)strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &tm);
	(void)json_object_set_new(object, "since", json_string(since));
	return object;
}

static void print_json(const struct rows *rows)
{
	json_auto_t *list = json_array();

	for (size_t i = 0; i < rows->n_items; i++)
		(void)json_array_append_new(list, row_as_json(&rows->items[i]));
	(void)json_dumpf(list, stdout, JSON_INDENT(2));
	putchar('\n');
}

static int fetch(struct rows *rows, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_AGENT_DEVICES);
	int rc = ipc_call_list(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_DEVICE,
			       sizeof(struct ipc_agent_device), take_row, rows, err);

	if (rc < 0 && rc != -EPERM)
		return err_wrap(err, "sekishod does not answer");
	if (rc == 0 && rows->is_full)
		rc = err_set(err, -ENOMEM, "out of memory");
	return rc;
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho devices [--blocked] [--json]\n\n"
		 "Shows what is attached, what was decided and by which rule.\n"),
	      out);
}

int cmd_devices(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "blocked", no_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct rows rows = { 0 };
	cleanup_free void *items = NULL;
	bool json = false;
	int option;
	int rc;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'b' && option != 'j')
			return options_usage(option == 'h', print_usage);
		rows.blocked_only |= option == 'b';
		json |= option == 'j';
	}
	if (optind != argc)
		return options_usage(-EINVAL, print_usage);
	rc = fetch(&rows, err);
	items = rows.items;
	if (rc < 0)
		return rc;
	if (json)
		print_json(&rows);
	else
		print_table(&rows);
	return EXIT_SUCCESS;
}
