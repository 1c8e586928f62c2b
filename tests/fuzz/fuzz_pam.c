/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/pam_paths.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

/* Every file is the same, so that it may include itself. */
static int read_input(void *ctx, const char *path, char **ret, size_t *ret_len)
{
	const struct input *input = ctx;

	if (strlen(path) > strlen("/etc/pam.d/service"))
		return -ENOENT;
	*ret = strndup((const char *)input->data, input->size);
	*ret_len = *ret ? strlen(*ret) : 0;
	return *ret ? 0 : -ENOMEM;
}

static bool always(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return true;
}

/* No path goes through a module that cannot do that, and each ends in the stack. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct pam_source source = { read_input, &input };
	struct pam_world world = { always, always, NULL };
	cleanup_pam_config struct pam_config config = { 0 };
	cleanup_pam_stack struct pam_stack stack = { 0 };
	cleanup_pam_paths struct pam_paths paths = { 0 };

	if (size > 4096)
		return 0;
	pam_config_init(&config, &source, size > 0 && data[0] == '\n');
	if (pam_stack_build(&config, "service", &stack) < 0 ||
	    pam_paths_find(&stack, &world, (enum pam_part)(size % 3), &paths) < 0)
		return 0;
	for (size_t i = 0; i < PAM_WAYS; i++) {
		for (size_t k = 0; k < paths.ways[i].n_passed; k++) {
			const struct pam_passed *passed = &paths.ways[i].passed[k];
			const struct pam_step *step = &stack.steps[passed->step];
			bool is_account = passed->step >= stack.n_auth;

			if (passed->step >= stack.n_steps || step->level >= PAM_LEVEL_MAX)
				abort();
			if (!step->is_marker &&
			    !(pam_module_of(step, is_account, &world).returns >> passed->code & 1))
				abort();
		}
	}
	return 0;
}
