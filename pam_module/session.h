/* SPDX-License-Identifier: Apache-2.0 */

/* What one PAM handle remembers between collect, verify and account. */

#pragma once

#include "pam_module/converse.h"

struct session {
	char user[256];                 /* at collect; verify must see the same */
	char code[CONVERSE_ANSWER_MAX]; /* wiped by verify and by the end of the handle */
	bool collected;                 /* collect asked for a code */
	bool settled;                   /* verify accepted it, or none was required */
};

/**
 * session_get() - the session of this handle
 * @ret:	NULL where collect has not run, or where that cannot be told
 *
 * Return: false when it cannot be told.
 */
bool session_get(pam_handle_t *handle, struct session **ret);

/* A new one in place of any older.  NULL when out of memory. */
struct session *session_begin(pam_handle_t *handle);
