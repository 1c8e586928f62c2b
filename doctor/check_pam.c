/* SPDX-License-Identifier: Apache-2.0 */

/* Every service of PAM: is there a way in without a code? */

#include "core/lang.h"
#include "doctor/checks.h"
#include "doctor/doctor.h"
#include "doctor/pam_paths.h"
#include "doctor/services.h"
#include "doctor/tree.h"
#include "doctor/world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIST_MAX 400 /* bytes: of services named in one sentence */

struct service_names {
	char **list;
	size_t n;
};

/* Services that one sentence can be said of. */
struct mentioned {
	char text[LIST_MAX];
};

struct pam_check {
	struct doctor *doctor;
	struct pam_config config;
	struct world_facts facts;
	struct service_names services;
	struct mentioned inside;
	struct mentioned fileless;  /* lockers */
	struct mentioned shut;      /* to everybody */
	struct mentioned root_free; /* root is asked for nothing */
	struct mentioned exempt;    /* by the policy */
	struct mentioned optional;
	struct mentioned joined; /* password and code are one answer */
};

static void mention(struct mentioned *list, const char *name)
{
	size_t len = strlen(list->text);

	(void)snprintf(list->text + len, sizeof(list->text) - len, "%s%s", len ? ", " : "", name);
}

static int read_file(void *ctx, const char *path, char **ret, size_t *ret_len)
{
	return doctor_read(ctx, path, ret, ret_len);
}

static int add_service(struct service_names *services, const char *name)
{
	char **list;

	for (size_t i = 0; i < services->n; i++) {
		if (strcmp(services->list[i], name) == 0)
			return 0;
	}
	list = reallocarray(services->list, services->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	services->list = list;
	list[services->n] = strdup(name);
	return list[services->n] ? (services->n++, 0) : -ENOMEM;
}

static int add_folder(struct pam_check *check, const char *folder)
{
	cleanup_names struct tree_names names = { 0 };
	struct doctor_place at = { .file = folder };
	struct err err = { 0 };
	int rc = tree_list(check->doctor->root, folder, &names, &err);

	if (rc < 0 && rc != -ENOENT && rc != -ENOMEM)
		doctor_add(check->doctor, DOCTOR_UNCHECKED, "file.unreadable", folder, &at,
			   N_("run it as root"), N_("cannot be read: %s"), err.text);
	for (size_t i = 0; rc == 0 && i < names.n; i++) {
		if (!service_is_leftover(names.list[i]))
			rc = add_service(&check->services, names.list[i]);
	}
	return rc == -ENOMEM ? rc : 0;
}

static int add_from_one_file(struct pam_check *check)
{
	const struct pam_file *file = pam_config_file(&check->config, "/etc/pam.conf");
	int rc = 0;

	for (size_t i = 0; file && rc == 0 && i < file->n_lines; i++)
		rc = add_service(&check->services, file->lines[i].service);
	return rc;
}

/* A locker without a file of its own is what "other" says. */
static int add_lockers(struct pam_check *check)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n_lockers; i++) {
		size_t before = check->services.n;

		if (!lockers[i].service || !locker_is_installed(check->doctor->root, &lockers[i]))
			continue;
		rc = add_service(&check->services, lockers[i].service);
		if (check->services.n > before)
			mention(&check->fileless, lockers[i].service);
	}
	return rc;
}

static bool has_mode(const struct pam_stack *stack, const char *mode)
{
	for (size_t i = 0; i < stack->n_auth; i++) {
		const struct pam_step *step = &stack->steps[i];

		if (!step->is_broken && !step->is_marker &&
		    strcmp(pam_module_name(step->line), PAM_SEKISHO) == 0 &&
		    (!mode || strstr(step->line->arguments, mode)))
			return true;
	}
	return false;
}

