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
	struct device_record *written;
	size_t n_written;
	unsigned int n_static;
	bool out_of_memory;
};

/* What a policy takes as this very text: "@" would begin the name of a set. */
static void print_value(const char *text)
{
	fputs(text[0] == '@' ? "\"@" : "\"", stdout);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static bool is_static(const struct policy_device *device)
{
	return device->classes == CLASS_HUB ||
	       (device->classes != 0 && (device->classes & ~CLASSES_HID) == 0);
}

/* One rule would be for both: a model without serial numbers, or numbers that are not unique. */
static bool is_written(struct generating *generating, const struct device_record *record)
{
	struct device_record *grown;

	for (size_t i = 0; i < generating->n_written; i++) {
		const struct policy_device *other = &generating->written[i].device;

		if (other->vid == record->device.vid && other->pid == record->device.pid &&
		    other->classes == record->device.classes &&
		    strcmp(other->medium_number, record->device.medium_number) == 0 &&
		    strcmp(other->serial, record->device.serial) == 0)
			return true;
	}
	grown = reallocarray(generating->written, generating->n_written + 1, sizeof(*grown));
	if (!grown) {
		generating->out_of_memory = true;
		return false;
	}
	generating->written = grown;
	grown[generating->n_written++] = *record;
	return false;
}

static void print_text(const char *name, const char *value)
{
	if (!*value)
		return;
	printf("    %s ", name);
	print_value(value);
	putchar('\n');
}

/* Of what stands in the register its number says all: it stays when the stick is replaced. */
static void print_identity(const struct policy_device *device)
{
	print_text("medium-number", device->medium_number);
	if (*device->medium_number)
		return;
	printf("    usb %04x:%04x\n", device->vid, device->pid);
	print_text("serial", device->serial);
}

static void print_rule(const struct policy_device *device, size_t number, const char *suffix,
		       enum verdict verdict, uint32_t interface)
{
	char classes[256];

	printf("rule device-%04x-%04x-%zu%s %s {\n", device->vid, device->pid, number, suffix,
	       verdict_name(verdict));
	print_identity(device);
	printf("    only %s\n", class_names(device->classes, classes, sizeof(classes)));
	if (interface != 0)
		printf("    interface %s\n", class_names(interface, classes, sizeof(classes)));
	printf("    reason \"%s\"\n}\n\n", tr("who uses it, for what, ledger number"));
}

static void print_remarks(const struct policy_device *device)
{
	if (!*device->serial && !*device->medium_number)
		printf("# %s\n", tr("no serial number: every device of this model is meant"));
	if (device->classes & CLASSES_HID)
		printf("# %s\n", tr("it can also type or point: is that what it is for?"));
}

/* Storage can be read; the rest has no reading without writing, and makes storage no writable. */
static void print_device(void *ctx, const struct device_record *record)
{
	const struct policy_device *device = &record->device;
	struct generating *generating = ctx;
	uint32_t others = device->classes & ~(uint32_t)CLASS_STORAGE;

	if (is_static(device)) {
		generating->n_static++;
		return;
	}
	printf("# %s\n", record->name);
	if (device->classes == 0) {
		printf("# %s\n\n", tr("no rule: it does not show what it is, so a rule would open "
				      "anything"));
		return;
	}
	if (is_written(generating, record)) {
		printf("# %s\n\n",
		       tr("the rule of the one with the same numbers is for this, too"));
		return;
	}
	print_remarks(device);
	if (others == device->classes) {
		print_rule(device, generating->n_written, "", VERDICT_ALLOW, 0);
		return;
	}
	print_rule(device, generating->n_written, "", VERDICT_READ_ONLY,
		   others ? CLASS_STORAGE : 0);
	if (others)
		print_rule(device, generating->n_written, "-rest", VERDICT_ALLOW, others);
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
	rc = device_record_each_attached(print_device, &generating, err);
	free(generating.written);
	if (rc == 0 && generating.out_of_memory)
		rc = err_set(err, -ENOMEM, "out of memory");
	if (rc < 0)
		return rc;
	printf(tr("# %zu devices; %u keyboards, mice and hubs work without a rule\n"),
	       generating.n_written, generating.n_static);
	return EXIT_SUCCESS;
}
