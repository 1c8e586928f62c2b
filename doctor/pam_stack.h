/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The modules that a service runs, in libpam's order: its file with everything
 * that it includes, or what "other" says where it says nothing.
 */

#pragma once

#include "core/diag.h"
#include "doctor/pam_file.h"

#include <stdbool.h>
#include <stddef.h>

#define PAM_LEVEL_MAX 16   /* as in libpam: of includes, and thus of substacks */
#define PAM_STEPS_MAX 4000 /* of one service; more was not written by people */

/* Where files come from; the terminal's or a test's. */
struct pam_source {
	/* As tree_read(); says by itself what is wrong, but not that a file is missing. */
	int (*read)(void *ctx, const char *path, char **ret, size_t *ret_len);
	void *ctx;
};

struct pam_config {
	struct pam_source source;
	bool is_one_file;        /* /etc/pam.conf: there is no folder */
	struct pam_file **files; /* each path is read once */
	size_t n_files;
	struct diags diags;
};

struct pam_step {
	const struct pam_file *file;
	const struct pam_line *line;
	unsigned int level; /* of substacks; 0: the service's own */
	bool is_broken;     /* fails with "perm_denied" */
	bool is_marker;     /* of a substack: runs nothing, counts in jumps */
	bool is_all_bad;    /* whatever the line says: what it includes is not there */
};

struct pam_stack {
	struct pam_step *steps; /* first those of auth, then those of account */
	size_t n_steps;
	size_t n_auth;
	bool is_strict;    /* account lines of pam_sekisho.so count as "strict": that is sshd's */
	bool is_refusing;  /* libpam gives its configuration up */
	bool is_too_large; /* not all of it is here */
};

/* @is_one_file: see struct pam_config. */
void pam_config_init(struct pam_config *config, const struct pam_source *source, bool is_one_file);
void pam_config_done(struct pam_config *config);
#define cleanup_pam_config cleanup_with(pam_config_done)

/* Its text read and parsed, or NULL: it is not there, or cannot be read. */
const struct pam_file *pam_config_file(struct pam_config *config, const char *path);

/**
 * pam_stack_build() - auth and account of one service
 * @ret:	valid as long as @config; pam_stack_done() it
 *
 * Return: 0 or -ENOMEM.  What is wrong is in @config's diags.
 */
int pam_stack_build(struct pam_config *config, const char *service, struct pam_stack *ret);

void pam_stack_done(struct pam_stack *stack);
#define cleanup_pam_stack cleanup_with(pam_stack_done)
