/* SPDX-License-Identifier: Apache-2.0 */

#include "pam_module/texts.h"

#include "core/err.h"
#include "core/file.h"
#include "core/scfg.h"

#include <fcntl.h>
#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TERMINAL_CONF "/etc/sekisho/terminal.conf"
#define TERMINAL_CONF_MAX 4096 /* bytes */

/* GDM names the console that its greeter covers, /dev/tty1. */
static bool is_graphical(pam_handle_t *handle)
{
	const void *service = NULL;

	return pam_get_item(handle, PAM_SERVICE, &service) == PAM_SUCCESS && service &&
	       strncmp(service, "gdm-", 4) == 0;
}

static bool is_text_console(pam_handle_t *handle)
{
	const void *item = NULL;
	const char *tty;

	if (pam_get_item(handle, PAM_TTY, &item) != PAM_SUCCESS || !item)
		return false;
	tty = item;
	if (strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	return strncmp(tty, "tty", 3) == 0 || strcmp(tty, "console") == 0;
}

void texts_init(struct texts *texts, pam_handle_t *handle)
{
	cleanup_free char *text = NULL;
	cleanup_scfg struct scfg_block *block = NULL;
	cleanup_diags struct diags diags = { 0 };
	struct err err = { 0 };
	size_t len;

	*texts = (struct texts){ .lang = LANG_EN };
	if (file_read_trusted(AT_FDCWD, TERMINAL_CONF, 0, TERMINAL_CONF_MAX, &text, &len, &err) <
		    0 ||
	    scfg_parse(TERMINAL_CONF, text, len, &block, &diags) < 0)
		return;
	for (size_t i = 0; i < block->n_directives; i++) {
		const struct scfg_directive *d = &block->directives[i];

		if (d->n_params != 1)
			continue;
		if (strcmp(d->name.text, "language") == 0)
			texts->lang = lang_from_locale(d->params[0].text);
		if (strcmp(d->name.text, "helpdesk") == 0)
			(void)snprintf(texts->helpdesk, sizeof(texts->helpdesk), "%s",
				       d->params[0].text);
	}
	if (is_text_console(handle) && !is_graphical(handle))
		texts->lang = LANG_EN;
}

void texts_say(const struct texts *texts, pam_handle_t *handle, int style, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), lang_text(texts->lang, fmt), ap);
	va_end(ap);
	(void)pam_prompt(handle, style, NULL, "%s", line);
}
