/* SPDX-License-Identifier: Apache-2.0 */

/* systemd units that give somebody a shell: getty with autologin, forced sulogin, debug-shell. */

#include "core/cleanup.h"
#include "core/lang.h"
#include "doctor/checks.h"
#include "doctor/doctor.h"
#include "doctor/ini.h"
#include "doctor/tree.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#define FORCE "SYSTEMD_SULOGIN_FORCE"

/* The first that has a unit is the one that counts; drop-ins of all of them do. */
static const char *const dirs[] = {
	"/etc/systemd/system",     "/run/systemd/system", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system",
};

struct units {
	struct doctor *doctor;
	const char *path; /* of the file being read */
};

/* Commands that log a user in by name; agetty takes "-a user", "-auser" and any beginning. */
static bool is_autologin(const char *command)
{
	static const char *const gettys[] = { "agetty", "mingetty", "fgetty", "kmscon" };
	bool is_getty = false;

	for (size_t i = 0; i < sizeof(gettys) / sizeof(gettys[0]); i++)
		is_getty = is_getty || strstr(command, gettys[i]);
	if (!is_getty)
		return strstr(command, "login -f ") != NULL;
	return strstr(command, " --a") || strstr(command, " -a");
}

/* agetty that runs something else than login(1), which asks nothing. */
static bool is_other_program(const char *command)
{
	const char *at = strstr(command, " --login-program");

	if (!strstr(command, "agetty"))
		return false;
	if (!at)
		at = strstr(command, " -l");
	return at && !strstr(at, "/bin/login");
}

/* A shell as a terminal's service, as in debug-shell.service. */
static bool is_shell_unit(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return strcmp(name, "debug-shell.service") == 0;
}

static void judge_command(struct units *units, const struct ini_line *line)
{
	struct doctor_place at = { units->path, line->number, 1 };

	if (is_autologin(line->value))
		doctor_add(units->doctor, DOCTOR_OPEN, "getty.autologin", units->path, &at,
			   N_("take the option out, then systemctl daemon-reload"),
			   "a terminal logs somebody in without password and code: %s",
			   line->value);
	else if (is_other_program(line->value))
		doctor_add(units->doctor, DOCTOR_OPEN, "getty.other-program", units->path, &at,
			   N_("take the option out, then systemctl daemon-reload"),
			   "a terminal runs a program that is not login: %s", line->value);
	else if (strstr(line->value, "sulogin") &&
		 (strstr(line->value, " --force") || strstr(line->value, " -e")))
		doctor_add(units->doctor, DOCTOR_OPEN, "rescue.forced", units->path, &at,
			   N_("take the option out, then systemctl daemon-reload"),
			   "rescue gives a root shell without a password when root has none");
}

static void judge_line(void *ctx, const struct ini_line *line)
{
	struct units *units = ctx;
	struct doctor_place at = { units->path, line->number, 1 };
	const char *force = strstr(line->value, FORCE "=");

	if (strcmp(line->section, "Service") != 0)
		return;
	if (strncmp(line->key, "ExecStart", strlen("ExecStart")) == 0)
		judge_command(units, line);
	if (strcmp(line->key, "Environment") == 0 && force &&
	    strchr("1yYtToO", force[sizeof(FORCE)]) != NULL && force[sizeof(FORCE)])
		doctor_add(units->doctor, DOCTOR_OPEN, "rescue.forced", units->path, &at,
			   N_("take the line out, then systemctl daemon-reload"),
			   "rescue gives a root shell without a password when root has none");
}

static void read_unit(struct units *units, const char *path)
{
	cleanup_free char *text = NULL;
	size_t len;

	if (tree_is_null(units->doctor->root, path))
		return; /* masked */
	units->path = path;
	if (doctor_read(units->doctor, path, &text, &len) == 0)
		ini_each(text, true, judge_line, units);
}

static void list(struct units *units, const char *dir, struct tree_names *ret)
{
	struct doctor_place at = { .file = dir };
	struct err err = { 0 };
	int rc = tree_list(units->doctor->root, dir, ret, &err);

	if (rc < 0 && rc != -ENOENT)
		doctor_add(units->doctor, DOCTOR_UNCHECKED, "file.unreadable", dir, &at,
			   N_("run it as root"), N_("cannot be read: %s"), err.text);
}

/* A folder below: drop-ins, or what is started with something. */
static void read_inner(struct units *units, const char *dir, const char *name)
{
	cleanup_names struct tree_names names = { 0 };
	cleanup_free char *path = NULL;
	bool is_wants = fnmatch("*.wants", name, 0) == 0 || fnmatch("*.requires", name, 0) == 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0) {
		units->doctor->is_incomplete = true;
		return;
	}
	list(units, path, &names);
	for (size_t i = 0; i < names.n; i++) {
		cleanup_free char *file = NULL;

		if (asprintf(&file, "%s/%s", path, names.list[i]) < 0)
			units->doctor->is_incomplete = true;
		else if (is_wants && is_shell_unit(file))
			doctor_add(
				units->doctor, DOCTOR_OPEN, "units.debug-shell", names.list[i],
				&(struct doctor_place){ file, 0, 0 },
				N_("systemctl disable --now debug-shell.service"),
				N_("a root shell waits on a console, without password and code"));
		else if (!is_wants && fnmatch("*.conf", names.list[i], 0) == 0)
			read_unit(units, file);
	}
}

/* A unit that stands in a folder before is not used. */
static bool is_overridden(struct units *units, size_t dir, const char *name)
{
	for (size_t i = 0; i < dir; i++) {
		cleanup_free char *path = NULL;

		if (asprintf(&path, "%s/%s", dirs[i], name) < 0)
			units->doctor->is_incomplete = true;
		else if (tree_has(units->doctor->root, path) ||
			 tree_is_null(units->doctor->root, path))
			return true;
	}
	return false;
}

static bool is_same_dir(struct doctor *doctor, const char *dir)
{
	return strcmp(dir, "/lib/systemd/system") == 0 && tree_is_link(doctor->root, "/lib");
}

void check_units(struct doctor *doctor)
{
	struct units units = { .doctor = doctor };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		cleanup_names struct tree_names names = { 0 };

		if (is_same_dir(doctor, dirs[i]))
			continue; /* of a merged /usr: read already */
		list(&units, dirs[i], &names);
		for (size_t k = 0; k < names.n; k++) {
			cleanup_free char *path = NULL;

			if (asprintf(&path, "%s/%s", dirs[i], names.list[k]) < 0)
				doctor->is_incomplete = true;
			else if (fnmatch("*.[dwr]*", names.list[k], 0) == 0)
				read_inner(&units, dirs[i], names.list[k]);
			else if (fnmatch("*.service", names.list[k], 0) == 0 &&
				 !is_overridden(&units, i, names.list[k]))
				read_unit(&units, path);
		}
	}
}
