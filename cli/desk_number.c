/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/desk_number.h"

#include "core/err.h"
#include "core/file.h"
#include "core/scfg.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define TERMINAL_CONF "/etc/sekisho/terminal.conf"
#define TERMINAL_CONF_MAX 4096 /* bytes */

bool desk_number(char *ret)
{
	cleanup_free char *text = NULL;
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_diags struct diags diags = { 0 };
	struct err err = { 0 };
	size_t len;

	ret[0] = '\0';
	if (file_read_trusted(AT_FDCWD, TERMINAL_CONF, 0, TERMINAL_CONF_MAX, &text, &len, &err) <
		    0 ||
	    scfg_parse(TERMINAL_CONF, text, len, &block, &diags) < 0)
		return false;
	for (size_t i = 0; i < block->n_directives; i++) {
		const struct scfg_directive *d = &block->directives[i];

		if (d->n_params == 1 && strcmp(d->name.text, "helpdesk") == 0)
			(void)snprintf(ret, DESK_NUMBER_MAX, "%s", d->params[0].text);
	}
	return *ret != '\0';
}
