/* SPDX-License-Identifier: Apache-2.0 */

/* What the boot loader starts, and whom it lets change that. */

#include "core/cleanup.h"
#include "core/lang.h"
#include "doctor/checks.h"
#include "doctor/doctor.h"

#include <string.h>

#define GRUB_CFG "/boot/grub/grub.cfg"
#define GRUB_DEFAULT "/etc/default/grub"

/* Words of a kernel's command line behind which nobody is asked for anything. */
static const char *const shells[] = {
	"init=/bin/",          "init=/usr/bin/", "rdinit=/bin/", "systemd.debug_shell",
	"systemd.debug-shell", "rd.break",       "break=",       "SYSTEMD_SULOGIN_FORCE",
};

static bool is_word_at(const char *line, const char *at)
{
	return at == line || strchr(" \t\"'=", at[-1]) != NULL;
}

static void judge_line(struct doctor *doctor, const char *line, const struct doctor_place *at)
{
	line += strspn(line, " \t");
	if (*line == '#')
		return;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		const char *found = strstr(line, shells[i]);

		if (found && is_word_at(line, found))
			doctor_add(doctor, DOCTOR_OPEN, "boot.shell", shells[i], at,
				   N_("take it out of /etc/default/grub, then update-grub"),
				   "the kernel is started with %s: a root shell without password "
				   "and code",
				   shells[i]);
	}
}

/* Menu entries and their kernels: others are words of scripts. */
static bool is_kernel_line(const char *line, bool is_cfg)
{
	line += strspn(line, " \t");
	return is_cfg ? strncmp(line, "linux", strlen("linux")) == 0
		      : strncmp(line, "GRUB_CMDLINE_", strlen("GRUB_CMDLINE_")) == 0;
}

static bool judge_file(struct doctor *doctor, const char *path, bool is_cfg, bool *ret_protected)
{
	cleanup_free char *text = NULL;
	struct doctor_place at = { .file = path };
	char *rest;
	size_t len;

	if (doctor_read(doctor, path, &text, &len) < 0)
		return false;
	rest = text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		at.line++;
		if (is_kernel_line(line, is_cfg))
			judge_line(doctor, line, &at);
		if (strncmp(line + strspn(line, " \t"), "password", strlen("password")) == 0)
			*ret_protected = true;
	}
	return true;
}

void check_boot(struct doctor *doctor)
{
	bool is_protected = false;
	bool unused = false;

	(void)judge_file(doctor, GRUB_DEFAULT, false, &unused);
	if (judge_file(doctor, GRUB_CFG, true, &is_protected) && !is_protected)
		doctor_add(doctor, DOCTOR_NOTE, "boot.unprotected", "grub",
			   &(struct doctor_place){ GRUB_CFG, 0, 0 },
			   N_("superusers and password_pbkdf2 in /etc/grub.d/40_custom, then "
			      "update-grub; "
			      "and disk encryption"),
			   N_("who is at the keyboard can change the kernel's command line"));
}
