/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/world.h"

#include "core/cleanup.h"
#include "doctor/doctor.h"
#include "doctor/tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FIELDS_MAX 8

/* One line as fields between colons, in place.  Return: how many, at most FIELDS_MAX. */
static size_t split(char *line, char *fields[FIELDS_MAX])
{
	size_t n = 0;

	for (char *field; n < FIELDS_MAX && (field = strsep(&line, ":"));)
		fields[n++] = field;
	return n;
}

static bool has_primary(const char *users, const char *gid)
{
	cleanup_free char *copy = strdup(users);
	char *rest = copy;
	char *fields[FIELDS_MAX];

	if (!copy)
		return true;
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (split(line, fields) > 3 && strcmp(fields[3], gid) == 0)
			return true;
	}
	return false;
}

bool world_is_empty_group(const char *groups, const char *users, const char *name)
{
	cleanup_free char *copy = groups ? strdup(groups) : NULL;
	char *rest = copy;
	char *fields[FIELDS_MAX];

	if (!copy || !users)
		return false;
	for (char *line; (line = strsep(&rest, "\n"));) {
		if (split(line, fields) < 4 || strcmp(fields[0], name) != 0)
			continue;
		if (*fields[3] || has_primary(users, fields[2]))
			return false;
	}
	return true;
}

static bool group_is_empty(void *ctx, const char *group)
{
	const struct world_facts *facts = ctx;

	return world_is_empty_group(facts->groups, facts->users, group);
}

/* Where no folder of modules is known nothing can be said about one. */
static bool has_module(void *ctx, const char *name)
{
	const struct world_facts *facts = ctx;
	char path[PATH_MAX];

	if (*name == '/')
		return tree_has(facts->root, name) || facts->n_module_dirs == 0;
	for (size_t i = 0; i < facts->n_module_dirs; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", facts->module_dirs[i], name);
		if (tree_has(facts->root, path))
			return true;
	}
	return facts->n_module_dirs == 0;
}

static int add_dir(struct world_facts *facts, const char *parent, const char *name)
{
	cleanup_free char *path = NULL;
	char **dirs;

	if (asprintf(&path, "%s/%s%ssecurity", parent, name, *name ? "/" : "") < 0)
		return -ENOMEM;
	if (!tree_has(facts->root, path))
		return 0;
	dirs = reallocarray(facts->module_dirs, facts->n_module_dirs + 1, sizeof(*dirs));
	if (!dirs)
		return -ENOMEM;
	facts->module_dirs = dirs;
	dirs[facts->n_module_dirs++] = take_ptr(&path);
	return 0;
}

/* libpam looks in one, for the machine it was built for: lib/x86_64-linux-gnu/security. */
static int find_dirs(struct world_facts *facts)
{
	static const char *const parents[] = { "/lib", "/usr/lib", "/lib64", "/usr/lib64" };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(parents) / sizeof(parents[0]); i++) {
		cleanup_names struct tree_names names = { 0 };
		struct err err = { 0 };

		if (tree_list(facts->root, parents[i], &names, &err) == -ENOMEM)
			return -ENOMEM;
		rc = add_dir(facts, parents[i], "");
		for (size_t k = 0; rc == 0 && k < names.n; k++) {
			if (strstr(names.list[k], "-linux-"))
				rc = add_dir(facts, parents[i], names.list[k]);
		}
	}
	return rc;
}

int world_read(struct doctor *doctor, struct world_facts *ret)
{
	size_t len;

	*ret = (struct world_facts){ .root = doctor->root };
	if (doctor_read(doctor, "/etc/group", &ret->groups, &len) < 0)
		ret->groups = NULL;
	if (doctor_read(doctor, "/etc/passwd", &ret->users, &len) < 0)
		ret->users = NULL;
	return find_dirs(ret);
}

void world_done(struct world_facts *facts)
{
	for (size_t i = 0; i < facts->n_module_dirs; i++)
		free(facts->module_dirs[i]);
	free(facts->module_dirs);
	free(facts->groups);
	free(facts->users);
}

struct pam_world world_of(struct world_facts *facts)
{
	return (struct pam_world){ has_module, group_is_empty, facts };
}
