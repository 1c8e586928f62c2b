/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/pam_stack.h"

#include "core/lang.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OWN_DIR "/etc/pam.d"
#define VENDOR_DIR "/usr/lib/pam.d"
#define ONE_FILE "/etc/pam.conf"
#define OTHER "other"

/* One walk through the files, for the lines of one type. */
struct walk {
	struct pam_config *config;
	struct pam_stack *stack;
	enum pam_type wanted;
	const char *service; /* in pam.conf */
};

/* How a file is come by: what PAM asks of its lines. */
struct visit {
	enum pam_type requested; /* by "auth include"; PAM_TYPE_ANY: not by type */
	unsigned int depth;
	unsigned int level;
};

void pam_config_init(struct pam_config *config, const struct pam_source *source, bool is_one_file)
{
	*config = (struct pam_config){ .source = *source, .is_one_file = is_one_file };
}

void pam_config_done(struct pam_config *config)
{
	for (size_t i = 0; i < config->n_files; i++) {
		pam_file_done(config->files[i]);
		free(config->files[i]);
	}
	free(config->files);
	diags_done(&config->diags);
	*config = (struct pam_config){ 0 };
}

static struct pam_file *add_file(struct pam_config *config)
{
	struct pam_file **files =
		reallocarray(config->files, config->n_files + 1, sizeof(struct pam_file *));

	if (!files)
		return NULL;
	config->files = files;
	files[config->n_files] = calloc(1, sizeof(struct pam_file));
	return files[config->n_files] ? files[config->n_files++] : NULL;
}

/* A file that is not there is remembered too: no text. */
const struct pam_file *pam_config_file(struct pam_config *config, const char *path)
{
	struct pam_file *file;
	char *text = NULL;
	size_t len = 0;

	for (size_t i = 0; i < config->n_files; i++) {
		file = config->files[i];
		if (file->name && strcmp(file->name, path) == 0)
			return file->text ? file : NULL;
	}
	file = add_file(config);
	if (!file)
		return NULL;
	if (config->source.read(config->source.ctx, path, &text, &len) < 0) {
		file->name = strdup(path);
		return NULL;
	}
	if (pam_file_parse(path, text, len, config->is_one_file, file, &config->diags) < 0)
		return NULL;
	return file;
}

static const struct pam_file *find_file(struct pam_config *config, const char *name, bool is_all)
{
	char path[PAM_LINE_MAX + sizeof(VENDOR_DIR) + 2];
	const struct pam_file *file;

	if (*name == '/')
		return pam_config_file(config, name);
	(void)snprintf(path, sizeof(path), OWN_DIR "/%s", name);
	file = pam_config_file(config, path);
	if (file || is_all) /* Debian's @include knows that folder alone */
		return file;
	(void)snprintf(path, sizeof(path), VENDOR_DIR "/%s", name);
	return pam_config_file(config, path);
}

static int add_step(struct walk *walk, const struct pam_step *step)
{
	struct pam_stack *stack = walk->stack;
	struct pam_step *steps;

	if (stack->n_steps >= PAM_STEPS_MAX) {
		stack->is_too_large = true;
		return 0;
	}
	steps = reallocarray(stack->steps, stack->n_steps + 1, sizeof(*steps));
	if (!steps)
		return -ENOMEM;
	stack->steps = steps;
	steps[stack->n_steps++] = *step;
	return 0;
}

static int visit_file(struct walk *walk, const struct pam_file *file, const struct visit *visit,
		      bool *ret_given_up);

static void complain(struct walk *walk, const struct pam_file *file, const struct pam_line *line,
		     const char *what)
{
	struct diag_place at = { .file = file->name, .line = line->number, .column = 1 };

	for (size_t i = 0; i < walk->config->diags.n; i++) {
		const struct diag *old = &walk->config->diags.list[i];

		if (old->line == line->number && strcmp(old->file, file->name) == 0)
			return; /* each service that comes by finds the same */
	}
	(void)diag_error(&walk->config->diags, &at, -ENOENT, what, line->module);
}

