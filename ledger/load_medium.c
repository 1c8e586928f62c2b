/* SPDX-License-Identifier: Apache-2.0 */

/* Sections and media, as the file has them. */

#include "core/err.h"
#include "core/parse.h"
#include "core/text.h"
#include "ledger/internal.h"

#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define NUMBER_MAX 31 /* LEDGER_NUMBER_MAX without its NUL, for a text */
_Static_assert(NUMBER_MAX == LEDGER_NUMBER_MAX - 1, "they are one");

static void read_name(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	((struct ledger_section *)into)->name = ledger_read_text(r, &d->params[0]);
}

static void read_approvers(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	struct ledger_section *section = into;
	const char **approvers = calloc(d->n_params, sizeof(*approvers));

	section->approvers = approvers; /* freed with the section, also when a name is wrong */
	for (size_t i = 0; approvers && i < d->n_params; i++)
		approvers[i] = ledger_read_name(r, &d->params[i]);
	section->n_approvers = approvers ? d->n_params : 0;
}

static const struct ledger_line section_lines[] = {
	{ "name", 1, 1, read_name },
	{ "approver", 1, LEDGER_APPROVERS_MAX, read_approvers },
};

void ledger_read_section(struct ledger_reader *r, const struct scfg_directive *d)
{
	struct ledger_section *section = &r->ledger->sections[r->ledger->n_sections];

	if (r->base || d->n_params != 1) {
		LEDGER_FAIL(r, &d->name,
			    "a section has a name, and stands in a register; "
			    "remedy: section NAME { ... }");
		return;
	}
	*section = (struct ledger_section){ .id = ledger_read_name(r, &d->params[0]), .name = "" };
	if (ledger_section(r->ledger, section->id))
		LEDGER_FAIL(r, &d->params[0], "section '%s' stands twice; remedy: delete one",
			    section->id);
	r->ledger->n_sections++;
	ledger_read_lines(r, d, section_lines, N_ELEMENTS(section_lines), section);
	if (*section->name == '\0')
		section->name = section->id;
}

static void read_kind(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	if (!ledger_kind_from_name(d->params[0].text, &((struct ledger_medium *)into)->kind))
		LEDGER_FAIL(r, &d->params[0],
			    "'%s' is no kind of medium; remedy: usb-stick, usb-disk, sd-card, "
			    "optical, floppy or other",
			    d->params[0].text);
}

static bool read_usb_id(struct ledger_reader *r, const struct scfg_word *word, uint16_t *ret_vid,
			uint16_t *ret_pid)
{
	struct err ignored = { 0 };
	char vendor[5] = "";

	if (strlen(word->text) == 9 && word->text[4] == ':') {
		memcpy(vendor, word->text, 4);
		if (parse_hex16(vendor, ret_vid, &ignored) == 0 &&
		    parse_hex16(word->text + 5, ret_pid, &ignored) == 0)
			return true;
	}
	LEDGER_FAIL(r, word, "'%s' is no vendor and product; remedy: 0951:1666", word->text);
	return false;
}

static void read_usb(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	struct ledger_medium *medium = into;

	medium->has_usb = read_usb_id(r, &d->params[0], &medium->vid, &medium->pid);
}

static const char *read_serial(struct ledger_reader *r, const struct scfg_word *word)
{
	if (*word->text != '\0' && strlen(word->text) < POLICY_DEVICE_TEXT_MAX)
		return ledger_keep(r, word->text);
	LEDGER_FAIL(r, word, "this is no serial number; remedy: as sekisho devices shows it");
	return "";
}

static void read_serial_line(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	((struct ledger_medium *)into)->serial = read_serial(r, &d->params[0]);
}

/* @digits of them, or any number that has the shape of a uuid. */
static const char *read_hexadecimal(struct ledger_reader *r, const struct scfg_word *word,
				    size_t digits)
{
	char lower[POLICY_WORD_MAX];
	size_t len = strlen(word->text);

	for (size_t i = 0; i < len && i < sizeof(lower); i++)
		lower[i] = (char)tolower((unsigned char)word->text[i]);
	if (len > 0 && len < sizeof(lower) && (digits == 0 || len == digits)) {
		lower[len] = '\0';
		if (strspn(lower, digits ? "0123456789abcdef" : "0123456789abcdef-") == len)
			return ledger_keep(r, lower);
	}
	LEDGER_FAIL(r, word,
		    "'%s' is no number of a card and no uuid of a file system; remedy: as sekisho "
		    "devices shows it",
		    word->text);
	return "";
}

