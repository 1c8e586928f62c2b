/* SPDX-License-Identifier: Apache-2.0 */

/* Between the files of this library: a register while it is being read. */

#pragma once

#include "core/scfg.h"
#include "ledger/ledger.h"

#include <errno.h>

/* What the readers of the file's statements share. */
struct ledger_reader {
	const char *file;
	struct diags *diags;
	struct ledger *ledger;
	const struct ledger *base; /* of a supplement, NULL: none */
	char *texts;               /* room for every word of the file */
	size_t texts_used;
	bool is_lenient; /* two registers in one: what they disagree in is no error */
	char *keys;      /* of numbers and identities so far, gone when all is read */
	size_t keys_used;
	void *known; /* these, tsearch(3) */
	void *ids;   /* of events, likewise */
};

#define LEDGER_FAIL(r, word, ...)                                                                  \
	((void)scfg_fail((r)->file, word, -EINVAL, (r)->diags, __VA_ARGS__))

/* One statement of a block: NAME VALUE... */
struct ledger_line {
	const char *name;
	size_t n_min; /* values */
	size_t n_max;
	void (*read)(struct ledger_reader *r, const struct scfg_directive *d, void *into);
};

/* Read a block by a table; a statement that stands twice or is none is reported. */
void ledger_read_lines(struct ledger_reader *r, const struct scfg_directive *d,
		       const struct ledger_line *lines, size_t n_lines, void *into);

/* A word of the file, kept. */
const char *ledger_keep(struct ledger_reader *r, const char *text);

void ledger_read_section(struct ledger_reader *r, const struct scfg_directive *d);
void ledger_read_medium(struct ledger_reader *r, const struct scfg_directive *d);
void ledger_read_event(struct ledger_reader *r, const struct scfg_directive *d);

/* A date, the end of whose day is meant, or a minute.  False when it was reported. */
bool ledger_read_minute(struct ledger_reader *r, const struct scfg_word *word, policy_minute *ret);

/* A text of at most POLICY_TEXT_MAX - 1 bytes. */
const char *ledger_read_text(struct ledger_reader *r, const struct scfg_word *word);

/* Numbers, section ids, users: no blanks, nothing that a shell or a list would take apart. */
const char *ledger_read_name(struct ledger_reader *r, const struct scfg_word *word,
			     const char *what);

/**
 * ledger_apply() - let an event happen to its medium
 * @medium:	NULL where the register has none
 *
 * Return: false when it cannot be after what was before; the medium then keeps the
 * stricter of both states.
 */
bool ledger_apply(struct ledger_medium *medium, const struct ledger_event *event);

/* ledger_load(); @is_lenient: as struct ledger_reader has it. */
int ledger_read(const char *file, const char *text, size_t len, const struct ledger *base,
		bool is_lenient, struct ledger **ret, struct diags *diags);

/* ledger_medium() of a register that is being read. */
struct ledger_medium *ledger_find(struct ledger *ledger, const char *number);

/* Build the index; the media are in their order.  False when there is no memory. */
bool ledger_index_build(struct ledger *ledger);
void ledger_index_free(struct ledger_index *index);

/* True when a medium is known by nothing but what is on it. */
bool ledger_index_asks_filesystem(const struct ledger *ledger);

/* Every medium that could be the device, maybe more than once, and others. */
void ledger_index_each(const struct ledger *ledger, const struct policy_device *device,
		       void (*found)(void *ctx, const struct ledger_medium *medium), void *ctx);
