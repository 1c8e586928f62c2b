/* SPDX-License-Identifier: Apache-2.0 */

/* What the two halves of support/attacked.h share. */

#pragma once

#include "support/attacked.h"

#include <stddef.h>

#define FIRSTS_MAX 32
#define TEXT_MAX 65536

extern char attacked_dir[64];
extern uint64_t attacked_firsts[FIRSTS_MAX]; /* of the segments as they were written */
extern size_t attacked_n_firsts;
extern char attacked_text[TEXT_MAX]; /* of the segment that is edited */
extern size_t attacked_text_len;

extern const char *attacked_verified; /* a name in attacked_dir; "": all of it */

void attacked_make(const char *where, const struct attacked *version);

/* Which segment an entry is in. */
unsigned int attacked_index(uint64_t seq);

const char *attacked_path(const char *name);
const char *attacked_segment_path(unsigned int index);
void attacked_load(unsigned int index);
void attacked_store(unsigned int index);

/* A file of another folder under another name; leaves it in attacked_text. */
void attacked_copy(const char *where, const char *name, const char *as);

/* The line of an entry in the loaded segment, and its length with the newline. */
char *attacked_line(uint64_t seq, size_t *ret_len);

/* Puts @with in place of @len bytes. */
void attacked_put(char *at, size_t len, const char *with, size_t with_len);

/* Loads the segment of an entry; its leaf in base64, NOTE_HASH_TEXT bytes. */
void attacked_leaf(uint64_t seq, char *hash);
