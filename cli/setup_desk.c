/* SPDX-License-Identifier: Apache-2.0 */

/* The machine on which temporary codes are made: codes and log, no guard. */

#include "cli/program.h"
#include "cli/setup.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char text[] =
	"# Written by `sekisho setup --desk`; `sekisho setup --remove` takes it away.\n"
	"# While this file exists, and no guard is set up, sekishod does not start.\n";

bool setup_is_desk(void)
{
	return access(SETUP_DESK, F_OK) == 0 && access(SETUP_ENROLLED_RULES, F_OK) < 0;
}

int setup_desk(bool on, struct err *err)
{
	int rc = 0;

	if (on && mkdir("/etc/sekisho", 0755) < 0 && errno != EEXIST)
		return err_set(err, -errno, "/etc/sekisho: %m");
	if (on)
		rc = file_replace(AT_FDCWD, SETUP_DESK, text, strlen(text), 0644, err);
	else if (unlink(SETUP_DESK) < 0 && errno != ENOENT)
		rc = err_set(err, -errno, SETUP_DESK ": %m");
	if (rc < 0)
		return rc;
	return program_run((const char *const[]){ "/usr/bin/systemctl", on ? "stop" : "start",
						  "sekishod.socket", "sekishod.service", NULL },
			   NULL, NULL, err);
}