static void add_path(struct doctor *doctor, struct doctor_finding *finding,
		     const struct pam_stack *stack, const struct pam_path *path)
{
	for (size_t i = 0; i < path->n_passed; i++) {
		const struct pam_step *step = &stack->steps[path->passed[i].step];
		char what[PAM_LINE_MAX + 1];

		if (step->is_marker)
			continue;
		(void)snprintf(what, sizeof(what), "%s%s%s", step->line->module,
			       *step->line->arguments ? " " : "", step->line->arguments);
		doctor_add_step(doctor, finding, step->file->name, step->line->number, what,
				pam_code_name(path->passed[i].code));
	}
}

/* Where the path leaves the stack: the last module that it passes in auth. */
static struct doctor_place place_of(const struct pam_stack *stack, const struct pam_path *path)
{
	struct doctor_place at = { 0 };

	for (size_t i = 0; i < path->n_passed && path->passed[i].step < stack->n_auth; i++) {
		const struct pam_step *step = &stack->steps[path->passed[i].step];

		at = (struct doctor_place){ step->file->name, step->line->number, 1 };
	}
	return at;
}

/* One finding for all services that leave the stack at one line. */
static void tell(struct pam_check *check, enum doctor_severity severity, const char *id,
		 const char *service, const struct pam_stack *stack, const struct pam_path *path,
		 const char *remedy, const char *what)
{
	struct doctor_place at = place_of(stack, path);

	if (doctor_mention(check->doctor, severity, id, &at, service))
		return;
	add_path(check->doctor,
		 doctor_add(check->doctor, severity, id, service, &at, remedy, what, service),
		 stack, path);
}

static const char both_profiles[] =
	N_("let the stack include common-auth whole, with both profiles (pam-auth-update --enable "
	   "sekisho-collect sekisho-verify), and end nothing before them");

static void tell_open(struct pam_check *check, const char *service, const struct pam_stack *stack,
		      const struct pam_paths *paths, enum doctor_need need)
{
	const struct pam_path *nothing = &paths->ways[PAM_WAY_NOTHING];
	const struct pam_path *factor = &paths->ways[PAM_WAY_FACTOR];
	enum doctor_severity severity = need == DOCTOR_NEED_OPTIONAL ? DOCTOR_WEAK : DOCTOR_OPEN;

	if (nothing->is_there)
		tell(check, DOCTOR_OPEN, "pam.nothing-asked", service, stack, nothing,
		     both_profiles, N_("somebody gets in without password and code: %s"));
	else if (factor->changes_password)
		tell(check, severity, "pam.no-code", service, stack, factor, both_profiles,
		     N_("whoever must change his password gets in without a code: %s"));
	else
		tell(check, severity, "pam.no-code", service, stack, factor, both_profiles,
		     N_("somebody gets in without a code: %s"));
}

/* Half a stack, and others that only the account line saves. */
static void tell_account_alone(struct pam_check *check, const char *service,
			       const struct pam_stack *stack)
{
	cleanup_pam_paths struct pam_paths paths = { 0 };
	const struct pam_path *path = &paths.ways[PAM_WAY_FACTOR];
	struct pam_world world = world_of(&check->facts);

	if (pam_paths_find(stack, &world, PAM_PART_AUTH, &paths) < 0)
		check->doctor->is_incomplete = true;
	if (paths.ways[PAM_WAY_NOTHING].is_there)
		path = &paths.ways[PAM_WAY_NOTHING];
	if (path->is_there)
		tell(check, DOCTOR_WEAK, "pam.account-alone", service, stack, path, both_profiles,
		     N_("auth succeeds without a code, only the account line refuses: %s"));
}

