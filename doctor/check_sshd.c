/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Which ways of proving oneself sshd takes, and which of them ask for a code.
 * A code is asked for by PAM's auth stack, so by keyboard-interactive and by
 * password (which hands PAM one answer for both prompts: no way around a code).
 * A key, a host or a ticket skip that stack: there only AuthenticationMethods,
 * or our account line, keeps them from sufficing alone.
 */

#include "core/cleanup.h"
#include "core/lang.h"
#include "doctor/checks.h"
#include "doctor/doctor.h"
#include "doctor/sshd_config.h"
#include "doctor/tree.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define METHOD_MAX 64 /* bytes */

/* Who logs in: everybody, or whom one Match block is about. */
struct situation {
	struct doctor *doctor;
	const struct sshd_config *config;
	const struct pam_of_sshd *pam;
	unsigned int match;
	enum doctor_need need;
};

static const struct method {
	const char *name;
	enum sshd_keyword keyword;
	bool is_on; /* by default */
	bool runs_auth;
} methods[] = {
	{ "publickey", SSHD_PUBKEY, true, false },
	{ "password", SSHD_PASSWORD, true, true },
	{ "keyboard-interactive", SSHD_KBD_INTERACTIVE, true, true },
	{ "hostbased", SSHD_HOSTBASED, false, false },
	{ "gssapi-with-mic", SSHD_GSSAPI, false, false },
};
#define N_METHODS (sizeof(methods) / sizeof(methods[0]))

static bool is_on(const struct situation *s, enum sshd_keyword keyword, bool otherwise)
{
	const struct sshd_setting *setting = sshd_config_value(s->config, keyword, s->match);

	if (!setting)
		return otherwise;
	return strcasecmp(setting->value, "no") != 0; /* what sshd does not know is not "no" */
}

/* "keyboard-interactive:pam" without its submethod. */
static const struct method *method_of(const char *name)
{
	size_t len = strcspn(name, ":");

	for (size_t i = 0; i < N_METHODS; i++) {
		if (strlen(methods[i].name) == len && strncmp(methods[i].name, name, len) == 0)
			return &methods[i];
	}
	return NULL;
}

static bool asks_code(const struct situation *s, const char *name)
{
	const struct method *method = method_of(name);

	return method && method->runs_auth && !strstr(name, ":bsdauth") &&
	       is_on(s, SSHD_USE_PAM, false) && s->pam->asks_code;
}

/* Its account stack lets nobody in whom the auth stack has not seen. */
static bool refuses(const struct situation *s)
{
	return is_on(s, SSHD_USE_PAM, false) && s->pam->refuses_a_key;
}

static struct doctor_place place_of(const struct situation *s, enum sshd_keyword keyword)
{
	const struct sshd_setting *setting = sshd_config_value(s->config, keyword, s->match);

	if (setting)
		return (struct doctor_place){ setting->file, setting->line, 1 };
	if (s->match)
		return (struct doctor_place){ s->config->matches[s->match - 1].file,
					      s->config->matches[s->match - 1].line, 1 };
	return (struct doctor_place){ "/etc/ssh/sshd_config", 0, 0 };
}

static const char *whom(const struct situation *s)
{
	return s->match ? s->config->matches[s->match - 1].criteria : tr("everybody");
}

static void tell_open(const struct situation *s, const char *list, enum sshd_keyword keyword)
{
	struct doctor_place at = place_of(s, keyword);

	doctor_add(
		s->doctor, s->need == DOCTOR_NEED_OPTIONAL ? DOCTOR_WEAK : DOCTOR_OPEN,
		"sshd.no-code", list, &at,
		N_("UsePAM yes, KbdInteractiveAuthentication yes, AuthenticationMethods "
		   "keyboard-interactive:pam publickey,keyboard-interactive:pam (`sekisho setup` "
		   "writes them where codes are required)"),
		"sshd lets in with %s and without a code (%s)", list, whom(s));
}