static void read_sd_cid(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	((struct ledger_medium *)into)->sd_cid = read_hexadecimal(r, &d->params[0], 32);
}

static void read_filesystem(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	((struct ledger_medium *)into)->filesystem = read_hexadecimal(r, &d->params[0], 0);
}

static void read_unlocked(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	struct ledger_medium *medium = into;

	medium->has_unlocked =
		read_usb_id(r, &d->params[0], &medium->unlocked_vid, &medium->unlocked_pid);
	medium->unlocked_serial = read_serial(r, &d->params[1]);
}

static void read_section(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	const struct ledger *known = r->base ? r->base : r->ledger;
	struct ledger_medium *medium = into;

	medium->section = ledger_read_name(r, &d->params[0]);
	if (*medium->section != '\0' && !r->is_lenient && !ledger_section(known, medium->section))
		LEDGER_FAIL(r, &d->params[0],
			    "there is no section '%s'; remedy: a block of it above, "
			    "section %s { ... }",
			    medium->section, medium->section);
}

static void read_zones(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	for (size_t i = 0; i < d->n_params; i++) {
		enum zone zone;

		if (zone_from_name(d->params[i].text, &zone) && zone != ZONE_UNASSIGNED)
			((struct ledger_medium *)into)->zones |= (uint8_t)(1u << zone);
		else
			LEDGER_FAIL(r, &d->params[i],
				    "'%s' is no zone; remedy: mynumber, lgwan or internet",
				    d->params[i].text);
	}
}

static uint8_t read_degree(struct ledger_reader *r, const struct scfg_word *word)
{
	if (strcmp(word->text, "1") == 0 || strcmp(word->text, "2") == 0)
		return (uint8_t)(word->text[0] - '0');
	LEDGER_FAIL(r, word, "'%s' is no degree of integrity or availability; remedy: 1 or 2",
		    word->text);
	return 1;
}

static void read_classification(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	struct ledger_medium *medium = into;

	if (!ledger_confidentiality_from_name(d->params[0].text, &medium->confidentiality))
		LEDGER_FAIL(r, &d->params[0],
			    "'%s' is no degree of confidentiality; remedy: 1, 2, 3C, 3B or 3A",
			    d->params[0].text);
	medium->integrity = read_degree(r, &d->params[1]);
	medium->availability = read_degree(r, &d->params[2]);
}

static void read_encryption(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	if (!ledger_encryption_from_name(d->params[0].text,
					 &((struct ledger_medium *)into)->encryption))
		LEDGER_FAIL(r, &d->params[0],
			    "'%s' is no encryption; remedy: luks2, hardware or none",
			    d->params[0].text);
}

static void read_model(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	((struct ledger_medium *)into)->model = ledger_read_text(r, &d->params[0]);
}

static void read_note(struct ledger_reader *r, const struct scfg_directive *d, void *into)
{
	((struct ledger_medium *)into)->note = ledger_read_text(r, &d->params[0]);
}

static const struct ledger_line medium_lines[] = {
	{ "kind", 1, 1, read_kind },
	{ "usb", 1, 1, read_usb },
	{ "serial", 1, 1, read_serial_line },
	{ "sd-cid", 1, 1, read_sd_cid },
	{ "filesystem", 1, 1, read_filesystem },
	{ "unlocked", 2, 2, read_unlocked },
	{ "section", 1, 1, read_section },
	{ "zone", 1, ZONES, read_zones },
	{ "classification", 3, 3, read_classification },
	{ "encryption", 1, 1, read_encryption },
	{ "model", 1, 1, read_model },
	{ "note", 1, 1, read_note },
};
_Static_assert(N_ELEMENTS(medium_lines) <= 32, "one bit each");

