/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/sshd_config.h"

#include "core/cleanup.h"
#include "core/lang.h"
#include "doctor/doctor.h"
#include "doctor/tree.h"

#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CONFIG "/etc/ssh/sshd_config"
#define CONFIG_DIR "/etc/ssh"
#define DEPTH_MAX 16 /* as in sshd */
#define FILES_MAX 500
#define BLANKS " \t\r\f"

static const char *const keywords[SSHD_KEYWORDS] = {
	[SSHD_USE_PAM] = "UsePAM",
	[SSHD_PASSWORD] = "PasswordAuthentication",
	[SSHD_KBD_INTERACTIVE] = "KbdInteractiveAuthentication",
	[SSHD_PUBKEY] = "PubkeyAuthentication",
	[SSHD_HOSTBASED] = "HostbasedAuthentication",
	[SSHD_GSSAPI] = "GSSAPIAuthentication",
	[SSHD_EMPTY_PASSWORDS] = "PermitEmptyPasswords",
	[SSHD_ROOT_LOGIN] = "PermitRootLogin",
	[SSHD_METHODS] = "AuthenticationMethods",
};

/* Names that sshd still takes for others. */
static const struct {
	const char *name;
	enum sshd_keyword keyword;
} aliases[] = {
	{ "ChallengeResponseAuthentication", SSHD_KBD_INTERACTIVE },
	{ "SkeyAuthentication", SSHD_KBD_INTERACTIVE },
	{ "DSAAuthentication", SSHD_PUBKEY },
};

static int read_one(struct doctor *doctor, struct sshd_config *config, const char *path,
		    unsigned int *match);

static enum sshd_keyword keyword_of(const char *word)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcasecmp(aliases[i].name, word) == 0)
			return aliases[i].keyword;
	}
	for (enum sshd_keyword i = SSHD_USE_PAM; i < SSHD_KEYWORDS; i++) {
		if (strcasecmp(keywords[i], word) == 0)
			return i;
	}
	return SSHD_KEYWORDS;
}

/* The next word; quotes hold blanks together; '#' begins a comment. */
static char *next_word(char **rest)
{
	char *from = *rest + strspn(*rest, BLANKS);
	char *end;

	if (!*from || *from == '#') {
		*rest = from + strlen(from);
		return NULL;
	}
	if (*from == '"') {
		from++;
		end = from + strcspn(from, "\"");
	} else {
		end = from + strcspn(from, BLANKS);
	}
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return from;
}

/* The keyword ends at a blank or at one '='. */
static char *first_word(char **rest)
{
	char *from = *rest + strspn(*rest, BLANKS);
	char *end = from + strcspn(from, BLANKS "=");

	if (!*from || *from == '#')
		return NULL;
	*rest = end + strspn(end, BLANKS);
	if (**rest == '=')
		(*rest)++;
	else if (*rest == end && *end)
		(*rest)++;
	*end = '\0';
	return from;
}

static char *rest_of_words(char *rest)
{
	char *value = strdup("");

	for (char *word; value && (word = next_word(&rest));) {
		char *more = NULL;

		if (asprintf(&more, "%s%s%s", value, *value ? " " : "", word) < 0)
			more = NULL;
		free(value);
		value = more;
	}
	return value;
}

static int add_setting(struct sshd_config *config, const struct sshd_setting *setting)
{
	struct sshd_setting *list =
		reallocarray(config->settings, config->n_settings + 1, sizeof(*list));

	if (!list) {
		free(setting->value);
		free(setting->file);
		return -ENOMEM;
	}
	config->settings = list;
	list[config->n_settings++] = *setting;
	return setting->value && setting->file ? 0 : -ENOMEM;
}

static int add_match(struct sshd_config *config, const struct sshd_match *match)
{
	struct sshd_match *list =
		reallocarray(config->matches, config->n_matches + 1, sizeof(*list));

	if (!list) {
		free(match->criteria);
		free(match->file);
		return -ENOMEM;
	}
	config->matches = list;
	list[config->n_matches++] = *match;
	return match->criteria && match->file ? 0 : -ENOMEM;
}

static void tell_unread(struct doctor *doctor, struct sshd_config *config,
			const struct doctor_place *at, const char *what)
{
	config->is_incomplete = true;
	doctor_add(doctor, DOCTOR_UNCHECKED, "sshd.include", "sshd", at,
		   N_("include files by a pattern in their last part only, and no file twice"),
		   "the include of %s cannot be followed", what);
}

