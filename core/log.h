/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The daemons' diagnostics: one line on standard error with the "<N>" prefix
 * that systemd turns into a journal priority.  Levels say who must act: error
 * an administrator, warning perhaps, info nobody, debug developers.
 *
 * What an auditor relies on is a record in the audit log, never a line here.
 * Libraries do not log; only programs do.  No secret and no raw device string
 * may reach these functions.
 */

#pragma once

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
