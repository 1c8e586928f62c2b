/* SPDX-License-Identifier: Apache-2.0 */

/* The enrolled rules file: what belongs to this terminal. */

#include "cli/program.h"
#include "cli/setup.h"
#include "cli/setup_disks.h"
#include "cli/setup_keyboards.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static const char head[] =
	"# Written by `sekisho setup`; `sekisho setup --remove` takes it away.\n"
	"# While this file exists the guard is on.  A disk that is not named here is closed.\n"
	"ENV{SEKISHO_SET_UP}=\"1\"\n";

static int reload_udev(struct err *err)
{
	return program_run((const char *const[]){ "/usr/bin/udevadm", "control", "--reload", NULL },
			   NULL, NULL, err);
}

int setup_enrol(struct setup_enrolled *ret, struct err *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	struct setup_enrolled found = { 0 };
	FILE *rules = open_memstream(&text, &len);
	int rc;

	if (!rules)
		return err_set(err, -ENOMEM, "out of memory");
	(void)fputs(head, rules);
	rc = setup_write_disk_rules(rules, &found.n_disks, err);
	if (rc == 0)
		rc = setup_write_keyboard_rules(rules, &found.n_keyboards, err);
	if (fclose(rules) != 0 && rc == 0)
		rc = err_set(err, -ENOMEM, "out of memory");
	if (rc == 0 && found.n_disks == 0)
		rc = err_set(err, -ENODEV,
			     "no internal disk was found, so the root disk would be shut out; "
			     "remedy: report the output of lsblk -O");
	if (rc == 0)
		rc = file_replace(AT_FDCWD, SETUP_ENROLLED_RULES, text, len, 0644, err);
	if (rc == 0)
		rc = reload_udev(err);
	if (rc == 0)
		*ret = found;
	return rc;
}

int setup_unenrol(struct err *err)
{
	if (unlink(SETUP_ENROLLED_RULES) < 0 && errno != ENOENT)
		return err_set(err, -errno, "%s: %m", SETUP_ENROLLED_RULES);
	return reload_udev(err);
}
