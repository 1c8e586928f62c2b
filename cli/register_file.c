/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/register_file.h"

#include "cli/policy_file.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

int register_file_read(const char *path, const struct ledger *base, struct register_file *ret,
		       struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	struct policy_file place = { .path = path };
	struct err not_a_note = { 0 };
	const char *text;
	size_t len;
	int rc;

	*ret = (struct register_file){ .path = path };
	rc = read_any_file(path, LEDGER_BYTES_MAX, &ret->bytes, &ret->len, err);
	if (rc < 0)
		return rc;
	ret->is_signed = note_parse(ret->bytes, ret->len, &ret->note, &not_a_note) == 0;
	text = ret->is_signed ? ret->note.text : ret->bytes;
	len = ret->is_signed ? ret->note.text_len : ret->len;
	rc = ledger_load(path, text, len, base, &ret->ledger, &diags);
	place.bytes = ret->bytes;
	place.len = ret->len;
	policy_file_print(&place, &diags);
	return rc < 0 ? EXIT_FAILURE : 0;
}

int register_file_write(const char *path, const char *bytes, size_t len, struct err *err)
{
	if (path)
		return file_replace(AT_FDCWD, path, bytes, len, 0644, err);
	return fwrite(bytes, 1, len, stdout) == len ? 0 : err_set(err, -EIO, "output: %m");
}

void register_file_done(struct register_file *file)
{
	ledger_free(file->ledger);
	free(file->bytes);
}
