/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"
#include "cli/medium_commands.h"
#include "cli/options.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/media.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct list {
	bool as_json;
	size_t n_rows;
	json_t *rows;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho medium list [--json]\n"), out);
}

static void print_row(const struct ipc_agent_medium *row)
{
	bool is_writable = strcmp(row->access, "allow") == 0;

	printf("%s  %s  %s\n", row->node, is_writable ? tr("read and write") : tr("read only"),
	       *row->path ? row->path : tr("not mounted"));
}

static void add_row(struct list *list, const struct ipc_agent_medium *row)
{
	(void)json_array_append_new(list->rows,
				    json_pack("{s:s,s:s,s:s,s:s,s:s}", "node", row->node, "access",
					      row->access, "user", row->user, "path", row->path,
					      "serial", row->serial));
}

static void take_row(const void *reply, void *ctx)
{
	struct list *list = ctx;

	list->n_rows++;
	if (list->as_json)
		add_row(list, reply);
	else
		print_row(reply);
}

/* An encrypted one has no place to be used at before somebody unlocks it. */
static void take_locked(const void *reply, void *ctx)
{
	const struct ipc_agent_volume *row = reply;
	struct list *list = ctx;

	list->n_rows++;
	if (list->as_json)
		(void)json_array_append_new(list->rows,
					    json_pack("{s:s,s:s,s:s,s:s}", "node", row->node,
						      "access", "locked", "filesystem",
						      row->volume.filesystem, "label",
						      row->volume.label));
	else
		printf("%s  %s  %s\n", row->node, tr("waits for its passphrase"),
		       *row->volume.label ? row->volume.label : row->volume.filesystem);
}

static int ask(struct list *list, struct err *err)
{
	struct ipc_header media = ipc_header(IPC_AGENT_MEDIA);
	struct ipc_header locked = ipc_header(IPC_AGENT_LOCKED);
	int rc = ipc_call_list(IPC_SOCKET_AGENT, &media, sizeof(media), IPC_AGENT_MEDIUM,
			       sizeof(struct ipc_agent_medium), take_row, list, err);

	if (rc == 0)
		rc = ipc_call_list(IPC_SOCKET_AGENT, &locked, sizeof(locked), IPC_AGENT_VOLUME,
				   sizeof(struct ipc_agent_volume), take_locked, list, err);
	return rc < 0 ? err_wrap(err, "sekishod does not answer") : 0;
}

int medium_list(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	json_auto_t *rows = json_array();
	struct list list = { .rows = rows };
	int option;
	int rc;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'j')
			return options_usage(option == 'h', print_usage);
		list.as_json = true;
	}
	if (optind != argc)
		return options_usage(-EINVAL, print_usage);
	rc = ask(&list, err);
	if (rc < 0)
		return rc;
	if (list.as_json) {
		(void)json_dumpf(rows, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (list.n_rows == 0) {
		puts(tr("No medium is open for you."));
	}
	return EXIT_SUCCESS;
}
