/* SPDX-License-Identifier: Apache-2.0 */

/* For the day something must be closed now, whoever works with it. */

#include "cli/commands.h"
#include "cli/options.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/media.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct ports {
	char (*names)[IPC_WORD_MAX];
	size_t n;
	bool is_full; /* memory ran out */
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho revoke PORT...\n"
		 "       sekisho revoke --all\n\n"
		 "Closes devices at once, until they are plugged in again; files that were not\n"
		 "saved are lost. PORT is that of sekisho devices; --all is everything that a "
		 "rule\n"
		 "opened.\n"),
	      out);
}

static void take_port(const void *reply, void *ctx)
{
	const struct ipc_agent_device *device = reply;
	struct ports *ports = ctx;
	void *grown;

	if (strcmp(device->verdict, "block") == 0 || strcmp(device->verdict, "static") == 0 ||
	    (ports->n > 0 && strcmp(ports->names[ports->n - 1], device->port) == 0))
		return;
	grown = reallocarray(ports->names, ports->n + 1, sizeof(ports->names[0]));
	if (!grown) {
		ports->is_full = true;
		return;
	}
	ports->names = grown;
	memcpy(ports->names[ports->n++], device->port, IPC_WORD_MAX);
}

static int revoke_port(const char *port, struct err *err)
{
	struct ipc_agent_name request = { .header = ipc_header(IPC_AGENT_REVOKE) };
	struct ipc_log_ack ack = { 0 };
	int rc;

	if (strlen(port) >= sizeof(request.name))
		return err_set(err, -ENOENT, "no device is at this port; see sekisho devices");
	strcpy(request.name, port);
	rc = ipc_call(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_LOG_ACK, &ack, sizeof(ack),
		      err);
	if (rc < 0)
		return err_wrap(err, "%s", port);
	printf(tr("%s is closed.\n"), port);
	if (ack.code < 0)
		fprintf(stderr, tr("%s is closed, but the log could not take the entry\n"), port);
	return 0;
}

static int revoke_all(struct err *err)
{
	struct ipc_header request = ipc_header(IPC_AGENT_DEVICES);
	struct ports ports = { 0 };
	cleanup_free void *names = NULL;
	int rc = ipc_call_list(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_DEVICE,
			       sizeof(struct ipc_agent_device), take_port, &ports, err);

	names = ports.names;
	if (rc == 0 && ports.is_full)
		rc = err_set(err, -ENOMEM, "out of memory");
	if (rc == 0 && ports.n == 0)
		puts(tr("No device is open."));
	for (size_t i = 0; i < ports.n; i++) {
		struct err one = { 0 };

		if (revoke_port(ports.names[i], &one) < 0 && rc == 0)
			rc = err_set(err, one.code, "%s", one.text);
	}
	return rc;
}

int cmd_revoke(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool all = false;
	int option;
	int rc = 0;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'a')
			return options_usage(option == 'h', print_usage);
		all = true;
	}
	if (all == (optind < argc))
		return options_usage(-EINVAL, print_usage);
	if (all)
		rc = revoke_all(err);
	for (int i = optind; rc == 0 && i < argc; i++)
		rc = revoke_port(argv[i], err);
	return rc < 0 ? rc : EXIT_SUCCESS;
}
