/* SPDX-License-Identifier: Apache-2.0 */

/*
 * sshd_config(5) as sshd reads it: includes in place, the first value of a
 * keyword wins, Match blocks on top of what holds for all.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

struct doctor;

enum sshd_keyword {
	SSHD_USE_PAM,
	SSHD_PASSWORD,
	SSHD_KBD_INTERACTIVE,
	SSHD_PUBKEY,
	SSHD_HOSTBASED,
	SSHD_GSSAPI,
	SSHD_EMPTY_PASSWORDS,
	SSHD_ROOT_LOGIN,
	SSHD_METHODS,
	SSHD_KEYWORDS
};

/* One line that matters here. */
struct sshd_setting {
	enum sshd_keyword keyword;
	char *value; /* all words after the keyword, one blank between them */
	char *file;
	unsigned int line;
	unsigned int match; /* of which Match block; 0: holds for all */
};

struct sshd_match {
	char *criteria;
	char *file;
	unsigned int line;
	unsigned int outer; /* the block whose Include brought it, 0: none */
};

struct sshd_config {
	struct sshd_setting *settings;
	size_t n_settings;
	struct sshd_match *matches; /* block N is matches[N - 1] */
	size_t n_matches;
	unsigned int depth;   /* of includes, while it is read */
	unsigned int n_files; /* read so far, however often the same */
	bool is_incomplete;   /* not all of it could be read: a finding says so */
};

/**
 * sshd_config_read() - read /etc/ssh/sshd_config with all its includes
 *
 * Return: 0, -ENOENT where there is none, or -ENOMEM.
 */
int sshd_config_read(struct doctor *doctor, struct sshd_config *ret);

/**
 * sshd_config_value() - what holds where one Match block matches
 * @match:	0: where none does but those for "all"
 *
 * Return: the setting, or NULL: sshd's default.
 */
const struct sshd_setting *sshd_config_value(const struct sshd_config *config,
					     enum sshd_keyword keyword, unsigned int match);

void sshd_config_done(struct sshd_config *config);
#define cleanup_sshd_config __attribute__((cleanup(sshd_config_done)))
