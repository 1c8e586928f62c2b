/* SPDX-License-Identifier: Apache-2.0 */

/* By which paths does somebody get in without a code?  doctor/ finds them, this shows them. */

#include "cli/cell.h"
#include "cli/commands.h"
#include "cli/doctor_need.h"
#include "cli/options.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"
#include "doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_UNCHECKED 2
#define STATE_WIDTH 12 /* columns */

struct wish {
	const char *root;
	bool json;
};

/* Programs read these; the texts beside them are for people. */
static const char *const severity_names[DOCTOR_SEVERITIES] = {
	[DOCTOR_OPEN] = "open",
	[DOCTOR_UNCHECKED] = "unchecked",
	[DOCTOR_WEAK] = "weak",
	[DOCTOR_NOTE] = "note",
};

static const char *severity_text(enum doctor_severity severity)
{
	switch (severity) {
	case DOCTOR_OPEN:
		return tr("OPEN DOOR");
	case DOCTOR_UNCHECKED:
		return tr("UNKNOWN");
	case DOCTOR_WEAK:
		return tr("weak");
	case DOCTOR_NOTE:
	case DOCTOR_SEVERITIES:
		break;
	}
	return tr("note");
}

static void indent(void)
{
	printf("%*s", STATE_WIDTH, "");
}

static void print_place(const struct doctor_finding *finding)
{
	if (!*finding->file)
		return;
	indent();
	fputs(finding->file, stdout);
	if (finding->line)
		printf(":%u", finding->line);
	if (finding->column > 1)
		printf(":%u", finding->column);
	putchar('\n');
}

static void print_finding(const struct doctor_finding *finding)
{
	cell_print(severity_text(finding->severity), STATE_WIDTH, stdout);
	puts(finding->what);
	if (finding->n_steps == 0)
		print_place(finding);
	for (size_t i = 0; i < finding->n_steps; i++) {
		const struct doctor_step *step = &finding->steps[i];

		indent();
		printf("%s:%u %s: %s\n", step->file, step->line, step->what, step->result);
	}
	if (finding->remedy) {
		indent();
		printf(tr("remedy: %s\n"), tr(finding->remedy));
	}
}

static void print_text(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n_findings; i++)
		print_finding(&doctor->findings[i]);
	printf(tr("open doors: %zu, unknown: %zu, weak: %zu, notes: %zu\n"),
	       doctor_count(doctor, DOCTOR_OPEN), doctor_count(doctor, DOCTOR_UNCHECKED),
	       doctor_count(doctor, DOCTOR_WEAK), doctor_count(doctor, DOCTOR_NOTE));
}

static json_t *json_of_path(const struct doctor_finding *finding)
{
	json_t *path = json_array();

	for (size_t i = 0; i < finding->n_steps; i++) {
		const struct doctor_step *step = &finding->steps[i];

		json_array_append_new(path, json_pack("{s:s, s:i, s:s, s:s}", "file", step->file,
						      "line", (int)step->line, "module", step->what,
						      "result", step->result));
	}
	return path;
}

static json_t *json_of(const struct doctor_finding *finding)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:s, s:o}", "severity",
			 severity_names[finding->severity], "id", finding->id, "subject",
			 finding->subject, "file", finding->file, "line", (int)finding->line,
			 "column", (int)finding->column, "what", finding->what, "remedy",
			 finding->remedy ? tr(finding->remedy) : "", "path", json_of_path(finding));
}

static int print_json(const struct doctor *doctor, struct err *err)
{
	json_auto_t *findings = json_array();
	json_auto_t *root = NULL;

	for (size_t i = 0; i < doctor->n_findings; i++) {
		if (json_array_append_new(findings, json_of(&doctor->findings[i])) < 0)
			return err_set(err, -ENOMEM, "out of memory");
	}
	root = json_pack("{s:b, s:I, s:I, s:I, s:I, s:O}", "set_up", doctor->guarded, "open",
			 (json_int_t)doctor_count(doctor, DOCTOR_OPEN), "unchecked",
			 (json_int_t)doctor_count(doctor, DOCTOR_UNCHECKED), "weak",
			 (json_int_t)doctor_count(doctor, DOCTOR_WEAK), "notes",
			 (json_int_t)doctor_count(doctor, DOCTOR_NOTE), "findings", findings);
	if (!root)
		return err_set(err, -ENOMEM, "out of memory");
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	return 0;
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho doctor [--root DIR] [--json]\n\n"
		 "Lists each path to a login, to root or past a locked screen that asks for no "
		 "code.\n"
		 "Reads PAM, sshd, sudo, autologin and start-up below DIR, \"/\" without it, and "
		 "changes\n"
		 "nothing.  Exit status: 0 no open door, 1 open doors, 2 something could not be "
		 "checked.\n"),
	      out);
}

/* Return: 0, 1 (the usage was asked for) or -EINVAL. */
static int parse(int argc, char *argv[], struct wish *wish)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'h')
			return 1;
		if (option == 'r')
			wish->root = optarg;
		else if (option == 'j')
			wish->json = true;
		else
			return -EINVAL;
	}
	return optind == argc ? 0 : -EINVAL;
}

static int examine(struct doctor *doctor, const struct wish *wish, struct err *err)
{
	cleanup_close int root = open(wish->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_silent = false;
	int rc;

	if (root < 0)
		return err_set(err, -errno, "open %s: %m", wish->root);
	doctor->root = root;
	/* What the policy asks for is known of this terminal alone: of another all is required. */
	doctor->asks = strcmp(wish->root, "/") == 0 ? doctor_need_here : doctor_need_required;
	doctor->ctx = &is_silent;
	rc = doctor_examine(doctor, err);
	if (rc == 0 && wish->json)
		rc = print_json(doctor, err);
	else if (rc == 0)
		print_text(doctor);
	return rc;
}

int cmd_doctor(int argc, char *argv[], struct err *err)
{
	cleanup_doctor struct doctor doctor = { 0 };
	struct wish wish = { .root = "/" };
	int rc = parse(argc, argv, &wish);

	if (rc != 0)
		return options_usage(rc, print_usage) == EXIT_SUCCESS ? EXIT_SUCCESS
								      : EXIT_UNCHECKED;
	if (examine(&doctor, &wish, err) < 0) {
		fprintf(stderr, "sekisho doctor: %s\n", err->text);
		return EXIT_UNCHECKED;
	}
	if (doctor_count(&doctor, DOCTOR_OPEN) > 0)
		return EXIT_FAILURE;
	return doctor_count(&doctor, DOCTOR_UNCHECKED) > 0 ? EXIT_UNCHECKED : EXIT_SUCCESS;
}
