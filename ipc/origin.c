/* SPDX-License-Identifier: Apache-2.0 */

#include "ipc/origin.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/parse.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#define SESSIONS "/run/systemd/sessions"
#define SESSION_FILE_MAX 8192 /* bytes */
#define STAT_MAX 1024
#define STAT_FIELDS_TO_TTY 5 /* from the blank behind ")" to that before tty_nr, proc(5) */
#define NO_SESSION UINT32_MAX

/*
 * The value of KEY= in a file of logind.  One that stands there twice may have
 * come in through something that a user chose: then there is none.
 */
static const char *value_of(const char *text, const char *key, size_t *ret_len)
{
	const char *found = NULL;

	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");

		if (strncmp(line, key, strlen(key)) == 0) {
			if (found)
				return NULL;
			found = line + strlen(key);
			*ret_len = len - strlen(key);
		}
		line += len + (line[len] == '\n');
	}
	return found;
}

static enum origin origin_of_session(uint64_t number)
{
	cleanup_free char *text = NULL;
	const char *remote, *seat;
	char path[sizeof(SESSIONS) + 16];
	struct err ignored = { 0 };
	size_t len = 0, remote_len = 0, seat_len = 0;

	(void)snprintf(path, sizeof(path), SESSIONS "/%" PRIu64, number);
	if (file_read_trusted(AT_FDCWD, path, 0, SESSION_FILE_MAX, &text, &len, &ignored) < 0 ||
	    strlen(text) != len)
		return ORIGIN_UNKNOWN;
	remote = value_of(text, "REMOTE=", &remote_len);
	seat = value_of(text, "SEAT=", &seat_len);
	if (!remote || remote_len != 1 || (*remote != '0' && *remote != '1'))
		return ORIGIN_UNKNOWN;
	if (*remote == '1')
		return ORIGIN_REMOTE;
	return seat && seat_len > 0 ? ORIGIN_SEAT : ORIGIN_UNKNOWN;
}

enum origin origin_of(pid_t pid)
{
	char path[40], text[16] = "";
	uint64_t number = 0;
	struct err ignored = { 0 };

	(void)snprintf(path, sizeof(path), "/proc/%d/sessionid", pid);
	if (file_read_attribute(AT_FDCWD, path, text, sizeof(text)) < 0 ||
	    parse_u64(text, NO_SESSION, &number, &ignored) < 0)
		return ORIGIN_UNKNOWN;
	return number == NO_SESSION ? ORIGIN_SERVICE : origin_of_session(number);
}

bool origin_terminal(pid_t pid, dev_t *ret)
{
	char path[32], text[STAT_MAX] = "";
	const char *at;
	char *end;
	long packed;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (file_read_attribute(AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	at = strrchr(text, ')'); /* the name before it may hold blanks */
	for (int field = 0; at && field < STAT_FIELDS_TO_TTY; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return false;
	packed = strtol(at + 1, &end, 10);
	if (end == at + 1 || *end != ' ')
		return false;
	/* Linux' own way to put both numbers into 32 bits. */
	*ret = makedev((unsigned int)(packed >> 8) & 0xfff,
		       ((unsigned int)packed & 0xff) | ((unsigned int)(packed >> 12) & 0xfff00));
	return true;
}
