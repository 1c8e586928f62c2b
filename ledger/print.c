/* SPDX-License-Identifier: Apache-2.0 */

/* A register as text: reading it again gives the same register. */

#include "core/scfg.h"
#include "ledger/ledger.h"

#include <errno.h>
#include <inttypes.h>

static void put(FILE *out, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	(void)fprintf(out, "    %s ", name);
	scfg_print_word(out, value);
	(void)fputc('\n', out);
}

static void put_minute(FILE *out, const char *name, policy_minute minute)
{
	if (minute == 0)
		return;
	(void)fprintf(out, "    %s ", name);
	policy_minute_write(minute, out);
	(void)fputc('\n', out);
}

static void print_head(const struct ledger *ledger, FILE *out)
{
	if (*ledger->name == '\0')
		return;
	(void)fputs("register ", out);
	scfg_print_word(out, ledger->name);
	(void)fputs(" {\n", out);
	if (ledger->version != 0)
		(void)fprintf(out, "    version %" PRIu64 "\n", ledger->version);
	put_minute(out, "expires", ledger->expires);
	(void)fputs("}\n", out);
}

static void print_section(const struct ledger_section *section, FILE *out)
{
	(void)fprintf(out, "section %s {\n", section->id);
	put(out, "name", section->name);
	if (section->n_approvers > 0)
		(void)fputs("    approver", out);
	for (size_t i = 0; i < section->n_approvers; i++)
		(void)fprintf(out, " %s", section->approvers[i]);
	(void)fprintf(out, "%s}\n", section->n_approvers > 0 ? "\n" : "");
}

static void print_zones(const struct ledger_medium *medium, FILE *out)
{
	(void)fputs("    zone", out);
	for (unsigned int zone = 0; zone < ZONES; zone++) {
		if (medium->zones & 1u << zone)
			(void)fprintf(out, " %s", zone_name((enum zone)zone));
	}
	(void)fputc('\n', out);
}

void ledger_print_medium(const struct ledger_medium *medium, FILE *out)
{
	(void)fprintf(out, "medium %s {\n    kind %s\n", medium->number,
		      ledger_kind_name(medium->kind));
	if (medium->has_usb)
		(void)fprintf(out, "    usb %04x:%04x\n", medium->vid, medium->pid);
	put(out, "serial", medium->serial);
	put(out, "sd-cid", medium->sd_cid);
	put(out, "filesystem", medium->filesystem);
	if (medium->has_unlocked) {
		(void)fprintf(out, "    unlocked %04x:%04x ", medium->unlocked_vid,
			      medium->unlocked_pid);
		scfg_print_word(out, medium->unlocked_serial);
		(void)fputc('\n', out);
	}
	put(out, "section", medium->section);
	print_zones(medium, out);
	(void)fprintf(out, "    classification %s %u %u\n    encryption %s\n",
		      ledger_confidentiality_name(medium->confidentiality), medium->integrity,
		      medium->availability, ledger_encryption_name(medium->encryption));
	put(out, "model", medium->model);
	put(out, "note", medium->note);
	(void)fputs("}\n", out);
}

void ledger_print_event(const struct ledger_event *event, FILE *out)
{
	(void)fprintf(out, "event %s %s {\n", event->number, ledger_act_name(event->act));
	put(out, "id", event->id);
	put_minute(out, "at", event->at);
	put(out, "by", event->by);
	put(out, "approver", event->approver);
	put(out, "to", event->to);
	put_minute(out, "due", event->due);
	put(out, "erased-by", event->erased_by);
	put_minute(out, "noticed", event->noticed);
	if (*event->answers != '\0')
		(void)fprintf(out, "    answers %s\n", event->answers);
	put(out, "method", event->method);
	put(out, "certificate", event->certificate);
	put(out, "note", event->note);
	(void)fputs("}\n", out);
}

int ledger_print(const struct ledger *ledger, FILE *out)
{
	print_head(ledger, out);
	for (size_t i = 0; i < ledger->n_sections; i++)
		print_section(&ledger->sections[i], out);
	for (size_t i = 0; i < ledger->n_media; i++)
		ledger_print_medium(&ledger->media[i], out);
	for (size_t i = 0; i < ledger->n_events; i++)
		ledger_print_event(&ledger->events[i], out);
	return ferror(out) ? -EIO : 0;
}
