/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho media register, lend, return, ...: what became of a medium. */

#include "cli/act.h"
#include "cli/act_options.h"
#include "cli/media_commands.h"
#include "cli/media_list.h"
#include "cli/options.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct media_act {
	const char *type;
	const struct act_option *options;
	const char *usage;     /* extracted with N_() */
	const char *done;      /* likewise, with the medium's number */
	const char *then;      /* what is to be done next, or NULL */
	bool with_issuer_code; /* an administrator does it, and proves that he is */
	bool is_new;           /* what can be said of it by now is said */
};

/* It is entered; who cannot be told so is not told. */
static void warn_of_serial(const char *number)
{
	const struct agent_row *row = NULL;
	struct agent_rows rows = { 0 };
	struct err ignored = { 0 };

	if (media_row_fetch(number, &rows, &row, &ignored) == 0 &&
	    *agent_row_get(row, "weak_serial"))
		fputs(tr("warning: its serial number says little, others may have the same; "
			 "remedy: "
			 "encrypt it, so that what is on it tells it from others\n"),
		      stderr);
	agent_rows_done(&rows);
}

static int run(const struct media_act *media, int argc, char *argv[], struct err *err)
{
	struct ipc_agent_acted acted = { 0 };
	struct ipc_agent_act act = { 0 };
	const char *number;
	int rc = act_options_read(argc, argv, media->type, media->options, "medium_number", &act,
				  err);

	if (rc == 1 || rc == -EINVAL) {
		fputs(tr(media->usage), rc == 1 ? stdout : stderr);
		return rc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	if (rc == 0)
		rc = act_send(&act, media->with_issuer_code, &acted, err);
	if (rc < 0)
		return rc;
	number = act_options_get(&act, "medium_number");
	printf(tr(media->done), number);
	printf(tr(" Entry %" PRIu64 " of the log.\n"), acted.seq);
	if (media->then)
		puts(tr(media->then));
	if (media->is_new)
		warn_of_serial(number);
	return EXIT_SUCCESS;
}

int media_register(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "port", .key = "port", .value = ACT_WORD, .required = true },
		{ .name = "kind", .key = "kind", .value = ACT_WORD, .required = true },
		{ .name = "section", .key = "section", .value = ACT_WORD, .required = true },
		{ .name = "zone", .key = "zone", .value = ACT_WORDS, .required = true },
		{ .name = "classification",
		  .key = "classification",
		  .value = ACT_WORD,
		  .required = true },
		{ .name = "encryption", .key = "encryption", .value = ACT_WORD, .required = true },
		{ .name = "model", .key = "model" },
		{ .name = "note", .key = "note" },
		{ .name = "issuer", .value = ACT_ISSUER },
		{ .name = "approver", .value = ACT_PERSON, .required = true },
		{ 0 },
	};
	static const struct media_act media = {
		.type = "media.register",
		.options = options,
		.usage = N_(
			"Usage: sekisho media register NUMBER --port PORT --kind KIND\n"
			"           --section SECTION --zone ZONE [--zone ZONE...]\n"
			"           --classification 3A/2/2 --encryption ENCRYPTION\n"
			"           [--model TEXT] [--note TEXT] [--issuer NAME] --approver "
			"NAME\n\n"
			"Enters the medium that is plugged in at PORT (sekisho devices). KIND is\n"
			"usb-stick, usb-disk, sd-card, optical, floppy or other; ENCRYPTION is\n"
			"luks2, hardware or none. You and the approver each give a code.\n"),
		.done = N_("%s is in the register of this terminal."),
		.then = N_("Put the number on it; sekisho media export gives it to the others."),
		.with_issuer_code = true,
		.is_new = true,
	};

	return run(&media, argc, argv, err);
}

int media_lend(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "to", .key = "holder", .required = true },
		{ .name = "due", .key = "due", .value = ACT_UNTIL, .required = true },
		{ .name = "note", .key = "note" },
		{ 0 },
	};
	static const struct media_act media = {
		.type = "media.lend",
		.options = options,
		.usage =
			N_("Usage: sekisho media lend NUMBER --to USER --due DATE [--note TEXT]\n"),
		.done = N_("%s is lent."),
		.then = N_("What is not back then: sekisho media overdue"),
	};

	return run(&media, argc, argv, err);
}

int media_return(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "erased-by", .key = "erased_by", .required = true },
		{ .name = "note", .key = "note" },
		{ 0 },
	};
	static const struct media_act media = {
		.type = "media.return",
		.options = options,
		.usage = N_("Usage: sekisho media return NUMBER --erased-by USER [--note TEXT]\n\n"
			    "USER is who saw that nothing is left on it.\n"),
		.done = N_("%s is back."),
	};

	return run(&media, argc, argv, err);
}

int media_lost(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "noticed", .key = "noticed", .value = ACT_FROM },
		{ .name = "note", .key = "note" },
		{ 0 },
	};
	static const struct media_act media = {
		.type = "media.lost",
		.options = options,
		.usage = N_("Usage: sekisho media lost NUMBER [--noticed TIME] [--note TEXT]\n\n"
			    "Nothing opens it here from now on. TIME is when somebody first knew, "
			    "from\n"
			    "which the terms of the report run (now).\n"),
		.done = N_("%s is reported lost and refused at this terminal."),
		.then = N_("What must be known now: sekisho media incident NUMBER. For the other\n"
			   "terminals: sekisho media export, then a signed register."),
	};

	return run(&media, argc, argv, err);
}

int media_found(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "note", .key = "note" },
		{ .name = "issuer", .value = ACT_ISSUER },
		{ .name = "approver", .value = ACT_PERSON, .required = true },
		{ 0 },
	};
	static const struct media_act media = {
		.type = "media.found",
		.options = options,
		.usage = N_("Usage: sekisho media found NUMBER [--note TEXT] [--issuer NAME]\n"
			    "           --approver NAME\n\n"
			    "A lost one is back. You and the approver each give a code.\n"),
		.done = N_("%s is found."),
		.then = N_("Where it was and whether it is unharmed is for you to find out."),
		.with_issuer_code = true,
	};

	return run(&media, argc, argv, err);
}

int media_missing(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "note", .key = "note" },
		{ 0 },
	};
	static const struct media_act media = {
		.type = "media.missing",
		.options = options,
		.usage = N_("Usage: sekisho media missing NUMBER [--note TEXT]\n\n"
			    "It was not shown when stock was taken.\n"),
		.done = N_("%s is missing."),
		.then = N_("When it cannot be found: sekisho media lost NUMBER"),
	};

	return run(&media, argc, argv, err);
}

int media_dispose(int argc, char *argv[], struct err *err)
{
	static const struct act_option options[] = {
		{ .name = "method", .key = "method", .required = true },
		{ .name = "certificate", .key = "certificate" },
		{ .name = "note", .key = "note" },
		{ .name = "issuer", .value = ACT_ISSUER },
		{ .name = "approver", .value = ACT_PERSON, .required = true },
		{ 0 },
	};
	static const struct media_act media = {
		.type = "media.dispose",
		.options = options,
		.usage = N_(
			"Usage: sekisho media dispose NUMBER --method TEXT [--certificate TEXT]\n"
			"           [--note TEXT] [--issuer NAME] --approver NAME\n\n"
			"Without a certificate its disposal is not confirmed yet; say it again "
			"with\n"
			"one when it has come. You and the approver each give a code.\n"),
		.done = N_("%s is disposed of and refused at this terminal."),
		.with_issuer_code = true,
	};

	return run(&media, argc, argv, err);
}
