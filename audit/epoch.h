/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Epochs: whose signature stands under which part of the log.  Each epoch has a
 * key of its own that is certified by the one before, inside the log, and is
 * erased when the epoch ends: who takes over the terminal later can sign
 * nothing that is past.  Pure: no files, no secrets; docs/audit-format.md and
 * docs/decisions/0013-epochs.md.
 */

#pragma once

#include "note/note.h"

#define EPOCH_NUMBER_MAX UINT64_C(999999999999)
#define EPOCH_ENROLMENT_LEN 32 /* hex digits that end an origin */
#define EPOCH_TEXT_MAX 512     /* bytes of what is signed, or of an #epoch line */
#define EPOCH_ENTRY "log.epoch"
#define EPOCH_LIST_FILE "epochs" /* #epoch lines: the certificates of what was pruned */

struct epoch {
	uint64_t number; /* 0, 1, 2, ... */
	uint8_t public[NOTE_PUBLIC_SIZE];
};

/* A new epoch and the signature of the one before. */
struct epoch_step {
	struct epoch next;
	uint8_t signature[NOTE_SIGNATURE_SIZE];
};

/* What an origin ends with when this is the key of epoch 0; @out has EPOCH_ENROLMENT_LEN + 1 bytes.
 */
void epoch_enrolment(const uint8_t public[NOTE_PUBLIC_SIZE], char *out);

/* True when @epoch is the first one of the log of that name. */
bool epoch_begins(const struct epoch *epoch, const char *origin);

/* What the epoch before signs; @out has EPOCH_TEXT_MAX bytes.  Return: its length. */
size_t epoch_certificate_format(const struct epoch *epoch, const char *origin, char *out);

/* True when @step is the one after @old and signed by it. */
bool epoch_step_verify(const struct epoch_step *step, const struct epoch *old, const char *origin);

/* Read it out of a log.epoch entry.  Return: false when it is not in there. */
bool epoch_step_read(const char *line, size_t len, struct epoch_step *ret);

/* "#epoch N KEY SIGNATURE\n", "-" for the signature of epoch 0; @out has EPOCH_TEXT_MAX bytes. */
size_t epoch_line_format(const struct epoch_step *step, char *out);

/* Read such a line, without its newline, strictly.  Return: 0, or -EBADMSG. */
int epoch_line_parse(const char *text, size_t len, struct epoch_step *ret);

/* The name under which it signs notes: "ORIGIN/e/N".  False when that is too long. */
bool epoch_note_key(const struct epoch *epoch, const char *origin, struct note_key *ret);