static void judge_door(struct pam_check *check, const char *service, const struct pam_stack *stack)
{
	struct doctor_asks asks = check->doctor->asks(check->doctor->ctx, service);
	enum doctor_need need = asks.need;
	cleanup_pam_paths struct pam_paths paths = { 0 };
	struct pam_world world = world_of(&check->facts);
	enum pam_part part = service_skips_account(service) ? PAM_PART_AUTH : PAM_PART_BOTH;

	if (pam_paths_find(stack, &world, part, &paths) < 0)
		check->doctor->is_incomplete = true;
	if (paths.is_too_large)
		doctor_add(check->doctor, DOCTOR_UNCHECKED, "pam.too-large", service, NULL,
			   N_("make the stack simpler"), "%s has more ways than can be searched",
			   service);
	if (need == DOCTOR_NEED_NONE && !paths.ways[PAM_WAY_NOTHING].is_there)
		mention(&check->exempt, service);
	else if (paths.ways[PAM_WAY_NOTHING].is_there || paths.ways[PAM_WAY_FACTOR].is_there)
		tell_open(check, service, stack, &paths, need);
	else if (part == PAM_PART_BOTH)
		tell_account_alone(check, service, stack);
	if (paths.ways[PAM_WAY_ROOT].is_there)
		mention(&check->root_free, service);
	if (need == DOCTOR_NEED_OPTIONAL)
		mention(&check->optional, service);
	if (need != DOCTOR_NEED_NONE && asks.one_answer)
		mention(&check->joined, service);
	if (!paths.is_code_enough && has_mode(stack, NULL))
		mention(&check->shut, service);
}

static void judge_sshd(struct pam_check *check, struct pam_of_sshd *ret)
{
	cleanup_pam_stack struct pam_stack stack = { 0 };
	cleanup_pam_paths struct pam_paths login = { 0 };
	cleanup_pam_paths struct pam_paths key = { 0 };
	struct pam_world world = world_of(&check->facts);

	if (pam_stack_build(&check->config, "sshd", &stack) < 0 ||
	    pam_paths_find(&stack, &world, PAM_PART_BOTH, &login) < 0 ||
	    pam_paths_find(&stack, &world, PAM_PART_ACCOUNT, &key) < 0) {
		check->doctor->is_incomplete = true;
		return;
	}
	ret->asks_code = !login.is_too_large && !login.ways[PAM_WAY_NOTHING].is_there &&
			 !login.ways[PAM_WAY_FACTOR].is_there;
	ret->refuses_a_key = !key.is_too_large && !key.ways[PAM_WAY_NOTHING].is_there &&
			     !key.ways[PAM_WAY_FACTOR].is_there;
}

static void tell_lists(struct pam_check *check)
{
	const struct {
		const struct mentioned *list;
		const char *id;
		const char *what;
	} sentences[] = {
		{ &check->exempt, "pam.exempt", N_("the policy in force asks for no code of: %s") },
		{ &check->optional, "pam.optional",
		  N_("the policy in force asks for a code only of those who have a token: %s") },
		{ &check->joined, "pam.one-answer",
		  N_("the policy in force takes password and code as one answer at: %s") },
		{ &check->root_free, "pam.root",
		  N_("root, who is in already, is asked for nothing by: %s") },
		{ &check->fileless, "pam.other",
		  N_("no file of their own, so judged by what \"other\" says: %s") },
		{ &check->shut, "pam.refuses-all",
		  N_("nobody gets in, not even with password and code: %s") },
		{ &check->inside, "pam.not-a-door", N_("no doors, as nobody gets in by them: %s") },
	};

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		if (*sentences[i].list->text)
			doctor_add(check->doctor, DOCTOR_NOTE, sentences[i].id, "", NULL, NULL,
				   sentences[i].what, sentences[i].list->text);
	}
}