/* An include of any kind.  *@ret_failed: libpam could not take it in. */
static int visit_include(struct walk *walk, const struct pam_file *from,
			 const struct pam_line *line, const struct visit *visit, bool *ret_failed)
{
	bool is_all = line->kind == PAM_KIND_INCLUDE_ALL;
	struct visit inner = {
		.requested = is_all ? visit->requested : line->type,
		.depth = visit->depth + 1,
		.level = visit->level + (line->kind == PAM_KIND_SUBSTACK),
	};
	const struct pam_file *file;

	*ret_failed = true;
	if (inner.depth >= PAM_LEVEL_MAX) {
		complain(walk, from, line,
			 N_("includes %s, and so on without an end, so libpam refuses; "
			    "remedy: take the loop out"));
		return 0;
	}
	file = find_file(walk->config, line->module, is_all);
	if (!file) {
		complain(walk, from, line,
			 N_("includes %s, which cannot be read, so libpam refuses; "
			    "remedy: put the file there, or take the line out"));
		return 0;
	}
	return visit_file(walk, file, &inner, ret_failed);
}

static int visit_line(struct walk *walk, const struct pam_file *file, const struct pam_line *line,
		      const struct visit *visit, bool *ret_given_up)
{
	struct pam_step step = { .file = file, .line = line, .level = visit->level };
	enum pam_type type = line->type;
	bool failed = false;
	int rc = 0;

	if (type == PAM_TYPE_ANY) /* what libpam cannot read it counts as the most careful one */
		type = visit->requested ? visit->requested : PAM_TYPE_AUTH;
	if (line->kind == PAM_KIND_INCLUDE_ALL) {
		rc = visit_include(walk, file, line, visit, &failed);
		*ret_given_up = failed;
		return rc;
	}
	if (type != walk->wanted || (visit->requested && visit->requested != type))
		return 0;
	if (line->kind == PAM_KIND_SUBSTACK) {
		step.is_marker = true;
		rc = add_step(walk, &step);
		step.is_marker = false;
	}
	if (rc == 0 && (line->kind == PAM_KIND_SUBSTACK || line->kind == PAM_KIND_INCLUDE)) {
		rc = visit_include(walk, file, line, visit, &failed);
		if (rc < 0 || !failed)
			return rc;
		step.is_all_bad = true;
	}
	step.is_broken = line->kind != PAM_KIND_MODULE;
	return rc < 0 ? rc : add_step(walk, &step);
}

static int visit_file(struct walk *walk, const struct pam_file *file, const struct visit *visit,
		      bool *ret_given_up)
{
	*ret_given_up = false;
	for (size_t i = 0; i < file->n_lines && !walk->stack->is_too_large; i++) {
		const struct pam_line *line = &file->lines[i];
		bool given_up = false;
		int rc;

		if (walk->config->is_one_file && strcasecmp(line->service, walk->service) != 0)
			continue;
		rc = visit_line(walk, file, line, visit, &given_up);
		if (rc < 0)
			return rc;
		if (given_up) {
			*ret_given_up = true;
			return 0;
		}
	}
	*ret_given_up = file->is_given_up;
	return 0;
}

/* The lines of one type: the service's, or else those of "other". */
static int add_type(struct walk *walk, const char *service, enum pam_type wanted)
{
	const char *const names[] = { service, OTHER };
	size_t before = walk->stack->n_steps;

	walk->wanted = wanted;
	for (size_t i = 0; i < 2 && walk->stack->n_steps == before; i++) {
		const struct pam_file *file = walk->config->is_one_file
						      ? pam_config_file(walk->config, ONE_FILE)
						      : find_file(walk->config, names[i], false);
		bool given_up = false;
		int rc;

		walk->service = names[i];
		rc = file ? visit_file(walk, file, &(struct visit){ 0 }, &given_up) : 0;
		if (rc < 0)
			return rc;
		if (given_up)
			walk->stack->is_refusing = true;
	}
	return 0;
}

int pam_stack_build(struct pam_config *config, const char *service, struct pam_stack *ret)
{
	struct walk walk = { .config = config, .stack = ret };
	int rc;

	*ret = (struct pam_stack){ .is_strict = strcmp(service, "sshd") == 0 };
	rc = add_type(&walk, service, PAM_TYPE_AUTH);
	ret->n_auth = ret->n_steps;
	return rc < 0 ? rc : add_type(&walk, service, PAM_TYPE_ACCOUNT);
}

void pam_stack_done(struct pam_stack *stack)
{
	free(stack->steps);
	*stack = (struct pam_stack){ 0 };
}
