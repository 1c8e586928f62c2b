/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/site.h"

#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static int open_state(const char *state_dir, int *ret_fd, struct err *err)
{
	int fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(err, -errno, "%s: %m", state_dir);
	*ret_fd = fd;
	return 0;
}

int site_read(const char *state_dir, struct terminal *ret, struct err *err)
{
	cleanup_close int state_fd = -1;
	cleanup_free char *text = NULL;
	size_t len = 0;
	int rc;

	rc = open_state(state_dir, &state_fd, err);
	if (rc < 0)
		return rc;
	rc = file_read_trusted(state_fd, SITE_FILE, geteuid(), TERMINAL_FILE_MAX, &text, &len, err);
	if (rc == -ENOENT) {
		*ret = (struct terminal){ .zone = ZONE_UNASSIGNED };
		return 0;
	}
	return rc < 0 ? rc : terminal_parse(SITE_FILE, text, len, ret, err);
}

int site_write(const char *state_dir, const struct terminal *terminal, struct err *err)
{
	cleanup_close int state_fd = -1;
	char text[TERMINAL_FILE_MAX];
	size_t len = terminal_print(terminal, text, sizeof(text));
	int rc = open_state(state_dir, &state_fd, err);

	return rc < 0 ? rc : file_replace(state_fd, SITE_FILE, text, len, 0644, err);
}
