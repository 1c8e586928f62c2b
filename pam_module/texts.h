/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the module says, in the language of the terminal.  The Linux text
 * console has no kanji font, so it is spoken to in English.
 */

#pragma once

#include "core/lang.h"

#include <security/pam_modules.h>

#define TEXTS_HELPDESK_MAX 32 /* with NUL */

struct texts {
	enum lang lang;
	char helpdesk[TEXTS_HELPDESK_MAX]; /* extension, or "" */
};

/* From /etc/sekisho/terminal.conf; a file that is missing or broken means English. */
void texts_init(struct texts *texts, pam_handle_t *handle);

/* Show one line, made from a text of the catalogue. */
void texts_say(const struct texts *texts, pam_handle_t *handle, int style, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
