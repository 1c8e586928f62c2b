/* SPDX-License-Identifier: Apache-2.0 */

/* What the readers of the policy's sections share; nobody outside policy/ includes it. */

#pragma once

#include "core/scfg.h"
#include "policy/policy.h"

struct loader {
	const struct policy_source *source;
	const char *file; /* the one being read */
	uint16_t file_index;
	unsigned int depth;    /* of includes */
	size_t bytes;          /* read so far, of all files */
	struct policy *policy; /* being filled; owns whatever was read so far */
	struct diags *diags;
	int fatal; /* what reading cannot go on after: -ENOMEM, -E2BIG */
	bool has_head;

	/* Room in the policy's arrays. */
	size_t text_room, rules_room, conditions_room, values_room, sets_room, files_room;
	uint32_t *ids; /* rules by their ids, 1 + index, open addressing */
	size_t ids_room;
	uint32_t set_hashes[POLICY_SETS_MAX]; /* of their names: thousands of rules look one up */
};

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

/* Report what is wrong with a word of the file being read; reading goes on. */
#define load_fail(l, word, ...) ((void)scfg_fail((l)->file, word, -EINVAL, (l)->diags, __VA_ARGS__))

/* Report a limit or the end of memory; reading ends. */
void load_limit(struct loader *l, const struct scfg_word *at, const char *fmt, size_t limit);
void load_out_of_memory(struct loader *l);

/* The place of a word, to be kept. */
struct policy_place load_place(const struct loader *l, const struct scfg_word *word);

/* Make room for one more item of @size bytes.  Return: false when there is none. */
bool load_room(struct loader *l, void *array_slot, size_t n, size_t *room, size_t size);

/* Keep a text; 0 for an empty one, and when memory has run out. */
policy_text load_text(struct loader *l, const char *text);

/* Clean UTF-8, also in comments: what a reviewer sees must be what the program reads. */
bool load_check_text(struct loader *l, const char *text, size_t len);

/**
 * load_clean_text() - the same text without what Windows editors add
 *
 * Every place stays what it is, so that the rest is checked all the same.
 *
 * Return: *@len bytes, fewer than before, or NULL when something else is wrong with the text.
 */
char *load_clean_text(struct loader *l, const char *text, size_t *len);

/* True for a word of 1 to @max - 1 characters, all of them in @allowed. */
bool load_is_word_of(const char *text, const char *allowed, size_t max);

#define LOAD_ID_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"
#define LOAD_SERVICE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* Exactly @n values and no block; else it is reported. */
bool load_takes(struct loader *l, const struct scfg_directive *d, size_t n);

/* One text of a rule or zone: reason, ticket, clause. */
policy_text load_note(struct loader *l, const struct scfg_directive *d);

/* "2027-03-31" (its last minute) or "2027-03-31T17:15".  Return: false when reported. */
bool load_until(struct loader *l, const struct scfg_word *word, policy_minute *ret);

/**
 * load_values() - read the values of a condition or set
 * @words:	@n_words of them
 * @ret_first:	where they stand in policy->values, sorted, each once
 */
void load_values(struct loader *l, enum condition_kind kind, const struct scfg_word *words,
		 size_t n_words, uint32_t *ret_first, uint32_t *ret_n);

void load_head(struct loader *l, const struct scfg_directive *d);
void load_set(struct loader *l, const struct scfg_directive *d);
void load_rule(struct loader *l, const struct scfg_directive *d);
void load_record_files(struct loader *l, struct policy_zone *zone, const struct scfg_directive *d);
void load_scan_record(struct loader *l, struct policy_zone *zone, const struct scfg_directive *d);
void load_zone(struct loader *l, const struct scfg_directive *d);

/* The set that "@name" means, 1 + index; 0 when reported. */
uint16_t load_find_set(struct loader *l, const struct scfg_word *word, enum condition_kind kind);
