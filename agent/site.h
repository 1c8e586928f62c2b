/* SPDX-License-Identifier: Apache-2.0 */

/* The terminal's own file: who it is, and in which zone it stands. */

#pragma once

#include "policy/terminal.h"

#define SITE_FILE "terminal" /* below the state directory */

/**
 * site_read() - read it
 * @ret:	an absent file is a terminal of no zone; set on success only
 */
int site_read(const char *state_dir, struct terminal *ret, struct err *err);

/* Put it in place, durable, 0644: otpd and the command read it. */
int site_write(const char *state_dir, const struct terminal *terminal, struct err *err);
