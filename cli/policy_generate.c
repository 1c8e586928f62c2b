/* SPDX-License-Identifier: Apache-2.0 */

/* Rules for what is attached, as text for a person to think about. */

#include "cli/device_record.h"
#include "cli/options.h"
#include "cli/policy_commands.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct generating {
	unsigned int n_rules;
	unsigned int n_static;
};

/* Storage can be read, the rest has no reading without writing. */
static const char *verdict_for(uint32_t classes)
{
	return classes == CLASS_STORAGE ? "read-only" : "allow";
}

static void print_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static void print_rule(void *ctx, const struct device_record *record)
{
	struct generating *generating = ctx;
	const struct policy_device *device = &record->device;
	char classes[256];

	if (device->classes == CLASS_HUB ||
	    (device->classes != 0 && (device->classes & ~CLASSES_HID) == 0)) {
		generating->n_static++;
		return;
	}
	generating->n_rules++;
	printf("# %s\n", record->name);
	if (device->n_interfaces == 0)
		printf("# %s\n", tr("kept unauthorised: its interfaces are not known"));
	if (!*device->serial)
		printf("# %s\n", tr("no serial number: every device of this model is meant"));
	printf("rule device-%04x-%04x-%u %s {\n    usb %04x:%04x\n", device->vid, device->pid,
	       generating->n_rules, verdict_for(device->classes), device->vid, device->pid);
	if (*device->serial) {
		fputs("    serial ", stdout);
		print_quoted(device->serial);
		putchar('\n');
	}
	if (device->classes != 0)
		printf("    only %s\n", class_names(device->classes, classes, sizeof(classes)));
	printf("    reason \"%s\"\n}\n\n", tr("who uses it, for what, ledger number"));
}

static void print_usage(FILE *out)
{
	fputs(tr("Usage: sekisho policy generate\n\n"
		 "Writes rules for what is attached, to be read, thinned out and put into a\n"
		 "policy.  Changes nothing.\n"),
	      out);
}

int policy_generate(int argc, char *argv[], struct err *err)
{
	struct generating generating = { 0 };
	int rc = options_none(argc, argv, 0);

	if (rc != 0)
		return options_usage(rc, print_usage);
	printf("# %s\n\n",
	       tr("Rules for what is attached now.  Keep what the office needs, fill in "
		  "the reasons, delete the rest."));
	rc = device_record_each_attached(print_rule, &generating, err);
	if (rc < 0)
		return rc;
	printf(tr("# %u devices; %u keyboards, mice and hubs work without a rule\n"),
	       generating.n_rules, generating.n_static);
	return EXIT_SUCCESS;
}
