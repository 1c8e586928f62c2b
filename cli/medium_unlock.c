/* SPDX-License-Identifier: Apache-2.0 */

/* Asks for a passphrase and hands it past sekishod to who opens the volume. */

#include "cli/medium_commands.h"
#include "cli/options.h"
#include "cli/prompt.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/media.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_SLACK_US 5000000 /* sekishod gives up first, and says why */

struct choice {
	const char *name; /* as typed, or "" */
	size_t n;         /* how many it fits */
	struct ipc_agent_volume volume;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho medium unlock [NODE|UUID]\n\n"
		 "Asks for the passphrase of an encrypted medium and opens it; reads one line\n"
		 "where standard input is no terminal.  Say which where there are several.\n"),
	      out);
}

static void take_volume(const void *reply, void *ctx)
{
	const struct ipc_agent_volume *volume = reply;
	struct choice *choice = ctx;

	if (*choice->name && strcmp(volume->node, choice->name) != 0 &&
	    strcmp(volume->volume.filesystem, choice->name) != 0)
		return;
	if (choice->n++ == 0)
		choice->volume = *volume;
	else if (choice->n == 2)
		fprintf(stderr, "%s  %s  %s\n", choice->volume.node,
			choice->volume.volume.filesystem, choice->volume.volume.label);
	if (choice->n >= 2)
		fprintf(stderr, "%s  %s  %s\n", volume->node, volume->volume.filesystem,
			volume->volume.label);
}

static int choose(struct choice *choice, struct err *err)
{
	struct ipc_header request = ipc_header(IPC_AGENT_LOCKED);
	int rc = ipc_call_list(IPC_SOCKET_AGENT, &request, sizeof(request), IPC_AGENT_VOLUME,
			       sizeof(struct ipc_agent_volume), take_volume, choice, err);

	if (rc < 0)
		return err_wrap(err, "sekishod does not answer");
	if (choice->n == 0)
		return err_set(err, -ENOENT, "no such volume of yours waits for a passphrase");
	if (choice->n > 1)
		return err_set(err, -EINVAL,
			       "there are several of them; remedy: say which, by its UUID");
	return 0;
}

static int unlock(const struct ipc_agent_volume *volume, const char *secret, struct err *err)
{
	const struct ipc_agent_unlock request = { .header = ipc_header(IPC_AGENT_UNLOCK),
						  .diskseq = volume->diskseq,
						  .start = volume->volume.start };
	struct ipc_media_mounted mounted = { 0 };
	const struct ipc_question question = {
		.path = IPC_SOCKET_AGENT,
		.request = &request,
		.request_size = sizeof(request),
		.passed_fd = -1,
		.reply_kind = IPC_MEDIA_MOUNTED,
		.reply_size = sizeof(mounted),
		.timeout_us = IPC_UNLOCK_TIMEOUT_MS * INT64_C(1000) + TIMEOUT_SLACK_US,
	};
	int rc = ipc_call_secret(&question, secret, strlen(secret), &mounted, err);

	if (rc < 0)
		return rc;
	if (mounted.code == -EACCES)
		return err_set(err, mounted.code, "this passphrase does not open %s", volume->node);
	if (mounted.code < 0)
		return err_set(err, mounted.code, "%s", mounted.detail);
	puts(mounted.path);
	return EXIT_SUCCESS;
}

int medium_unlock(int argc, char *argv[], struct err *err)
{
	int rc = options_none(argc, argv, argc > 1 && argv[1][0] != '-' ? 1 : 0);
	struct choice choice = { .name = rc == 0 && argc > 1 ? argv[1] : "" };
	char secret[IPC_SECRET_MAX + 1];
	char question[2 * IPC_TEXT_MAX];

	if (rc != 0)
		return options_usage(rc, print_usage);
	rc = choose(&choice, err);
	if (rc < 0)
		return rc;
	(void)snprintf(question, sizeof(question), tr("Passphrase for %s (%s): "),
		       choice.volume.node,
		       *choice.volume.volume.label ? choice.volume.volume.label
						   : choice.volume.volume.filesystem);
	(void)signal(SIGPIPE, SIG_IGN);
	rc = prompt_secret(question, secret, sizeof(secret), err);
	if (rc == 0)
		rc = unlock(&choice.volume, secret, err);
	explicit_bzero(secret, sizeof(secret));
	return rc;
}