/* One list of methods, all of which must succeed: "publickey,keyboard-interactive:pam". */
static void judge_list(const struct situation *s, const char *list)
{
	cleanup_free char *copy = strdup(list);
	char *rest = copy;
	bool by_key = false;
	bool by_auth = false;
	bool by_code = false;
	bool is_usable = true;

	if (!copy) {
		s->doctor->is_incomplete = true;
		return;
	}
	for (char *name; (name = strsep(&rest, ","));) {
		const struct method *method = method_of(name);

		is_usable = is_usable && (!method || is_on(s, method->keyword, method->is_on));
		by_key = by_key || (method && method->keyword == SSHD_PUBKEY);
		by_auth = by_auth || (method && method->runs_auth);
		by_code = by_code || asks_code(s, name);
	}
	if (is_usable && !by_code && (by_auth || !refuses(s)))
		tell_open(s, list, SSHD_METHODS);
	if (is_usable && by_code && by_key) {
		struct doctor_place at = place_of(s, SSHD_METHODS);

		doctor_add(s->doctor, DOCTOR_NOTE, "sshd.all-three", list, &at, NULL,
			   "sshd asks for key, password and code together: %s (%s)", list, whom(s));
	}
}

static void judge_lists(const struct situation *s, const char *value)
{
	cleanup_free char *copy = strdup(value);
	char *rest = copy;

	if (!copy)
		s->doctor->is_incomplete = true;
	for (char *list; copy && (list = strsep(&rest, " "));) {
		if (*list)
			judge_list(s, list);
	}
}

/* Without AuthenticationMethods each method suffices by itself. */
static void judge_each(const struct situation *s)
{
	for (size_t i = 0; i < N_METHODS; i++) {
		const struct method *method = &methods[i];
		bool refused = !method->runs_auth && refuses(s);

		if (is_on(s, method->keyword, method->is_on) && !asks_code(s, method->name) &&
		    !refused)
			tell_open(s, method->name, method->keyword);
	}
}

static void judge(const struct situation *s)
{
	const struct sshd_setting *lists = sshd_config_value(s->config, SSHD_METHODS, s->match);

	if (lists && strcasecmp(lists->value, "any") != 0 && *lists->value)
		judge_lists(s, lists->value);
	else
		judge_each(s);
	if (is_on(s, SSHD_EMPTY_PASSWORDS, false)) {
		struct doctor_place at = place_of(s, SSHD_EMPTY_PASSWORDS);

		doctor_add(s->doctor, DOCTOR_WEAK, "sshd.empty-passwords", "", &at,
			   N_("PermitEmptyPasswords no"),
			   "sshd lets in with an empty password (%s)", whom(s));
	}
}

static void judge_root(const struct situation *s)
{
	const struct sshd_setting *root = sshd_config_value(s->config, SSHD_ROOT_LOGIN, s->match);
	struct doctor_place at = place_of(s, SSHD_ROOT_LOGIN);

	if (root && strcasecmp(root->value, "yes") == 0)
		doctor_add(s->doctor, DOCTOR_WEAK, "sshd.root", "root", &at,
			   N_("PermitRootLogin no, and sudo"),
			   "root may log in over the network, under nobody's name");
}

/* Whether a block changes anything that is looked at. */
static bool is_relevant(const struct sshd_config *config, unsigned int match)
{
	for (size_t i = 0; i < config->n_settings; i++) {
		if (config->settings[i].match == match)
			return true;
	}
	return false;
}

void check_sshd(struct doctor *doctor, const struct pam_of_sshd *pam)
{
	cleanup_sshd_config struct sshd_config config = { 0 };
	struct situation s = { .doctor = doctor, .config = &config, .pam = pam };
	bool is_installed = tree_has(doctor->root, "/usr/sbin/sshd");
	int rc = sshd_config_read(doctor, &config);

	if (rc == -ENOENT && is_installed)
		doctor_add(doctor, DOCTOR_UNCHECKED, "sshd.no-config", "sshd",
			   &(struct doctor_place){ "/etc/ssh/sshd_config", 0, 0 },
			   N_("apt install --reinstall openssh-server"),
			   N_("sshd is installed, but has no configuration"));
	if (rc == -ENOMEM)
		doctor->is_incomplete = true;
	if (rc < 0 || !doctor->guarded)
		return; /* without the guard nothing asks for a code: said once */
	s.need = doctor->asks(doctor->ctx, "sshd").need;
	if (s.need == DOCTOR_NEED_NONE)
		return;
	judge(&s);
	judge_root(&s);
	for (s.match = 1; s.match <= config.n_matches; s.match++) {
		if (is_relevant(&config, s.match))
			judge(&s);
	}
}
