/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/commands.h"
#include "cli/medium_commands.h"
#include "cli/medium_notice.h"
#include "cli/options.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/media.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho medium eject [NODE|PATH]\n\n"
		 "Writes everything out and closes the medium; say which where there are\n"
		 "several (sekisho medium list).\n"),
	      out);
}

static bool take(const void *reply, void *ctx)
{
	*(struct ipc_agent_notice *)ctx = *(const struct ipc_agent_notice *)reply;
	return true;
}

int medium_eject(int argc, char *argv[], struct err *err)
{
	struct ipc_agent_name request = { .header = ipc_header(IPC_AGENT_EJECT) };
	struct ipc_agent_notice notice = { 0 };
	char text[2 * IPC_TEXT_MAX + 128];
	int rc = options_none(argc, argv, argc > 1 && argv[1][0] != '-' ? 1 : 0);

	if (rc != 0)
		return options_usage(rc, print_usage);
	if (argc > 1 && strlen(argv[1]) >= sizeof(request.name))
		return err_set(err, -EINVAL, "no such medium: %s", argv[1]);
	if (argc > 1)
		strcpy(request.name, argv[1]);
	rc = ipc_call_stream(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_NOTICE,
			     sizeof(notice), take, &notice, err);
	if (rc < 0)
		return rc;
	medium_notice(&notice, text, sizeof(text));
	if (notice.notice != NOTICE_GIVEN_BACK)
		return err_set(err, -EBUSY, "%s", text);
	puts(text);
	return EXIT_SUCCESS;
}
