/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho permit check, sign, import: a permit that was approved beforehand, as a file. */

#include "cli/act.h"
#include "cli/moment.h"
#include "cli/options.h"
#include "cli/permit_commands.h"
#include "cli/permit_rows.h"
#include "cli/policy_file.h"
#include "cli/sign.h"
#include "cli/state_words.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/lang.h"
#include "ipc/client.h"
#include "ipc/pairs.h"
#include "note/note.h"
#include "permit/permit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct permit_file {
	const char *path;
	char *bytes;
	size_t len;
	struct note note; /* when it is signed */
	bool is_signed;   /* by whom is not checked */
	struct permit permit;
};

static void permit_file_done(struct permit_file *file)
{
	free(file->bytes);
}
#define cleanup_permit_file cleanup_with(permit_file_done)

/* Return: 0; EXIT_FAILURE: it has errors, which were shown; or a negative errno. */
static int read_permit(const char *path, struct permit_file *ret, struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	struct policy_file place = { .path = path };
	struct err not_a_note = { 0 };
	int rc = read_any_file(path, PERMIT_BYTES_MAX, &ret->bytes, &ret->len, err);

	if (rc < 0)
		return rc;
	ret->path = path;
	ret->is_signed = note_parse(ret->bytes, ret->len, &ret->note, &not_a_note) == 0;
	if (permit_load(path, ret->bytes, ret->is_signed ? ret->note.text_len : ret->len,
			&ret->permit, NULL, &diags) == 0)
		return 0;
	place.bytes = ret->bytes;
	place.len = ret->len;
	policy_file_print(&place, &diags);
	return EXIT_FAILURE;
}

/* The same without what a terminal would refuse, before anybody signs it or carries it there. */
static int read_sound_permit(const char *path, struct permit_file *ret, struct err *err)
{
	int rc = read_permit(path, ret, err);

	if (rc != 0)
		return rc;
	rc = permit_check(&ret->permit, moment_now(), err);
	if (rc == 0)
		rc = permit_check_approver(&ret->permit, ret->permit.approver, err);
	return rc < 0 ? err_wrap(err, "%s", path) : 0;
}

static void add_pair(void *ctx, const char *key, const char *value)
{
	struct agent_row *row = ctx;

	pairs_add(row->fields, IPC_FIELDS_MAX, &row->len, key, value);
}

static void print_permit(const struct permit_file *file)
{
	struct agent_row *row = malloc(sizeof(*row) + IPC_FIELDS_MAX);

	if (!row)
		return;
	row->len = 0;
	add_pair(row, "number", file->permit.number);
	permit_each(&file->permit, add_pair, row);
	permit_row_print(row, moment_now());
	free(row);
}

static void print_check_usage(FILE *out)
{
	fputs(tr("Usage: sekisho permit check FILE\n"), out);
}

int permit_check_file(int argc, char *argv[], struct err *err)
{
	cleanup_permit_file struct permit_file file = { 0 };
	int rc = options_none(argc, argv, 1);

	if (rc != 0)
		return options_usage(rc, print_check_usage);
	rc = read_sound_permit(argv[optind], &file, err);
	if (rc != 0)
		return rc;
	print_permit(&file);
	puts(file.is_signed
		     ? tr("It is signed; the terminal asks whether by one who may.")
		     : tr("It is not signed; remedy: sekisho permit sign FILE --key KEY-FILE"));
	return EXIT_SUCCESS;
}

static void print_sign_usage(FILE *out)
{
	fputs(tr("Usage: sekisho permit sign FILE --key KEY-FILE [--output FILE]\n\n"
		 "Checks the permit, shows it, signs it, and puts the result into the output\n"
		 "(FILE.signed), for sekisho permit import at its terminal.\n"),
	      out);
}

int permit_sign(int argc, char *argv[], struct err *err)
{
	cleanup_permit_file struct permit_file file = { 0 };
	struct sign_words words;
	int rc = sign_words(argc, argv, &words);

	if (rc != 0)
		return options_usage(rc, print_sign_usage);
	rc = read_sound_permit(words.file, &file, err);
	if (rc != 0)
		return rc;
	print_permit(&file);
	return sign_file(file.bytes, file.len, file.is_signed ? &file.note : NULL, &words, err);
}

static void print_import_usage(FILE *out)
{
	fputs(tr("Usage: sekisho permit import FILE\n\n"
		 "FILE is a signed permit for this terminal.\n"),
	      out);
}

int permit_import(int argc, char *argv[], struct err *err)
{
	struct ipc_agent_act act = { .header = ipc_header(IPC_AGENT_ACT), .act = "permit.import" };
	cleanup_permit_file struct permit_file file = { 0 };
	struct ipc_agent_acted acted = { 0 };
	int rc = options_none(argc, argv, 1);

	if (rc != 0)
		return options_usage(rc, print_import_usage);
	rc = read_sound_permit(argv[optind], &file, err);
	if (rc != 0)
		return rc;
	if (!file.is_signed)
		return err_set(err, -EINVAL,
			       "%s is not signed; remedy: sekisho permit sign, by one whom the "
			       "zone order names for permits",
			       file.path);
	pairs_add(act.fields, sizeof(act.fields), &act.fields_len, "file", file.bytes);
	rc = act_send(&act, false, &acted, err);
	if (rc < 0)
		return rc;
	print_permit(&file);
	printf(tr("Permit %s is taken in.\n"), file.permit.number);
	return EXIT_SUCCESS;
}
