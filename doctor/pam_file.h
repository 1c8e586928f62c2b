/* SPDX-License-Identifier: Apache-2.0 */

/*
 * One file of PAM's configuration, read as libpam 1.5 reads it (pam.conf(5);
 * "@include" is Debian's).  A line that libpam cannot use fails when its turn
 * comes: it is kept, as broken, and told of.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PAM_CODES 32       /* return values; security/_pam_types.h */
#define PAM_LINE_MAX 1023  /* bytes: libpam 1.5 gives a file with a longer one up */
#define PAM_JUMP_MAX 10000 /* a longer jump leaves every stack all the same */

struct diags;

/* The return values by which the doctor tells cases apart. */
enum pam_code {
	PAM_CODE_SUCCESS = 0,
	PAM_CODE_SERVICE_ERR = 3,
	PAM_CODE_PERM_DENIED = 6,
	PAM_CODE_AUTH_ERR = 7,
	PAM_CODE_NEW_AUTHTOK_REQD = 12,
	PAM_CODE_IGNORE = 25,
	PAM_CODE_MODULE_UNKNOWN = 28,
	PAM_CODE_INCOMPLETE = 31,
};

/* What a line does for a return value; above 0: jumps over that many modules. */
enum pam_action {
	PAM_ACTION_IGNORE = 0,
	PAM_ACTION_OK = -1,
	PAM_ACTION_DONE = -2,
	PAM_ACTION_BAD = -3,
	PAM_ACTION_DIE = -4,
	PAM_ACTION_RESET = -5,
	PAM_ACTION_UNSET = -6, /* while a control is being read */
};

enum pam_type {
	PAM_TYPE_ANY = 0, /* "@include", or a word that is none of them */
	PAM_TYPE_AUTH = 1,
	PAM_TYPE_ACCOUNT = 2,
	PAM_TYPE_PASSWORD = 3,
	PAM_TYPE_SESSION = 4,
};

enum pam_kind {
	PAM_KIND_BROKEN = 0, /* fails with "perm_denied" */
	PAM_KIND_MODULE = 1,
	PAM_KIND_INCLUDE = 2,
	PAM_KIND_SUBSTACK = 3,
	PAM_KIND_INCLUDE_ALL = 4, /* @include */
};

struct pam_line {
	unsigned int number;
	enum pam_kind kind;
	enum pam_type type;
	const char *service;   /* of pam.conf, "" elsewhere */
	const char *module;    /* or the file that is included */
	const char *arguments; /* the rest of the line, as it stands */
	int actions[PAM_CODES];
};

struct pam_file {
	char *name;
	char *text; /* all the strings of the lines */
	struct pam_line *lines;
	size_t n_lines;
	bool is_given_up; /* libpam stops reading it, and refuses */
};

/* PAM's own name of a return value: "auth_err". */
const char *pam_code_name(unsigned int code);

/* The code of a name as pam_debug(8) takes it, or -1. */
int pam_code_of(const char *name);

/**
 * pam_file_parse() - read one file
 * @name:	for messages; copied
 * @text:	@len bytes with a NUL behind them; taken, also on failure
 * @has_services:	the first word of each line is a service, as in pam.conf
 * @ret:	pam_file_done() it
 * @diags:	each line that libpam will not use as it was meant
 *
 * Return: 0 also where there are such lines, or -ENOMEM.
 */
int pam_file_parse(const char *name, char *text, size_t len, bool has_services,
		   struct pam_file *ret, struct diags *diags);

void pam_file_done(struct pam_file *file);

/**
 * pam_word() - the next word of a line, in place
 * @rest:	where to go on; NULL behind the last word
 *
 * Words end at blanks; "[...]" is one word, in which "\]" stands for "]".
 *
 * Return: the word, or NULL when there is none.
 */
char *pam_word(char **rest);
