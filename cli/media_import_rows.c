/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The table is written as a register, which is then read like any other: what a
 * register may hold is decided in one place, and its errors come back to the cell
 * that a line was made of.
 */

#include "cli/media_columns.h"
#include "cli/media_import.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/scfg.h"
#include "core/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SECTION_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* Where a line comes from; row 0: not from the table. */
struct origin {
	uint32_t row;
	uint32_t column;
};

struct draft {
	const char *file;
	const struct csv *csv;
	const struct ledger *into;
	size_t places[MEDIA_COLUMNS]; /* 1 + column of the table, 0: it has none */
	FILE *media;
	struct origin *origins; /* of the lines of @media */
	size_t n_origins;
	char *section_names[LEDGER_SECTIONS_MAX]; /* those that are new */
	size_t n_sections;
	bool *is_named; /* of the media of @into */
	unsigned int n_errors;
	uint32_t row; /* being read, from 1 */
};

#define report(d, column, ...)                                                                     \
	((void)++(d)->n_errors, (void)fprintf(stderr, "%s:%u:%zu: ", (d)->file, (d)->row, column), \
	 (void)fprintf(stderr, __VA_ARGS__))

static void end_line(struct draft *d, enum media_column column)
{
	(void)fputc('\n', d->media);
	d->origins[d->n_origins++] =
		(struct origin){ d->row, (uint32_t)(d->places[column] ? d->places[column] : 1) };
}

static void read_headings(struct draft *d)
{
	const struct csv_row *row = &d->csv->rows[0];
	char shown[256];

	for (size_t i = 0; i < row->n; i++) {
		const char *heading = row->cells[i];
		enum media_column column = media_column_find(heading);

		(void)text_escape(shown, sizeof(shown), heading, strlen(heading));
		if (column == MEDIA_COLUMNS)
			(void)fprintf(stderr, tr("%s:1:%zu: warning: column '%s' is not taken\n"),
				      d->file, i + 1, shown);
		else if (d->places[column] != 0)
			report(d, i + 1, tr("column '%s' stands twice; remedy: delete one\n"),
			       shown);
		else
			d->places[column] = i + 1;
	}
	if (d->places[MEDIA_NUMBER] == 0)
		report(d, (size_t)1,
		       tr("no column has the number of the medium; remedy: head one with %s\n"),
		       media_column_heading(MEDIA_NUMBER));
}

static const char *cell_at(const struct draft *d, enum media_column column)
{
	const struct csv_row *row = &d->csv->rows[d->row - 1];
	size_t place = d->places[column];

	return place != 0 && place <= row->n ? row->cells[place - 1] : "";
}

/* What the table says; where it has no such column, what the register says so far. */
static void value_of(struct draft *d, const struct ledger_medium *before, enum media_column column,
		     char out[static MEDIA_CELL_MAX])
{
	const char *cell = cell_at(d, column);
	char kept[MEDIA_CELL_MAX];

	*out = '\0';
	if (d->places[column] == 0) {
		if (before)
			(void)media_column_words(column,
						 media_column_get(d->into, before, column, kept),
						 out);
		return;
	}
	if (csv_is_formula(cell))
		report(d, d->places[column],
		       tr("a formula is not taken; remedy: put ' in front where it is a text\n"));
	else if (!media_column_words(column, csv_unmarked(cell), out))
		report(d, d->places[column], tr("the text is too long; remedy: shorten it\n"));
}

/* Id of the section of that id or name; a new one gets an id where its name is none. */
static const char *section_of(struct draft *d, const char *name, char id[static 16])
{
	for (size_t i = 0; d->into && i < d->into->n_sections; i++) {
		const struct ledger_section *section = &d->into->sections[i];

		if (strcmp(section->id, name) == 0 || strcmp(section->name, name) == 0)
			return section->id;
	}
	for (size_t i = 0; i <= d->n_sections && i < LEDGER_SECTIONS_MAX; i++) {
		if (i == d->n_sections) {
			d->section_names[i] = strdup(name);
			if (!d->section_names[i])
				return "";
			d->n_sections++;
		} else if (strcmp(d->section_names[i], name) != 0) {
			continue;
		}
		if (name[strspn(name, SECTION_CHARACTERS)] == '\0')
			return name;
		(void)snprintf(id, 16, "section-%zu", i + 1 + (d->into ? d->into->n_sections : 0));
		return id;
	}
	report(d, d->places[MEDIA_SECTION], tr("too many sections; remedy: make two registers\n"));
	return "";
}

