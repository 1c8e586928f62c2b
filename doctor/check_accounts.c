/* SPDX-License-Identifier: Apache-2.0 */

/* Accounts without a password, and what root's own password opens. */

#include "core/cleanup.h"
#include "core/lang.h"
#include "doctor/checks.h"
#include "doctor/doctor.h"
#include "doctor/tree.h"

#include <errno.h>
#include <string.h>

#define PASSWD "/etc/passwd"
#define SHADOW "/etc/shadow"

enum kept { KEPT_IN_PASSWD, KEPT_IN_SHADOW };

static void tell_empty(struct doctor *doctor, const char *user, const struct doctor_place *at)
{
	if (strcmp(user, "root") == 0)
		doctor_add(doctor, DOCTOR_OPEN, "account.root-empty", user, at,
			   N_("passwd root, or passwd -l root"),
			   "root has no password: rescue and emergency mode give a root shell to "
			   "anybody");
	else
		doctor_add(doctor, doctor->guarded ? DOCTOR_WEAK : DOCTOR_OPEN, "account.empty",
			   user, at, N_("set a password, or lock the account (passwd -l)"),
			   "%s has no password: who has the code, if one is asked for, is in",
			   user);
}

static void tell_root(struct doctor *doctor, const char *password, const struct doctor_place *at)
{
	if (*password == '!' || *password == '*')
		doctor_add(doctor, DOCTOR_NOTE, "account.root-locked", "root", at, NULL,
			   "root has no usable password: rescue and emergency mode let nobody in");
	else
		doctor_add(doctor, DOCTOR_NOTE, "account.root-password", "root", at,
			   N_("keep that password in an envelope, or lock it: passwd -l root"),
			   "rescue and emergency mode ask for root's password and for no code");
}

static void judge_line(struct doctor *doctor, char *line, enum kept kept,
		       const struct doctor_place *at)
{
	char *user = strsep(&line, ":");
	char *password = strsep(&line, ":");
	char *uid = strsep(&line, ":");
	bool is_elsewhere = kept == KEPT_IN_PASSWD && password && strcmp(password, "x") == 0;

	if (!*user || *user == '#' || *user == '+' || *user == '-')
		return;
	if (!password || !uid) {
		doctor_add(doctor, DOCTOR_UNCHECKED, "account.line", user, at,
			   N_("pwck and grpck show and mend it"), "the line is not understood");
		return;
	}
	if (!*password)
		tell_empty(doctor, user, at);
	else if (!is_elsewhere && strcmp(user, "root") == 0)
		tell_root(doctor, password, at);
	if (kept == KEPT_IN_PASSWD && strcmp(uid, "0") == 0 && strcmp(user, "root") != 0)
		doctor_add(doctor, DOCTOR_WEAK, "account.second-root", user, at,
			   N_("give it a number of its own"), "%s is root under another name",
			   user);
}

static void judge_file(struct doctor *doctor, const char *path, enum kept kept)
{
	cleanup_free char *text = NULL;
	struct doctor_place at = { .file = path };
	char *rest;
	size_t len;

	/* The other checks have read /etc/passwd, and told when that was not possible. */
	if (kept == KEPT_IN_PASSWD) {
		struct err err = { 0 };

		if (tree_read(doctor->root, path, &text, &len, &err) < 0)
			return;
	} else if (doctor_read(doctor, path, &text, &len) < 0) {
		return;
	}
	rest = text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		at.line++;
		judge_line(doctor, line, kept, &at);
	}
}

void check_accounts(struct doctor *doctor)
{
	judge_file(doctor, PASSWD, KEPT_IN_PASSWD);
	judge_file(doctor, SHADOW, KEPT_IN_SHADOW);
}
