/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Proofs as files, for people who hold neither the log nor our tools:
 *
 * of an entry, C2SP tlog-proof (c2sp.org/tlog-proof@v1); its "extra" line, which
 * nothing signs and nothing trusts, holds the entry itself, so that one file
 * is enough to see what is proven;
 *
 * of growth, the body of an add-checkpoint request of C2SP tlog-witness
 * (c2sp.org/tlog-witness): "old SIZE", the hashes, an empty line, a checkpoint.
 */

#pragma once

#include "audit/checkpoint.h"
#include "audit/proof.h"
#include "audit/record.h"

#define PROOF_TEXT_MAX 24576 /* bytes; a file that is longer is none */
/* How the files begin. */
#define PROOF_TEXT_OF_ENTRY "c2sp.org/tlog-proof@v1\n"
#define PROOF_TEXT_OF_GROWTH "old "

struct err;

struct proof_text {
	bool of_growth;
	uint64_t number; /* of the entry, or entries in the earlier tree */
	char entry[RECORD_MAX];
	size_t entry_len; /* 0: the file does not hold it */
	struct proof proof;
	const char *note; /* the later checkpoint; the caller's bytes */
	size_t note_len;
};

/* @out has PROOF_TEXT_MAX bytes; @text->note_len is below CHECKPOINT_MAX.  Return: the length. */
size_t proof_text_format(const struct proof_text *text, char *out);

/**
 * proof_text_parse() - read either kind, strictly
 *
 * Return: 0, or -EINVAL.  Nothing is proven yet.
 */
int proof_text_parse(const char *bytes, size_t len, struct proof_text *ret, struct err *err);

/**
 * proof_text_check() - prove an entry
 * @key:	of the log, from elsewhere
 * @entry:	the line without its newline, or NULL: what the file itself holds
 * @ret:	the checkpoint that proves it, set on success only
 *
 * Return: 0; -EBADMSG: it is not proven; -EINVAL: no checkpoint, or no entry.
 */
int proof_text_check(const struct proof_text *text, const struct note_key *key, const char *entry,
		     size_t entry_len, struct checkpoint *ret, struct err *err);

/**
 * proof_text_check_growth() - prove that the log of a later checkpoint begins with that of @old
 * @ret:	the later one, set on success only
 *
 * Return: as proof_text_check().
 */
int proof_text_check_growth(const struct proof_text *text, const struct note_key *key,
			    const struct checkpoint *old, struct checkpoint *ret, struct err *err);
