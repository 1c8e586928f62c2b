/* SPDX-License-Identifier: Apache-2.0 */

/* Which rule decides, and for each before it the first condition that failed. */

#include "cli/device_record.h"
#include "cli/explain_print.h"
#include "cli/options.h"
#include "cli/policy_commands.h"
#include "cli/policy_file.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WITH_MAX 32
#define RECORD_MAX (1024 * 1024) /* bytes of a saved record */

struct explain {
	const char *policy; /* the file; NULL: what is in force here */
	const char *saved;
	const char *wanted;   /* port, vid:pid or serial of an attached device */
	char *with[WITH_MAX]; /* "key=value": what would be if */
	size_t n_with;
	struct policy_file file;
	struct device_record record;
	unsigned int n_found;
	bool json;
};

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy explain DEVICE [--policy FILE] [--with FACT=VALUE]... "
		 "[--json]\n"
		 "       sekisho policy explain --saved FILE [--policy FILE] [--with "
		 "FACT=VALUE]...\n"
		 "                              [--json]\n\n"
		 "Tells for each interface which rule decides, and for every rule before it the\n"
		 "first condition that fails.  DEVICE is a port, vendor:product or serial number\n"
		 "of a device that is attached; FILE of --saved holds a record as JSON, such as "
		 "an\n"
		 "entry of `sekisho log --json`; - is the standard input.  Without --policy the\n"
		 "policy in force is asked.  --with asks what would be if: zone=mynumber,\n"
		 "user=alice, groups=\"a b\", at=\"2026-11-23 19:30\", medium=luks2,\n"
		 "medium_number=T-0123 (? for one not known yet), permit=R8-T-0042-7 and then\n"
		 "access=write, exceptions=disaster, ...\n"),
	      out);
}

struct told {
	const char *key;
	bool found;
};

static void look_for_key(void *ctx, const char *key, const char *value)
{
	struct told *told = ctx;

	(void)value;
	told->found |= strcmp(told->key, key) == 0;
}

/* A misspelt fact would be passed over, and the answer would be to another question. */
static bool assume(struct device_record *record, const char *key, const char *value)
{
	struct told told = { .key = key, .found = !*value };

	if (!device_record_set(record, key, value))
		return false;
	policy_record_each(&record->device, &record->at, look_for_key, &told);
	return told.found;
}

static int explain_record(struct explain *explain, struct err *err)
{
	for (size_t i = 0; i < explain->n_with; i++) {
		char *equals = strchr(explain->with[i], '=');

		if (equals)
			*equals = '\0';
		if (!equals || !assume(&explain->record, explain->with[i], equals + 1))
			return err_set(err, -EINVAL,
				       "--with %s: no such fact or value; remedy: "
				       "sekisho policy explain --help",
				       explain->with[i]);
		*equals = '=';
	}
	if (explain->json)
		return explain_print_json(explain->file.policy, &explain->record, err);
	explain_print(explain->file.policy, &explain->record);
	return EXIT_SUCCESS;
}

static void take_if_wanted(void *ctx, const struct device_record *record)
{
	struct explain *explain = ctx;
	char vid_pid[16];

	(void)snprintf(vid_pid, sizeof(vid_pid), "%04x:%04x", record->device.vid,
		       record->device.pid);
	if (strcmp(explain->wanted, record->device.port) != 0 &&
	    strcmp(explain->wanted, vid_pid) != 0 &&
	    strcmp(explain->wanted, record->device.serial) != 0)
		return;
	explain->record = *record;
	explain->n_found++;
}

static int find_attached(struct explain *explain, struct err *err)
{
	int rc = device_record_each_attached(take_if_wanted, explain, err);

	if (rc < 0)
		return rc;
	if (explain->n_found == 0)
		return err_set(err, -ENODEV,
			       "no device '%s' is attached; remedy: give a port, vendor:product or "
			       "serial number that `sekisho devices` shows",
			       explain->wanted);
	if (explain->n_found > 1)
		return err_set(err, -EINVAL, "%u devices are called '%s'; remedy: give the port",
			       explain->n_found, explain->wanted);
	if (explain->record.device.n_interfaces == 0)
		return err_set(err, -ENODATA,
			       "the device '%s' is kept unauthorised and shows no interfaces",
			       explain->wanted);
	return 0;
}

static int read_saved(struct explain *explain, struct err *err)
{
	cleanup_free char *text = NULL;
	json_auto_t *root = NULL;
	json_error_t where;
	char shown[sizeof(where.text) * 2];
	size_t len = 0;
	int rc = read_any_file(explain->saved, RECORD_MAX, &text, &len, err);

	if (rc < 0)
		return rc;
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	if (!root)
		return err_set(err, -EINVAL,
			       "%s:%d:%d: not one record as JSON: %s; remedy: save one line of "
			       "`sekisho log --json`",
			       explain->saved, where.line, where.column,
			       text_escape(shown, sizeof(shown), where.text, strlen(where.text)));
	if (json_is_array(root) && json_array_size(root) != 1)
		return err_set(err, -EINVAL, "%s holds %zu records; remedy: leave one of them",
			       explain->saved, json_array_size(root));
	rc = device_record_from_json(json_is_array(root) ? json_array_get(root, 0) : root,
				     &explain->record, err);
	return rc < 0 ? err_wrap(err, "%s", explain->saved) : 0;
}

static int parse(int argc, char *argv[], struct explain *explain)
{
	static const struct option options[] = {
		{ "policy", required_argument, NULL, 'p' },
		{ "saved", required_argument, NULL, 's' },
		{ "with", required_argument, NULL, 'w' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	optind = 1;
	while ((option = option_next(argc, argv, "", options)) >= 0) {
		if (option == 'p')
			explain->policy = optarg;
		else if (option == 's')
			explain->saved = optarg;
		else if (option == 'j')
			explain->json = true;
		else if (option == 'w' && explain->n_with < WITH_MAX)
			explain->with[explain->n_with++] = optarg;
		else
			return option == 'h' ? 1 : -EINVAL;
	}
	if (optind == argc - 1)
		explain->wanted = argv[optind++];
	return optind == argc && !explain->saved != !explain->wanted ? 0 : -EINVAL;
}

int policy_explain_device(int argc, char *argv[], struct err *err)
{
	struct explain explain = { 0 };
	cleanup_free char *in_force = NULL;
	int rc = parse(argc, argv, &explain);

	if (rc != 0)
		return options_usage(rc, print_usage);
	if (!explain.policy) {
		rc = policy_in_force_path(&in_force, err);
		explain.policy = in_force;
	}
	if (rc == 0)
		rc = policy_file_read(explain.policy, &explain.file, err);
	if (rc == 0)
		rc = explain.saved ? read_saved(&explain, err) : find_attached(&explain, err);
	if (rc == 0)
		rc = explain_record(&explain, err);
	policy_file_done(&explain.file);
	return rc;
}
