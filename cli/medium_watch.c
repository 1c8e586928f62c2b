/* SPDX-License-Identifier: Apache-2.0 */

/* Runs in the session of a desktop, and tells the person there what happens. */

#include "cli/commands.h"
#include "cli/medium_commands.h"
#include "cli/medium_notice.h"
#include "cli/options.h"
#include "cli/program.h"
#include "cli/setup.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/media.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define AGAIN_SEC 5 /* until a daemon that was started again is asked anew */

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho medium watch [--desktop]\n\n"
		 "Says what happens to your media until it is ended; with --desktop as\n"
		 "notifications of the desktop.\n"),
	      out);
}

static const char *urgency_of(const struct ipc_agent_notice *notice)
{
	switch ((enum ipc_notice)notice->notice) {
	case NOTICE_ENDS:
	case NOTICE_RUNS_OUT:
	case NOTICE_CUT:
	case NOTICE_NOT_MOUNTED:
	case NOTICE_BARRED:
		return "critical";
	case NOTICE_MOUNTED:
	case NOTICE_BUSY:
	case NOTICE_ENDED:
	case NOTICE_GIVEN_BACK:
	case NOTICE_LOCKED:
	case NOTICE_COMPARED:
		break;
	}
	return "normal";
}

/* Texts of media are shown as they are: the notification's own markup is kept out of them. */
static void show(const struct ipc_agent_notice *notice, const char *text)
{
	const char *const argv[] = { "/usr/bin/notify-send",
				     "--app-name=sekisho",
				     "--icon=media-removable",
				     "--urgency",
				     urgency_of(notice),
				     "--",
				     text,
				     NULL };
	struct err err = { 0 };

	if (program_run_here(argv, &err) < 0)
		fprintf(stderr, "sekisho medium watch: %s\n", err.text);
}

static bool take(const void *reply, void *ctx)
{
	const bool *on_desktop = ctx;
	char text[2 * IPC_TEXT_MAX + 128];

	medium_notice(reply, text, sizeof(text));
	if (*on_desktop) {
		show(reply, text);
	} else {
		puts(text);
		(void)fflush(stdout);
	}
	return false;
}

int medium_watch(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "desktop", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool on_desktop = false;
	int option;
	int rc;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'd')
			return options_usage(option == 'h', print_usage);
		on_desktop = true;
	}
	if (optind != argc)
		return options_usage(-EINVAL, print_usage);
	do {
		struct ipc_header request = ipc_header(IPC_AGENT_WATCH);

		*err = (struct err){ 0 };
		rc = ipc_call_stream(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_NOTICE,
				     sizeof(struct ipc_agent_notice), take, &on_desktop, err);
	} while (on_desktop && rc < 0 && !setup_is_desk() && sleep(AGAIN_SEC) == 0);
	return rc < 0 ? err_wrap(err, "sekishod does not answer") : EXIT_SUCCESS;
}