static void put_value(struct draft *d, enum media_column column, char *value)
{
	if (*value == '\0')
		return;
	(void)fprintf(d->media, "    %s", media_column_name(column));
	/* The only one of several words. */
	for (char *word; (word = column == MEDIA_ZONE ? strsep(&value, " ") : take_ptr(&value));) {
		(void)fputc(' ', d->media);
		scfg_print_word(d->media, word);
	}
	end_line(d, column);
}

static void put_section(struct draft *d, const char *name)
{
	char id[16];

	(void)fputs("    section ", d->media);
	scfg_print_word(d->media, section_of(d, name, id));
	end_line(d, MEDIA_SECTION);
}

static void put_classification(struct draft *d, const char *confidentiality, const char *integrity,
			       const char *availability)
{
	if (!*confidentiality && !*integrity && !*availability)
		return;
	(void)fputs("    classification ", d->media);
	scfg_print_word(d->media, *confidentiality ? confidentiality : "1");
	(void)fputc(' ', d->media);
	scfg_print_word(d->media, *integrity ? integrity : "1");
	(void)fputc(' ', d->media);
	scfg_print_word(d->media, *availability ? availability : "1");
	end_line(d, MEDIA_CONFIDENTIALITY);
}

static void put_unlocked(struct draft *d, const char *usb, const char *serial)
{
	if (!*usb && !*serial)
		return;
	(void)fputs("    unlocked ", d->media);
	scfg_print_word(d->media, usb);
	(void)fputc(' ', d->media);
	scfg_print_word(d->media, serial);
	end_line(d, MEDIA_UNLOCKED);
}

static void put_row(struct draft *d)
{
	char values[MEDIA_FIELDS][MEDIA_CELL_MAX];
	const struct ledger_medium *before;

	value_of(d, NULL, MEDIA_NUMBER, values[MEDIA_NUMBER]);
	before = d->into ? ledger_medium(d->into, values[MEDIA_NUMBER]) : NULL;
	if (before)
		d->is_named[before - d->into->media] = true;
	for (enum media_column column = MEDIA_KIND; column < MEDIA_FIELDS; column++)
		value_of(d, before, column, values[column]);
	(void)fputs("medium ", d->media);
	scfg_print_word(d->media, values[MEDIA_NUMBER]);
	(void)fputs(" {", d->media);
	end_line(d, MEDIA_NUMBER);
	for (enum media_column column = MEDIA_KIND; column <= MEDIA_FILESYSTEM; column++)
		put_value(d, column, values[column]);
	put_unlocked(d, values[MEDIA_UNLOCKED], values[MEDIA_UNLOCKED_SERIAL]);
	if (*values[MEDIA_SECTION])
		put_section(d, values[MEDIA_SECTION]);
	put_value(d, MEDIA_ZONE, values[MEDIA_ZONE]);
	put_classification(d, values[MEDIA_CONFIDENTIALITY], values[MEDIA_INTEGRITY],
			   values[MEDIA_AVAILABILITY]);
	for (enum media_column column = MEDIA_ENCRYPTION; column < MEDIA_FIELDS; column++)
		put_value(d, column, values[column]);
	(void)fputc('}', d->media);
	end_line(d, MEDIA_NUMBER);
}

static bool is_empty(const struct csv_row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		if (*row->cells[i] != '\0')
			return false;
	}
	return true;
}

static bool has_events(const struct ledger *ledger, const char *number)
{
	for (size_t i = 0; i < ledger->n_events; i++) {
		if (strcmp(ledger->events[i].number, number) == 0)
			return true;
	}
	return false;
}

/* What the table does not name stays, unless it is the whole register. */
static void put_others(const struct draft *d, bool all, FILE *out)
{
	for (size_t i = 0; d->into && i < d->into->n_media; i++) {
		const struct ledger_medium *medium = &d->into->media[i];

		if (!d->is_named[i] && (!all || has_events(d->into, medium->number)))
			ledger_print_medium(medium, out);
	}
}

