/* SPDX-License-Identifier: Apache-2.0 */

/* /etc/sekisho/log.conf: how long the log is kept. */

#pragma once

#define LOGD_CONFIG_FILE "/etc/sekisho/log.conf"
#define SETTINGS_KEEP_DEFAULT 400 /* days: a fiscal year, and time to audit it */
#define SETTINGS_KEEP_FOREVER 0

struct err;

struct settings {
	unsigned int keep_days; /* or SETTINGS_KEEP_FOREVER */
};

/**
 * settings_load() - read the file; one that is missing says nothing
 *
 * Return: 0, or a negative errno: then nobody knows what was meant, and nothing may go.
 */
int settings_load(const char *path, struct settings *ret, struct err *err);
