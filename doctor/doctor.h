/* SPDX-License-Identifier: Apache-2.0 */

/*
 * By which paths does somebody get in on this terminal without a one-time
 * code?  Reads the configuration of PAM, sshd, sudo, the display managers,
 * getty and the start-up below one folder, and lists what it finds.  Changes
 * nothing, asks no daemon, runs no program.
 *
 * MUST: tell of each file that could not be read or understood; a file that
 * is not understood is never taken for a good one.
 */

#pragma once

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

/* From worst to harmless, in the order in which they are shown. */
enum doctor_severity {
	DOCTOR_OPEN = 0,      /* somebody gets in without a code */
	DOCTOR_UNCHECKED = 1, /* nobody knows */
	DOCTOR_WEAK = 2,      /* less is asked for than it seems */
	DOCTOR_NOTE = 3,      /* worth knowing; nothing to mend */
	DOCTOR_SEVERITIES
};

/* Does the policy in force ask for a code there?  0 requires, as ever. */
enum doctor_need {
	DOCTOR_NEED_REQUIRED = 0,
	DOCTOR_NEED_OPTIONAL = 1, /* of those who have a token */
	DOCTOR_NEED_NONE = 2,
};

/* What a service asks for, by that policy. */
struct doctor_asks {
	enum doctor_need need;
	bool one_answer; /* password and code come as one */
};

/* Line and column from 1; 0: the file as a whole. */
struct doctor_place {
	const char *file;
	unsigned int line;
	unsigned int column;
};

/* One module that is passed on a path to success. */
struct doctor_step {
	char *file;
	unsigned int line;
	char *what;         /* "pam_unix.so nullok" */
	const char *result; /* PAM's own name of what it returned */
};

struct doctor_finding {
	enum doctor_severity severity;
	const char *id; /* stable, for programs: "pam.no-code" */
	char *subject;  /* the service, user or unit it is about; "" */
	char *file;     /* "" where it is about none */
	unsigned int line;
	unsigned int column;
	char what[ERR_TEXT_MAX]; /* safe to show, in the language of the process */
	const char *remedy;      /* in English, for tr(); NULL: nothing to do */
	struct doctor_step *steps;
	size_t n_steps;
};

struct doctor {
	int root; /* an open folder; the caller's */
	struct doctor_asks (*asks)(void *ctx, const char *service);
	void *ctx;

	struct doctor_finding *findings;
	size_t n_findings;
	bool guarded;       /* at least one service verifies a code */
	bool is_incomplete; /* memory ran out: not all findings are there */
};

/**
 * doctor_examine() - find everything
 * @doctor:	root, asks and ctx are set, the rest is zero
 *
 * Return: 0, or -ENOMEM.  The findings are sorted by severity.
 */
int doctor_examine(struct doctor *doctor, struct err *err);

size_t doctor_count(const struct doctor *doctor, enum doctor_severity severity);

/**
 * doctor_add() - tell of one thing
 * @id:		a literal
 * @at:		NULL where it is about no file
 * @remedy:	a literal marked with N_(), or NULL
 * @fmt:	what was found, translated here
 *
 * Return: the finding until the next one is added, or NULL.
 */
struct doctor_finding *doctor_add(struct doctor *doctor, enum doctor_severity severity,
				  const char *id, const char *subject,
				  const struct doctor_place *at, const char *remedy,
				  const char *fmt, ...) __attribute__((format(printf, 7, 8)));

/**
 * doctor_mention() - say the same of one more subject
 *
 * Return: true when there is a finding of that id at that place, whose text
 * ends with its subjects; false: add one.
 */
bool doctor_mention(struct doctor *doctor, enum doctor_severity severity, const char *id,
		    const struct doctor_place *at, const char *subject);

void doctor_add_step(struct doctor *doctor, struct doctor_finding *finding, const char *file,
		     unsigned int line, const char *what, const char *result);

/**
 * doctor_read() - read one file; whatever keeps it from being read is a finding
 *
 * Return: 0, -ENOENT (no finding: what is not there is not wrong), or the error.
 */
int doctor_read(struct doctor *doctor, const char *path, char **ret, size_t *ret_len);

void doctor_done(struct doctor *doctor);
#define cleanup_doctor __attribute__((cleanup(doctor_done)))
