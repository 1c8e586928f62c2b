/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A small log to be attacked: four epochs of four commits of two entries, each
 * epoch but the last ended by an entry log.epoch, in several segments.
 */

#pragma once

#include "audit/verify.h"
#include "support/log_maker.h"

#include <stdbool.h>
#include <stdint.h>

#define ATTACKED_SIZE 35 /* entries: 3 * 9 + 8 */

/* A version of it; where all is 0 the one that attacked_begin() writes. */
struct attacked {
	uint64_t seed;      /* of its keys */
	const char *origin; /* what it says it is */
	uint64_t size;      /* cut behind the checkpoint of that many entries, or longer */
	uint64_t edited;    /* this entry says something else */
	uint64_t taken_in_epoch;
	uint64_t taken_size;
	uint64_t raw_at; /* the fields of this entry, */
	const char *raw; /* as they are */
	bool one_segment;
	uint64_t redacted;         /* the last entry but one asks for it, */
	uint64_t redacted_leaf_of; /* naming the leaf of this one instead */
	bool pruned;  /* the first segment is gone, and the second entry from the end says so */
	bool rotated; /* likewise log.key */
	bool rotated_early; /* twice in the first segment: entries 3 and 6 are log.key, */
	enum log_maker_key_form early_form;
	uint64_t rotated_at[2]; /* these entries are log.key, where they are above 0 */
	enum log_maker_key_form late_form;
	uint64_t forged_from; /* as log_maker_options */
	bool uncounted;       /* log.prune is one of before it counted these */
};

extern struct verify_result attacked_result;
extern struct note_key attacked_key;

void attacked_begin(void);
void attacked_end(void);

/* Another version in place of the log, of its two heads, or of its certificates only. */
void attacked_write(const struct attacked *version);
void attacked_write_heads(const struct attacked *version);
void attacked_certify(const struct attacked *version);
/* The first segment of one behind the last of the log. */
void attacked_add_segment_of(const struct attacked *version);

/* Kept elsewhere: the checkpoint of that many entries. */
void attacked_witness(uint64_t size);
void attacked_forget_key(void);

/* The line of an entry. */
void attacked_replace(uint64_t seq, const char *from, const char *to);
void attacked_cut_line(uint64_t seq);
void attacked_copy_line(uint64_t seq, uint64_t as_seq);
void attacked_swap_lines(uint64_t a, uint64_t b);
void attacked_black_out(uint64_t seq);

/* Lines of the file "epochs", by how they begin: @a goes behind @b, one goes, one says otherwise.
 */
void attacked_swap_certificates(const char *a, const char *b);
void attacked_drop_certificate(const char *line);
void attacked_edit_certificate(const char *line, const char *from, const char *to);

/* Checkpoints and what stands around them. */
void attacked_cut_behind(uint64_t size);
void attacked_append_check(uint64_t size);
void attacked_append_hole(uint64_t bytes);
void attacked_drop_checks(void);
void attacked_drop_last_check(void);

/* Files; segments by their place in the order of the log as it was written. */
uint64_t attacked_first(unsigned int index);
void attacked_unlink(const char *name);
void attacked_unlink_segment(unsigned int index);
/* Compressed, less that many bytes at its end; the plain one goes. */
void attacked_pack_segment(unsigned int index, unsigned int cut);
void attacked_swap_segments(unsigned int a, unsigned int b);

/* The first segment as if it were the one that has entries of a year: it is what is verified. */
void attacked_export(void);
/* Members of that export, by how their names begin: they go, one says otherwise, or is that of
 * another version. */
void attacked_drop_members(const char *name);
void attacked_edit_member(const char *name, const char *from, const char *to);
void attacked_take_member(const char *name, const struct attacked *version);

/* Verify, and look at what comes out. */
void attacked_is_proven(uint64_t proven_end);
void attacked_is_incomplete(uint64_t proven_end);
void attacked_is_tampered(uint64_t first, uint64_t last, const char *reason);
/* Only what looks at every byte can see it: without that the log is proven. */
void attacked_is_found_in_full(uint64_t seq, const char *reason);
