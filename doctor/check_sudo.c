/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What sudo does without asking PAM: NOPASSWD, !authenticate, what it
 * remembers.
 *
 * Read here and not by cvtsudoers(1): that program reads for the host and the
 * users it runs on and not for an image, drops the places that somebody has to
 * mend, and is missing where sudo comes without it.  The whole grammar is not
 * needed: these words mean the same wherever they stand, so each of them is
 * found, also in a rule that would turn out to match nobody.
 */

#include "core/cleanup.h"
#include "core/lang.h"
#include "doctor/checks.h"
#include "doctor/doctor.h"
#include "doctor/tree.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUDOERS "/etc/sudoers"
#define DEPTH_MAX 128 /* as in sudo */
#define FILES_MAX 500 /* that includes lead to, however often to the same */
#define MINUTES_USUAL 15

struct sudoers {
	struct doctor *doctor;
	unsigned int depth;
	unsigned int n_files;
	bool told_timeout; /* timestamp_timeout stands somewhere */
};

static void read_one(struct sudoers *s, const char *path, bool is_needed);

/* True when the word stands there and is not a part of a longer one. */
static const char *find_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len) {
		bool begins = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '_');

		if (begins && !isalnum((unsigned char)at[len]) && at[len] != '_')
			return at;
	}
	return NULL;
}

static bool has_tag(const char *line, const char *tag)
{
	const char *at = find_word(line, tag);

	while (at) {
		const char *behind = at + strlen(tag);

		if (behind[strspn(behind, " \t")] == ':')
			return true;
		at = find_word(behind, tag);
	}
	return false;
}

/* What the rule or the Defaults line is about: its first word. */
static void copy_whom(const char *line, char *out, size_t size)
{
	(void)snprintf(out, size, "%.*s", (int)strcspn(line, " \t"), line);
}

static void judge_timeout(struct sudoers *s, const char *value, const struct doctor_place *at)
{
	double minutes = strtod(value, NULL);

	s->told_timeout = true;
	if (minutes < 0)
		doctor_add(s->doctor, DOCTOR_OPEN, "sudo.remembers-forever", "sudo", at,
			   N_("timestamp_timeout=0: what the policy's grace says then counts"),
			   "sudo asks once, and then never again until the next start");
	else if (minutes > MINUTES_USUAL)
		doctor_add(s->doctor, DOCTOR_WEAK, "sudo.remembers", "sudo", at,
			   N_("timestamp_timeout=0: what the policy's grace says then counts"),
			   "sudo asks nothing for %.0f minutes after one code", minutes);
}

/* "!name" with nothing but blanks in between. */
static bool is_off(const char *line, const char *name)
{
	for (const char *at = find_word(line, name); at; at = find_word(at + strlen(name), name)) {
		const char *before = at;

		while (before > line && (before[-1] == ' ' || before[-1] == '\t'))
			before--;
		if (before > line && before[-1] == '!')
			return true;
	}
	return false;
}

static const char *value_of(const char *line, const char *name)
{
	const char *at = find_word(line, name);

	if (!at)
		return NULL;
	at += strlen(name);
	at += strspn(at, " \t");
	if (*at != '=')
		return NULL;
	return at + 1 + strspn(at + 1, " \t\"");
}

static void judge_defaults(struct sudoers *s, const char *line, const struct doctor_place *at)
{
	const char *timeout = value_of(line, "timestamp_timeout");
	const char *type = value_of(line, "timestamp_type");
	char whom[64];

	copy_whom(line, whom, sizeof(whom));
	if (is_off(line, "authenticate") && strcmp(whom, "Defaults:root") != 0)
		doctor_add(s->doctor, DOCTOR_OPEN, "sudo.not-authenticated", whom, at,
			   N_("take !authenticate out"),
			   "sudo asks for no password and no code (%s)", whom);
	if (value_of(line, "exempt_group"))
		doctor_add(s->doctor, DOCTOR_OPEN, "sudo.exempt-group", whom, at,
			   N_("take exempt_group out"),
			   "sudo asks a group for no password and no code");
	if (is_off(line, "pam_acct_mgmt"))
		doctor_add(s->doctor, DOCTOR_WEAK, "sudo.no-account", whom, at,
			   N_("take !pam_acct_mgmt out"), "sudo does not heed account lines");
	if (timeout)
		judge_timeout(s, timeout, at);
	if (type && strncmp(type, "global", strlen("global")) == 0)
		doctor_add(s->doctor, DOCTOR_WEAK, "sudo.global", whom, at,
			   N_("timestamp_type=tty"),
			   "one code is enough for every terminal of a user");
}

static void judge_rule(struct sudoers *s, const char *line, const struct doctor_place *at)
{
	char whom[64];

	copy_whom(line, whom, sizeof(whom));
	if (!has_tag(line, "NOPASSWD") || strcmp(whom, "root") == 0)
		return;
	doctor_add(s->doctor, DOCTOR_OPEN, "sudo.nopasswd", whom, at, N_("take NOPASSWD out"),
		   "sudo asks %s for no password and no code", whom);
}

