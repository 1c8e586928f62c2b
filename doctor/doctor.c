/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/doctor.h"

#include "core/lang.h"
#include "core/text.h"
#include "doctor/checks.h"
#include "doctor/tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define STEP_TEXT_MAX 256 /* bytes */

/* The list grows by doubling from here. */
#define FINDINGS_FIRST 16

/* Room for one more of @n things, doubling; NULL when memory has run out. */
static void *room_for_one(void *list, size_t n, size_t size)
{
	if (n != 0 && (n < FINDINGS_FIRST || (n & (n - 1)) != 0))
		return list;
	return reallocarray(list, n < FINDINGS_FIRST ? FINDINGS_FIRST : 2 * n, size);
}

static char *escaped(const char *text)
{
	char out[STEP_TEXT_MAX];

	return strdup(text_escape(out, sizeof(out), text, strlen(text)));
}

/* What is read again and again, by includes, is told once. */
static struct doctor_finding *find_unchecked(struct doctor *doctor, const char *id,
					     const struct doctor_place *at)
{
	char file[STEP_TEXT_MAX];

	if (!at || !at->file)
		return NULL;
	(void)text_escape(file, sizeof(file), at->file, strlen(at->file));
	for (size_t i = 0; i < doctor->n_findings; i++) {
		struct doctor_finding *finding = &doctor->findings[i];

		if (finding->severity == DOCTOR_UNCHECKED && finding->line == at->line &&
		    strcmp(finding->id, id) == 0 && finding->file &&
		    strcmp(finding->file, file) == 0)
			return finding;
	}
	return NULL;
}

struct doctor_finding *doctor_add(struct doctor *doctor, enum doctor_severity severity,
				  const char *id, const char *subject,
				  const struct doctor_place *at, const char *remedy,
				  const char *fmt, ...)
{
	struct doctor_finding *finding =
		severity == DOCTOR_UNCHECKED ? find_unchecked(doctor, id, at) : NULL;
	struct doctor_finding *list;
	char raw[ERR_TEXT_MAX];
	va_list ap;

	if (finding)
		return finding;
	list = room_for_one(doctor->findings, doctor->n_findings, sizeof(*doctor->findings));
	if (!list) {
		doctor->is_incomplete = true;
		return NULL;
	}
	doctor->findings = list;
	finding = &list[doctor->n_findings];
	*finding = (struct doctor_finding){ .severity = severity, .id = id, .remedy = remedy };
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), tr(fmt), ap);
	va_end(ap);
	(void)text_escape(finding->what, sizeof(finding->what), raw, strlen(raw));
	finding->subject = escaped(subject ? subject : "");
	finding->file = escaped(at && at->file ? at->file : "");
	finding->line = at ? at->line : 0;
	finding->column = at ? at->column : 0;
	doctor->n_findings++;
	if (!finding->subject || !finding->file)
		doctor->is_incomplete = true;
	return finding;
}

bool doctor_mention(struct doctor *doctor, enum doctor_severity severity, const char *id,
		    const struct doctor_place *at, const char *subject)
{
	for (size_t i = 0; i < doctor->n_findings; i++) {
		struct doctor_finding *finding = &doctor->findings[i];
		size_t len = strlen(finding->what);
		char name[STEP_TEXT_MAX];
		char *longer = NULL;

		if (finding->severity != severity || strcmp(finding->id, id) != 0 ||
		    finding->line != at->line || !finding->file || !finding->subject ||
		    strcmp(finding->file, at->file ? at->file : "") != 0)
			continue;
		(void)text_escape(name, sizeof(name), subject, strlen(subject));
		if (asprintf(&longer, "%s, %s", finding->subject, name) < 0) {
			doctor->is_incomplete = true;
			return true;
		}
		free(finding->subject);
		finding->subject = longer;
		(void)snprintf(finding->what + len, sizeof(finding->what) - len, ", %s", name);
		return true;
	}
	return false;
}

void doctor_add_step(struct doctor *doctor, struct doctor_finding *finding, const char *file,
		     unsigned int line, const char *what, const char *result)
{
	struct doctor_step *steps;

	if (!finding)
		return;
	steps = room_for_one(finding->steps, finding->n_steps, sizeof(*steps));
	if (!steps) {
		doctor->is_incomplete = true;
		return;
	}
	finding->steps = steps;
	steps[finding->n_steps] = (struct doctor_step){
		.file = escaped(file),
		.line = line,
		.what = escaped(what),
		.result = result,
	};
	if (!steps[finding->n_steps].file || !steps[finding->n_steps].what)
		doctor->is_incomplete = true;
	finding->n_steps++;
}

int doctor_read(struct doctor *doctor, const char *path, char **ret, size_t *ret_len)
{
	struct doctor_place at = { .file = path };
	struct err err = { 0 };
	int rc = tree_read(doctor->root, path, ret, ret_len, &err);

	if (rc == -ENOENT && !tree_is_link(doctor->root, path))
		return rc;
	if (rc == -ENOENT)
		rc = -ENOLINK; /* somebody meant a file to be there */
	if (rc < 0)
		doctor_add(doctor, DOCTOR_UNCHECKED, "file.unreadable", path, &at,
			   rc == -EACCES ? N_("run it as root")
					 : N_("see what the file is, and put it right"),
			   N_("cannot be read: %s"), err.text);
	return rc;
}

size_t doctor_count(const struct doctor *doctor, enum doctor_severity severity)
{
	size_t n = 0;

	for (size_t i = 0; i < doctor->n_findings; i++)
		n += doctor->findings[i].severity == severity;
	return n;
}

/* Those of one severity stay in the order they were found in. */
static void sort_by_severity(struct doctor *doctor)
{
	struct doctor_finding *sorted = calloc(doctor->n_findings + 1, sizeof(*sorted));
	size_t n = 0;

	if (!sorted) {
		doctor->is_incomplete = true;
		return;
	}
	for (enum doctor_severity severity = DOCTOR_OPEN; severity < DOCTOR_SEVERITIES;
	     severity++) {
		for (size_t i = 0; i < doctor->n_findings; i++) {
			if (doctor->findings[i].severity == severity)
				sorted[n++] = doctor->findings[i];
		}
	}
	free(doctor->findings);
	doctor->findings = sorted;
}

int doctor_examine(struct doctor *doctor, struct err *err)
{
	struct pam_of_sshd pam = { 0 };

	check_pam(doctor, &pam);
	check_sshd(doctor, &pam);
	check_sudo(doctor);
	check_display(doctor);
	check_units(doctor);
	check_accounts(doctor);
	check_boot(doctor);
	sort_by_severity(doctor);
	if (doctor->is_incomplete)
		return err_set(err, -ENOMEM, "out of memory");
	return 0;
}

void doctor_done(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n_findings; i++) {
		struct doctor_finding *finding = &doctor->findings[i];

		for (size_t k = 0; k < finding->n_steps; k++) {
			free(finding->steps[k].file);
			free(finding->steps[k].what);
		}
		free(finding->steps);
		free(finding->subject);
		free(finding->file);
	}
	free(doctor->findings);
	doctor->findings = NULL;
	doctor->n_findings = 0;
}