static void put_head(const struct draft *d, FILE *out)
{
	const struct ledger head = {
		.name = d->into && *d->into->name ? d->into->name : "city",
		.version = d->into ? d->into->version + 1 : 1,
		.expires = d->into ? d->into->expires : 0,
		.sections = d->into ? d->into->sections : NULL,
		.n_sections = d->into ? d->into->n_sections : 0,
	};
	char id[16];

	(void)ledger_print(&head, out);
	for (size_t i = 0; i < d->n_sections; i++) {
		const char *name = d->section_names[i];
		bool is_id = name[strspn(name, SECTION_CHARACTERS)] == '\0';

		(void)snprintf(id, sizeof(id), "section-%zu", i + 1 + head.n_sections);
		(void)fprintf(out, "section %s {\n    name ", is_id ? name : id);
		scfg_print_word(out, name);
		(void)fputs("\n}\n", out);
	}
}

static unsigned int count_lines(const char *text, size_t len)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

/* The line of the register that is wrong, as the cell that it was made of. */
static void print_diags(const struct draft *d, struct diags *diags, unsigned int first)
{
	diags_sort(diags);
	for (size_t i = 0; i < diags->n; i++) {
		const struct diag *diag = &diags->list[i];
		size_t line = diag->line - first - 1;
		struct origin at = { 0 };

		if (diag->line > first && line < d->n_origins)
			at = d->origins[line];
		(void)fprintf(stderr, "%s:%u:%u: %s%s\n", d->file, at.row, at.column,
			      diag->severity == DIAG_WARNING ? tr("warning: ") : "", diag->text);
	}
	if (diags->n_dropped > 0)
		(void)fprintf(stderr, tr("and %zu more\n"), diags->n_dropped);
}

/* Head, the rows, what stays, events. */
static int load(struct draft *d, const char *rows, bool all, char **ret_text, struct ledger **ret,
		struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	size_t len = 0;
	FILE *out = open_memstream(ret_text, &len);
	unsigned int first;
	int rc;

	if (!out)
		return err_set(err, -ENOMEM, "out of memory");
	put_head(d, out);
	(void)fflush(out);
	first = count_lines(*ret_text, len);
	(void)fputs(rows, out);
	put_others(d, all, out);
	for (size_t i = 0; d->into && i < d->into->n_events; i++)
		ledger_print_event(&d->into->events[i], out);
	if (fclose(out) != 0)
		return err_set(err, -ENOMEM, "out of memory");
	rc = ledger_load(d->file, *ret_text, len, NULL, ret, &diags);
	print_diags(d, &diags, first);
	return rc < 0 ? EXIT_FAILURE : 0;
}

static int draft(struct draft *d, bool all, char **ret_text, struct ledger **ret, struct err *err)
{
	cleanup_free char *rows = NULL;
	size_t len = 0;

	d->origins = calloc(d->csv->n_rows * (MEDIA_FIELDS + 2) + 1, sizeof(*d->origins));
	d->is_named = calloc(d->into ? d->into->n_media + 1 : 1, sizeof(*d->is_named));
	d->media = open_memstream(&rows, &len);
	if (!d->media || !d->origins || !d->is_named) {
		if (d->media)
			(void)fclose(d->media);
		return err_set(err, -ENOMEM, "out of memory");
	}
	if (d->csv->n_rows > 0)
		read_headings(d);
	else
		report(d, (size_t)1, tr("the table is empty; remedy: a row of headings\n"));
	for (size_t i = 1; d->n_errors == 0 && i < d->csv->n_rows; i++) {
		d->row = (uint32_t)i + 1;
		if (!is_empty(&d->csv->rows[i]))
			put_row(d);
	}
	if (fclose(d->media) != 0)
		return err_set(err, -ENOMEM, "out of memory");
	return d->n_errors > 0 ? EXIT_FAILURE : load(d, rows, all, ret_text, ret, err);
}

int media_import_rows(const char *file, const struct csv *csv, const struct ledger *into, bool all,
		      char **ret_text, struct ledger **ret, struct err *err)
{
	cleanup_free struct draft *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return err_set(err, -ENOMEM, "out of memory");
	d->file = file;
	d->csv = csv;
	d->into = into;
	d->row = 1;
	rc = draft(d, all, ret_text, ret, err);
	for (size_t i = 0; i < d->n_sections; i++)
		free(d->section_names[i]);
	free(d->origins);
	free(d->is_named);
	return rc;
}