static void include_dir(struct sudoers *s, const char *path, const struct doctor_place *at)
{
	cleanup_names struct tree_names names = { 0 };
	struct err err = { 0 };
	int rc = tree_list(s->doctor->root, path, &names, &err);

	if (rc < 0 && rc != -ENOENT)
		doctor_add(s->doctor, DOCTOR_UNCHECKED, "file.unreadable", path, at,
			   N_("run it as root"), "%s cannot be read: %s", path, err.text);
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.list[i];
		cleanup_free char *file = NULL;

		if (strchr(name, '.') || name[strlen(name) - 1] == '~')
			continue; /* sudo skips them too */
		if (asprintf(&file, "%s/%s", path, name) < 0)
			s->doctor->is_incomplete = true;
		else
			read_one(s, file, true);
	}
}

/* Relative to the folder of the file that includes; "%h" is a host that nobody knows here. */
static void include(struct sudoers *s, const char *name, bool is_dir, const struct doctor_place *at)
{
	char path[PATH_MAX];
	size_t len = strcspn(name, " \t");
	const char *slash = strrchr(at->file, '/');

	if (*name == '"') {
		name++;
		len = strcspn(name, "\"");
	}
	if (*name == '/')
		(void)snprintf(path, sizeof(path), "%.*s", (int)len, name);
	else
		(void)snprintf(path, sizeof(path), "%.*s/%.*s", (int)(slash - at->file), at->file,
			       (int)len, name);
	if (strchr(path, '%') || strchr(path, '\\') || s->depth >= DEPTH_MAX ||
	    s->n_files >= FILES_MAX || len == 0)
		doctor_add(s->doctor, DOCTOR_UNCHECKED, "sudo.include", "sudo", at,
			   N_("name the file as it is"), "the include of %s cannot be followed",
			   path);
	else if (is_dir)
		include_dir(s, path, at);
	else
		read_one(s, path, true);
}

static bool is_include(struct sudoers *s, const char *line, const struct doctor_place *at)
{
	static const struct {
		const char *word;
		bool is_dir;
	} words[] = {
		{ "@includedir", true },
		{ "#includedir", true },
		{ "@include", false },
		{ "#include", false },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i].word);

		if (strncmp(line, words[i].word, len) == 0 &&
		    (line[len] == ' ' || line[len] == '\t')) {
			include(s, line + len + strspn(line + len, " \t"), words[i].is_dir, at);
			return true;
		}
	}
	return false;
}

/* "#" begins a comment unless digits follow: then it is a user's number. */
static void cut_comment(char *line)
{
	bool quoted = false;

	for (char *c = line; *c; c++) {
		if (*c == '\\' && c[1])
			c++;
		else if (*c == '"')
			quoted = !quoted;
		else if (*c == '#' && !quoted && !isdigit((unsigned char)c[1]) && c[1] != '-')
			*c = '\0';
		if (!*c)
			return;
	}
}

static void judge_line(struct sudoers *s, char *line, const struct doctor_place *at)
{
	line += strspn(line, " \t");
	if (is_include(s, line, at))
		return;
	cut_comment(line);
	if (strncmp(line, "Defaults", strlen("Defaults")) == 0)
		judge_defaults(s, line, at);
	else if (*line)
		judge_rule(s, line, at);
}

/* Lines that end in a backslash go on; what is about the whole is told at its first line. */
static void read_one(struct sudoers *s, const char *path, bool is_needed)
{
	cleanup_free char *text = NULL;
	struct doctor_place at = { .file = path };
	char *line;
	size_t len;
	int rc = doctor_read(s->doctor, path, &text, &len);

	if (rc == -ENOENT && is_needed)
		doctor_add(s->doctor, DOCTOR_UNCHECKED, "file.unreadable", path, &at,
			   N_("see what the file is, and put it right"),
			   "is included, but not there");
	if (rc < 0)
		return;
	s->n_files++;
	s->depth++;
	line = text;
	for (unsigned int number = 1; *line; number++) {
		char *end = line + strcspn(line, "\n");

		at.line = number;
		while (end > line && end[-1] == '\\' && *end) {
			end[-1] = ' ';
			*end = ' ';
			end += strcspn(end, "\n");
			number++;
		}
		if (*end)
			*end++ = '\0';
		judge_line(s, line, &at);
		line = end;
	}
	s->depth--;
}

void check_sudo(struct doctor *doctor)
{
	struct sudoers s = { .doctor = doctor };
	bool is_there = tree_has(doctor->root, SUDOERS);

	if (!is_there || !doctor->guarded ||
	    doctor->asks(doctor->ctx, "sudo").need == DOCTOR_NEED_NONE)
		return;
	read_one(&s, SUDOERS, true);
	if (!s.told_timeout)
		doctor_add(doctor, DOCTOR_NOTE, "sudo.remembers-usual", "sudo",
			   &(struct doctor_place){ SUDOERS, 0, 0 },
			   N_("Defaults timestamp_timeout=0 leaves it to the policy's grace alone"),
			   N_("sudo itself asks nothing for %d minutes after one code"),
			   MINUTES_USUAL);
}
