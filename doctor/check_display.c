/* SPDX-License-Identifier: Apache-2.0 */

/* Display managers that log somebody in by themselves; lockers that ask no PAM. */

#include "core/cleanup.h"
#include "core/lang.h"
#include "doctor/checks.h"
#include "doctor/doctor.h"
#include "doctor/ini.h"
#include "doctor/services.h"
#include "doctor/tree.h"

#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A file, or a folder of files, of one display manager; later ones override. */
static const struct source {
	const char *path;
	const char *pattern; /* NULL: a file */
} sources[] = {
	{ "/usr/share/lightdm/lightdm.conf.d", "*.conf" },
	{ "/etc/xdg/lightdm/lightdm.conf.d", "*.conf" },
	{ "/etc/lightdm/lightdm.conf.d", "*.conf" },
	{ "/etc/lightdm/lightdm.conf", NULL },
	{ "/etc/gdm3/daemon.conf", NULL },
	{ "/etc/gdm3/custom.conf", NULL },
	{ "/etc/gdm/custom.conf", NULL },
	{ "/usr/lib/sddm/sddm.conf.d", "*.conf" },
	{ "/etc/sddm.conf.d", "*.conf" },
	{ "/etc/sddm.conf", NULL },
	{ "/etc/lxdm/lxdm.conf", NULL },
};

/* What switches it on.  GDM's user is named by a key of its own, which alone does nothing. */
static const struct setting {
	const char *path; /* where it counts: a part of the path */
	const char *section;
	const char *key;
	bool is_switch; /* "true" switches on; else every value does */
} settings[] = {
	{ "lightdm", "Seat*", "autologin-user", false },
	{ "lightdm", "Seat*", "autologin-guest", true },
	{ "gdm", "daemon", "AutomaticLoginEnable", true },
	{ "gdm", "daemon", "TimedLoginEnable", true },
	{ "sddm", "Autologin", "User", false },
	{ "lxdm", "base", "autologin", false },
};
#define N_SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* The last value that each setting was given. */
struct display {
	struct doctor *doctor;
	const char *path; /* of the file being read */
	struct {
		char value[64];
		char file[PATH_MAX];
		unsigned int line;
	} last[N_SETTINGS];
};

static void note_line(void *ctx, const struct ini_line *line)
{
	struct display *display = ctx;

	for (size_t i = 0; i < N_SETTINGS; i++) {
		if (!strstr(display->path, settings[i].path) ||
		    fnmatch(settings[i].section, line->section, 0) != 0 ||
		    strcmp(settings[i].key, line->key) != 0)
			continue;
		(void)snprintf(display->last[i].value, sizeof(display->last[i].value), "%s",
			       line->value);
		(void)snprintf(display->last[i].file, sizeof(display->last[i].file), "%s",
			       display->path);
		display->last[i].line = line->number;
	}
}

static void read_one(struct display *display, const char *path)
{
	cleanup_free char *text = NULL;
	size_t len;

	display->path = path;
	if (doctor_read(display->doctor, path, &text, &len) == 0)
		ini_each(text, false, note_line, display);
}

static void read_folder(struct display *display, const struct source *source)
{
	cleanup_names struct tree_names names = { 0 };
	struct err err = { 0 };

	if (tree_list(display->doctor->root, source->path, &names, &err) < 0 &&
	    tree_has(display->doctor->root, source->path))
		doctor_add(display->doctor, DOCTOR_UNCHECKED, "file.unreadable", source->path,
			   &(struct doctor_place){ source->path, 0, 0 }, N_("run it as root"),
			   N_("cannot be read: %s"), err.text);
	for (size_t i = 0; i < names.n; i++) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), "%s/%s", source->path, names.list[i]);
		if (fnmatch(source->pattern, names.list[i], 0) == 0)
			read_one(display, path);
	}
}

static void tell(struct display *display)
{
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const char *value = display->last[i].value;
		struct doctor_place at = { display->last[i].file, display->last[i].line, 1 };

		if (settings[i].is_switch ? ini_is_true(value) : *value != '\0')
			doctor_add(display->doctor, DOCTOR_OPEN, "display.autologin",
				   settings[i].path, &at, N_("take the line out"),
				   "somebody is logged in without password and code: %s=%s",
				   settings[i].key, value);
	}
}

/* Nobody could unlock: who has a token would give the password for a code, too. */
static bool lacks_one_answer(struct doctor *doctor, const struct locker *locker)
{
	struct doctor_asks asks;

	if (!locker->has_one_field)
		return false;
	asks = doctor->asks(doctor->ctx, locker->service);
	return asks.need != DOCTOR_NEED_NONE && !asks.one_answer;
}

static void tell_lockers(struct doctor *doctor)
{
	for (size_t i = 0; i < n_lockers; i++) {
		const char *program = lockers[i].program;

		if (!locker_is_installed(doctor->root, &lockers[i]))
			continue;
		if (!lockers[i].service)
			doctor_add(doctor, DOCTOR_WEAK, "locker.no-pam", program, NULL,
				   N_("apt purge it, and use a locker that asks PAM"),
				   "the locker %s asks for the password alone, past PAM", program);
		else if (lacks_one_answer(doctor, &lockers[i]))
			doctor_add(doctor, DOCTOR_NOTE, "locker.one-field", program, NULL,
				   N_("write the line one-answer for it into the policy, "
				      "sekisho-policy(5)"),
				   N_("the locker %s has one field, which holds no code beside the "
				      "password"),
				   program);
	}
}

void check_display(struct doctor *doctor)
{
	struct display display = { .doctor = doctor };

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (sources[i].pattern)
			read_folder(&display, &sources[i]);
		else
			read_one(&display, sources[i].path);
	}
	tell(&display);
	if (doctor->guarded)
		tell_lockers(doctor);
}
