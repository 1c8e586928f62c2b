/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/settings.h"

#include "core/err.h"
#include "core/file.h"
#include "core/parse.h"
#include "core/scfg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define FILE_MAX 65536 /* bytes */
#define KEEP_MAX 36500
#define KEEP_MIN 30 /* less is a slip of the hand */

static int read_keep(const char *path, const struct scfg_directive *directive,
		     struct settings *settings, struct diags *diags)
{
	const struct scfg_word *at =
		directive->n_params == 1 ? &directive->params[0] : &directive->name;
	struct err ignored = { 0 };
	uint64_t days = 0;

	if (directive->n_params == 1 && strcmp(at->text, "forever") == 0) {
		settings->keep_days = SETTINGS_KEEP_FOREVER;
		return 0;
	}
	if (directive->n_params != 1 || parse_u64(at->text, KEEP_MAX, &days, &ignored) < 0 ||
	    days < KEEP_MIN)
		return scfg_fail(path, at, -EINVAL, diags,
				 "'keep' takes a number of days from %d to %d, or 'forever'; "
				 "remedy: write keep 400",
				 KEEP_MIN, KEEP_MAX);
	settings->keep_days = (unsigned int)days;
	return 0;
}

static void read_block(const char *path, const struct scfg_block *block, struct settings *settings,
		       struct diags *diags)
{
	for (size_t i = 0; i < block->n_directives; i++) {
		const struct scfg_directive *directive = &block->directives[i];

		if (strcmp(directive->name.text, "keep") == 0 && !directive->has_block)
			(void)read_keep(path, directive, settings, diags);
		else
			(void)scfg_fail(path, &directive->name, -EINVAL, diags,
					"there is no setting '%s'; remedy: sekisho-logd(8)",
					directive->name.text);
	}
}

int settings_load(const char *path, struct settings *ret, struct err *err)
{
	struct settings settings = { .keep_days = SETTINGS_KEEP_DEFAULT };
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_diags struct diags diags = { 0 };
	cleanup_free char *text = NULL;
	size_t len = 0;
	int rc = file_read_trusted(AT_FDCWD, path, 0, FILE_MAX, &text, &len, err);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (rc == 0 && scfg_parse(path, text, len, &block, &diags) == 0)
		read_block(path, block, &settings, &diags);
	rc = diags_to_err(&diags, err);
	if (rc == 0)
		*ret = settings;
	return rc;
}
