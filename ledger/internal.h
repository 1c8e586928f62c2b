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
	/* Of each medium, then of each of @base, as events are read: */
	struct ledger_trail {
		enum ledger_state state;
		const char *set_by; /* id of the event that made it so, NULL: none yet */
		size_t last;        /* 1 + its last event */
		size_t found;       /* events up to here are answered */
	} * trails;
	size_t *before; /* of each event: 1 + the one before it of the same medium */
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

/* "T-0042/381", an entry of a log. */
const char *ledger_read_id(struct ledger_reader *r, const struct scfg_word *word);

/* A date, the end of whose day is meant, or a minute.  False when it was reported. */
bool ledger_read_minute(struct ledger_reader *r, const struct scfg_word *word, policy_minute *ret);

/* A text of at most POLICY_TEXT_MAX - 1 bytes. */
const char *ledger_read_text(struct ledger_reader *r, const struct scfg_word *word);

/* Numbers, section ids, users: no blanks, nothing that a shell or a list would take apart. */
const char *ledger_read_name(struct ledger_reader *r, const struct scfg_word *word);

/* Whether an event can come after what was before, as far as one terminal sees it. */
bool ledger_may_follow(enum ledger_state before, const struct ledger_event *event);

/* What an event makes of its medium when nothing speaks against it. */
enum ledger_state ledger_leads_to(const struct ledger_event *event);

/* Set the states of all media anew.  False when there is no memory. */
bool ledger_replay(struct ledger *ledger);

/* "T-0042/381": the length of the terminal's name, 0: this is no id. */
size_t ledger_terminal_len(const char *id);

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