/* A pattern may stand for several files of one folder; they are read in order. */
static int include(struct doctor *doctor, struct sshd_config *config, const char *pattern,
		   const struct doctor_place *at, unsigned int match)
{
	cleanup_names struct tree_names names = { 0 };
	char path[PATH_MAX];
	struct err err = { 0 };
	char *slash;
	int rc;

	(void)snprintf(path, sizeof(path), "%s%s%s", *pattern == '/' ? "" : CONFIG_DIR,
		       *pattern == '/' ? "" : "/", pattern);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (config->depth >= DEPTH_MAX || config->n_files >= FILES_MAX || strpbrk(path, "*?[")) {
		tell_unread(doctor, config, at, pattern);
		return 0;
	}
	rc = tree_list(doctor->root, path, &names, &err);
	if (rc < 0 && rc != -ENOENT)
		tell_unread(doctor, config, at, pattern);
	config->depth++;
	for (size_t i = 0; i < names.n && rc == 0; i++) {
		char file[PATH_MAX];
		unsigned int inner = match;

		(void)snprintf(file, sizeof(file), "%s/%s", path, names.list[i]);
		if (fnmatch(slash + 1, names.list[i], FNM_PERIOD) == 0)
			rc = read_one(doctor, config, file, &inner);
	}
	config->depth--;
	return rc == -ENOMEM ? rc : 0;
}

static int read_line(struct doctor *doctor, struct sshd_config *config, char *line,
		     const struct doctor_place *at, unsigned int outer, unsigned int *match)
{
	char *rest = line;
	char *word = first_word(&rest);
	enum sshd_keyword keyword = word ? keyword_of(word) : SSHD_KEYWORDS;
	int rc = 0;

	if (!word)
		return 0;
	if (strcasecmp(word, "Match") == 0) {
		struct sshd_match new = { rest_of_words(rest), strdup(at->file), at->line, outer };

		rc = add_match(config, &new);
		*match = (unsigned int)config->n_matches;
	} else if (strcasecmp(word, "Include") == 0) {
		for (char *pattern; rc == 0 && (pattern = next_word(&rest));)
			rc = include(doctor, config, pattern, at, *match);
	} else if (keyword != SSHD_KEYWORDS) {
		struct sshd_setting new = { keyword, rest_of_words(rest), strdup(at->file),
					    at->line, *match };

		rc = add_setting(config, &new);
	}
	return rc;
}

/* A file that is included within a Match block begins in it, and what it opens ends with it. */
static int read_one(struct doctor *doctor, struct sshd_config *config, const char *path,
		    unsigned int *match)
{
	cleanup_free char *text = NULL;
	struct doctor_place at = { .file = path };
	unsigned int outer = *match;
	char *rest;
	size_t len;
	int rc = doctor_read(doctor, path, &text, &len);

	if (rc < 0) {
		config->is_incomplete = config->is_incomplete || rc != -ENOENT;
		return rc == -ENOENT && config->depth == 0 ? rc : 0;
	}
	config->n_files++;
	rest = text;
	for (char *line; rc == 0 && (line = strsep(&rest, "\n"));) {
		at.line++;
		rc = read_line(doctor, config, line, &at, outer, match);
	}
	return rc;
}

int sshd_config_read(struct doctor *doctor, struct sshd_config *ret)
{
	unsigned int match = 0;

	*ret = (struct sshd_config){ 0 };
	return read_one(doctor, ret, CONFIG, &match);
}

static bool is_for_all(const struct sshd_config *config, unsigned int match)
{
	return match == 0 || (strcasecmp(config->matches[match - 1].criteria, "all") == 0 &&
			      is_for_all(config, config->matches[match - 1].outer));
}

/* A block counts as well as those that it stands in. */
static bool is_active(const struct sshd_config *config, unsigned int block, unsigned int match)
{
	for (unsigned int i = match; i != 0; i = config->matches[i - 1].outer) {
		if (i == block)
			return true;
	}
	return block != 0 && is_for_all(config, block);
}

const struct sshd_setting *sshd_config_value(const struct sshd_config *config,
					     enum sshd_keyword keyword, unsigned int match)
{
	for (size_t i = 0; i < config->n_settings; i++) {
		const struct sshd_setting *setting = &config->settings[i];

		if (setting->keyword == keyword && is_active(config, setting->match, match))
			return setting;
	}
	for (size_t i = 0; i < config->n_settings; i++) {
		const struct sshd_setting *setting = &config->settings[i];

		if (setting->keyword == keyword && setting->match == 0)
			return setting;
	}
	return NULL;
}

void sshd_config_done(struct sshd_config *config)
{
	for (size_t i = 0; i < config->n_settings; i++) {
		free(config->settings[i].value);
		free(config->settings[i].file);
	}
	for (size_t i = 0; i < config->n_matches; i++) {
		free(config->matches[i].criteria);
		free(config->matches[i].file);
	}
	free(config->settings);
	free(config->matches);
	*config = (struct sshd_config){ 0 };
}