static void check_whole(struct ledger_reader *r, const struct scfg_directive *d,
			const struct ledger_medium *medium)
{
	if (*medium->section == '\0')
		LEDGER_FAIL(r, &d->name,
			    "medium '%s' belongs to no section; remedy: a line: "
			    "section NAME",
			    medium->number);
	if (medium->zones == 0)
		LEDGER_FAIL(r, &d->name,
			    "medium '%s' may be used in no zone; remedy: a line: "
			    "zone lgwan",
			    medium->number);
	if (*medium->serial != '\0' && !medium->has_usb)
		LEDGER_FAIL(r, &d->name,
			    "medium '%s' has a serial number and no model; remedy: a "
			    "line: usb 0951:1666",
			    medium->number);
	if (*medium->serial == '\0' && *medium->sd_cid == '\0' && *medium->filesystem == '\0')
		LEDGER_FAIL(r, &d->name,
			    "medium '%s' cannot be told from others; remedy: a line "
			    "serial, sd-cid or filesystem",
			    medium->number);
}

/* True where nothing else in the file is known by the same. */
static bool is_first(struct ledger_reader *r, const char *key)
{
	const char *kept = strcpy(r->keys + r->keys_used, key);
	const char **found = tsearch(kept, &r->known, (comparison_fn_t)strcmp);

	r->keys_used += strlen(key) + 1;
	return !found || *found == kept;
}

static void check_identity(struct ledger_reader *r, const struct scfg_directive *d,
			   const struct ledger_medium *medium)
{
	char key[POLICY_DEVICE_TEXT_MAX + 32];
	const char *word = NULL;

	(void)snprintf(key, sizeof(key), "medium %s", medium->number);
	if (!is_first(r, key))
		LEDGER_FAIL(r, &d->params[0], "medium '%s' stands twice; remedy: delete one",
			    medium->number);
	(void)snprintf(key, sizeof(key), "usb %04x:%04x %s", medium->vid, medium->pid,
		       medium->serial);
	if (*medium->serial != '\0' && !is_first(r, key))
		word = medium->serial;
	(void)snprintf(key, sizeof(key), "usb %04x:%04x %s", medium->unlocked_vid,
		       medium->unlocked_pid, medium->unlocked_serial);
	if (medium->has_unlocked && !is_first(r, key))
		word = medium->unlocked_serial;
	(void)snprintf(key, sizeof(key), "cid %s", medium->sd_cid);
	if (*medium->sd_cid != '\0' && !is_first(r, key))
		word = medium->sd_cid;
	(void)snprintf(key, sizeof(key), "uuid %s", medium->filesystem);
	if (*medium->filesystem != '\0' && !is_first(r, key))
		word = medium->filesystem;
	if (word)
		LEDGER_FAIL(r, &d->params[0],
			    "another medium has '%s', too, and the two could not be told apart; "
			    "remedy: look at both again, or delete one",
			    word);
}

void ledger_read_medium(struct ledger_reader *r, const struct scfg_directive *d)
{
	struct ledger_medium *medium = &r->ledger->media[r->ledger->n_media];
	size_t n_before = r->diags->n_errors;

	if (d->n_params != 1) {
		LEDGER_FAIL(r, &d->name, "a medium has a number; remedy: medium NUMBER { ... }");
		return;
	}
	*medium = (struct ledger_medium){ .serial = "",
					  .sd_cid = "",
					  .filesystem = "",
					  .unlocked_serial = "",
					  .section = "",
					  .model = "",
					  .note = "",
					  .holder = "",
					  .integrity = 1,
					  .availability = 1,
					  .state = LEDGER_REGISTERED };
	medium->number = ledger_read_name(r, &d->params[0]);
	if (strlen(medium->number) > NUMBER_MAX)
		LEDGER_FAIL(r, &d->params[0],
			    "the number is longer than %d letters; remedy: shorten "
			    "it",
			    NUMBER_MAX);
	r->ledger->n_media++;
	ledger_read_lines(r, d, medium_lines, N_ELEMENTS(medium_lines), medium);
	if (r->diags->n_errors > n_before)
		return;
	check_whole(r, d, medium);
	if (!r->is_lenient)
		check_identity(r, d, medium);
}
