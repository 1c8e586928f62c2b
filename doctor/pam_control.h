/* SPDX-License-Identifier: Apache-2.0 */

/* The second word of a line: what a module's result means for the whole. */

#pragma once

#include "doctor/pam_file.h"

/**
 * pam_control_parse() - required, sufficient, ... or [value=action ...]
 * @word:	without the brackets
 * @ret:	all set, also on failure: then each is PAM_ACTION_BAD, as in libpam
 * @ret_kind:	a module, an include or a substack
 *
 * Return: NULL, or what libpam expected to see, extracted for tr().
 */
const char *pam_control_parse(const char *word, int ret[static PAM_CODES], enum pam_kind *ret_kind);
