/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What doctor/ says that libpam would do: pam_predict CONFDIR SERVICE...
 *
 * For each service one line "SERVICE auth=N account=N", N being 1 where the
 * stack succeeds; account: after auth, also with "new_authtok_reqd".  Every module
 * exists but pam_missing.so.
 */

#include "core/err.h"
#include "doctor/pam_paths.h"
#include "doctor/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define PAM_DIR "/etc/pam.d/"

/* PAM's folder is CONFDIR; an absolute name that stands in a file is what it says. */
static int read_file(void *ctx, const char *path, char **ret, size_t *ret_len)
{
	cleanup_close int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err err = { 0 };
	char name[PATH_MAX];

	if (strncmp(path, PAM_DIR, strlen(PAM_DIR)) == 0)
		(void)snprintf(name, sizeof(name), "%s/%s", (const char *)ctx,
			       path + strlen(PAM_DIR));
	else
		(void)snprintf(name, sizeof(name), "%s", path);
	return tree_read(root, name, ret, ret_len, &err);
}

static bool has_module(void *ctx, const char *name)
{
	(void)ctx;
	return strcmp(name, "pam_missing.so") != 0;
}

static bool group_is_empty(void *ctx, const char *group)
{
	(void)ctx;
	(void)group;
	return false;
}

static bool succeeds(const struct pam_stack *stack, enum pam_part part)
{
	cleanup_pam_paths struct pam_paths paths = { 0 };
	struct pam_world world = { has_module, group_is_empty, NULL };

	return pam_paths_find(stack, &world, part, &paths) == 0 &&
	       (paths.ways[PAM_WAY_NOTHING].is_there || paths.ways[PAM_WAY_FACTOR].is_there);
}

int main(int argc, char *argv[])
{
	struct pam_source source = { read_file, argv[1] };

	if (argc < 3) {
		fputs("usage: pam_predict CONFDIR SERVICE...\n", stderr);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		cleanup_pam_config struct pam_config config = { 0 };
		cleanup_pam_stack struct pam_stack stack = { 0 };

		pam_config_init(&config, &source, false);
		if (pam_stack_build(&config, argv[i], &stack) < 0)
			return 2;
		printf("%s auth=%d account=%d\n", argv[i], succeeds(&stack, PAM_PART_AUTH),
		       succeeds(&stack, PAM_PART_BOTH));
	}
	return 0;
}
