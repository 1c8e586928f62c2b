/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What was found other than it must be, from one look to the next: each is
 * logged once for as long as it stays so.
 */

#pragma once

#include "agent/gates.h"

struct finding;

struct findings {
	struct ipc_submitter *log;
	struct gates *gates;   /* what stays open is told there */
	struct finding *first; /* of this look and the one before */
	bool again;            /* another look soon will know more */
};

void findings_begin(struct findings *findings);

/* What was not found in this look any more is as it must be. */
void findings_end(struct findings *findings);
void findings_deinit(struct findings *findings);

/**
 * findings_suspect() - something that may be under way still
 *
 * Return: true when it has been so for a second.
 */
bool findings_suspect(struct findings *findings, const char *path);

/* It is other than it must be, and nothing of ours is under way. */
void findings_tamper(struct findings *findings, const char *path, const char *found,
		     const char *expected);

/* It is again as it must be. */
void findings_mended(struct findings *findings, const char *path, const char *expected);

/* It is still open: @gate, as `sekisho status` names it, and why. */
void findings_open(struct findings *findings, const char *gate, const char *path, const char *why);
