/* SPDX-License-Identifier: Apache-2.0 */

/* Every error and every warning of a policy, before it is live. */

#include "cli/device_record.h"
#include "cli/options.h"
#include "cli/policy_commands.h"
#include "cli/policy_file.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"
#include "policy/lint.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool user_exists(void *ctx, const char *name)
{
	(void)ctx;
	return getpwnam(name) != NULL;
}

static bool group_exists(void *ctx, const char *name)
{
	(void)ctx;
	return getgrnam(name) != NULL;
}

struct present {
	struct policy_device *devices;
	size_t n;
};

static void take_device(void *ctx, const struct device_record *record)
{
	struct present *present = ctx;
	struct policy_device *grown =
		reallocarray(present->devices, present->n + 1, sizeof(*grown));

	if (!grown)
		return; /* one less to warn about */
	present->devices = grown;
	present->devices[present->n++] = record->device;
}

/* Elsewhere the names of this machine's people and what is plugged into it say nothing. */
static void lint(const struct policy_file *file, bool here, struct diags *diags)
{
	struct policy_lint_options options = {
		.now = policy_minute_from_clock(clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC)
	};
	struct present present = { 0 };
	struct err ignored = { 0 };

	if (here) {
		options.user_exists = user_exists;
		options.group_exists = group_exists;
	}
	if (here && device_record_each_attached(take_device, &present, &ignored) == 0) {
		options.devices = present.devices;
		options.n_devices = present.n;
	}
	policy_lint(file->policy, file->path, &options, diags);
	free(present.devices);
}

static json_t *diag_as_json(const struct diag *diag)
{
	return json_pack("{s:s, s:s, s:i, s:i, s:s}", "severity",
			 diag->severity == DIAG_WARNING ? "warning" : "error", "file", diag->file,
			 "line", (int)diag->line, "column", (int)diag->column, "text", diag->text);
}

static int print_json(const struct policy_file *file, struct diags *diags, struct err *err)
{
	json_t *list = json_array();
	json_auto_t *root = NULL;

	diags_sort(diags);
	for (size_t i = 0; i < diags->n; i++)
		(void)json_array_append_new(list, diag_as_json(&diags->list[i]));
	root = json_pack("{s:s, s:b, s:I, s:I, s:o}", "file", file->path, "accepted",
			 file->policy != NULL, "rules",
			 (json_int_t)(file->policy ? file->policy->n_rules : 0), "not_shown",
			 (json_int_t)diags->n_dropped, "found", list);
	if (!root)
		return err_set(err, -ENOMEM, "out of memory");
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	return 0;
}

static void print_text(const struct policy_file *file, struct diags *diags)
{
	policy_file_print(file, diags);
	if (file->policy)
		printf(tr("%s: %zu rules, no errors, %zu warnings; what no rule names stays "
			  "closed\n"),
		       file->path, file->policy->n_rules, diags->n + diags->n_dropped);
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy check FILE [--elsewhere] [--json]\n\n"
		 "Reads a policy as sekishod would and says all that is wrong with it, then what\n"
		 "was probably not meant.  Exit status: 0 without errors, also with warnings.\n"
		 "--elsewhere: do not look at this machine's users, groups and devices.\n"),
	      out);
}

int policy_check(int argc, char *argv[], struct err *err)
{
	static const struct option options[] = {
		{ "elsewhere", no_argument, NULL, 'e' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	cleanup_policy_file struct policy_file file = { 0 };
	cleanup_diags struct diags diags = { 0 };
	bool here = true;
	bool json = false;
	int option;
	int rc;

	optind = 1;
	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option != 'e' && option != 'j')
			return options_usage(option == 'h', print_usage);
		here &= option != 'e';
		json |= option == 'j';
	}
	if (optind != argc - 1)
		return options_usage(-EINVAL, print_usage);
	rc = policy_file_load(argv[optind], &file, &diags, err);
	if (rc < 0)
		return rc;
	if (rc == 0)
		lint(&file, here, &diags);
	if (json && print_json(&file, &diags, err) < 0)
		return err->code;
	if (!json)
		print_text(&file, &diags);
	return rc;
}