/* What libpam does not take as it was written. */
static void tell_diags(struct pam_check *check)
{
	for (size_t i = 0; i < check->config.diags.n; i++) {
		const struct diag *diag = &check->config.diags.list[i];
		struct doctor_place at = { diag->file, diag->line, diag->column };

		doctor_add(check->doctor, DOCTOR_UNCHECKED, "pam.line", "", &at, NULL, "%s",
			   diag->text);
	}
	for (size_t i = 0; i < check->config.n_files; i++) {
		const struct pam_file *file = check->config.files[i];

		for (size_t k = 0; k < file->n_lines; k++) {
			const struct pam_line *line = &file->lines[k];
			struct doctor_place at = { file->name, line->number, 1 };
			char word[PAM_LINE_MAX + 1];

			if (strcmp(pam_module_name(line), PAM_SEKISHO) == 0 &&
			    pam_sekisho_unknown(line, word, sizeof(word)))
				doctor_add(check->doctor, DOCTOR_WEAK, "pam.argument", "", &at,
					   N_("write collect, verify or strict"),
					   "pam_sekisho.so does not know '%s' and refuses", word);
		}
	}
}

static void judge_all(struct pam_check *check)
{
	for (size_t i = 0; i < check->services.n; i++) {
		cleanup_pam_stack struct pam_stack stack = { 0 };
		const char *service = check->services.list[i];
		enum service_kind kind = service_kind_of(service);

		if (kind == SERVICE_INSIDE)
			mention(&check->inside, service);
		if (kind != SERVICE_DOOR)
			continue;
		if (pam_stack_build(&check->config, service, &stack) < 0)
			check->doctor->is_incomplete = true;
		judge_door(check, service, &stack);
	}
	tell_lists(check);
}

static bool is_guarded(struct pam_check *check)
{
	for (size_t i = 0; i < check->services.n; i++) {
		cleanup_pam_stack struct pam_stack stack = { 0 };

		if (pam_stack_build(&check->config, check->services.list[i], &stack) < 0)
			check->doctor->is_incomplete = true;
		if (has_mode(&stack, NULL))
			return true;
	}
	return false;
}

static void examine(struct pam_check *check, struct pam_of_sshd *ret)
{
	struct doctor *doctor = check->doctor;
	int rc = world_read(doctor, &check->facts);

	if (rc == 0)
		rc = check->config.is_one_file ? add_from_one_file(check)
					       : add_folder(check, "/etc/pam.d");
	if (rc == 0)
		rc = add_folder(check, "/usr/lib/pam.d");
	if (rc == 0)
		rc = add_lockers(check);
	if (rc < 0)
		doctor->is_incomplete = true;
	doctor->guarded = is_guarded(check);
	if (check->services.n == 0)
		doctor_add(doctor, DOCTOR_UNCHECKED, "pam.none", "", NULL,
			   N_("see whether --root is the root of a system"),
			   "PAM has no services here");
	else if (doctor->guarded)
		judge_all(check);
	else if (tree_has(doctor->root, "/etc/sekisho/desk") &&
		 !tree_has(doctor->root, "/etc/udev/rules.d/05-sekisho-enrolled.rules"))
		doctor_add(
			doctor, DOCTOR_WEAK, "pam.desk", "", NULL,
			N_("keep its accounts few: who is root here makes temporary codes alone"),
			"a help desk machine without a guard: no login of it asks for a code");
	else
		doctor_add(doctor, DOCTOR_OPEN, "pam.not-set-up", "", NULL,
			   N_("sekisho setup --admin USER"),
			   "the guard is not set up: no login of this terminal asks for a code");
	judge_sshd(check, ret);
	tell_diags(check);
}

void check_pam(struct doctor *doctor, struct pam_of_sshd *ret)
{
	struct pam_check check = { .doctor = doctor };
	struct pam_source source = { read_file, doctor };
	bool has_folder =
		tree_has(doctor->root, "/etc/pam.d") || tree_has(doctor->root, "/usr/lib/pam.d");

	pam_config_init(&check.config, &source, !has_folder);
	examine(&check, ret);
	for (size_t i = 0; i < check.services.n; i++)
		free(check.services.list[i]);
	free(check.services.list);
	world_done(&check.facts);
	pam_config_done(&check.config);
}
