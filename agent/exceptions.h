/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Exceptions (例外措置), the disaster mode among them: two people declare one, for
 * a reason and for so many hours, and rules that ask for it by name hold until it
 * ends by itself.  Kept in one file below the state directory; one that cannot be
 * read means that none is declared.
 */

#pragma once

#include "core/loop.h"
#include "permit/exception.h"

#define EXCEPTIONS_FILE "exceptions" /* below the state directory, root's alone */
struct exceptions {
	struct loop *loop;
	const char *state_dir;
	struct exception list[POLICY_EXCEPTIONS_MAX];
	size_t n;
	uint8_t boot[ELAPSED_BOOT_LEN];
	struct loop_timer timer; /* until one ends, and to keep the time */
	char detail[256];        /* why none can be known, or empty */

	/* Set by the owner: one more or less is declared; its time is over. */
	void (*changed)(struct exceptions *exceptions);
	void (*ended)(struct exceptions *exceptions, const struct exception *exception);
};

int exceptions_init(struct exceptions *exceptions, struct loop *loop, const char *state_dir,
		    const uint8_t boot[static ELAPSED_BOOT_LEN], struct err *err);
void exceptions_deinit(struct exceptions *exceptions);

/* Begin to keep time; calls changed. */
void exceptions_start(struct exceptions *exceptions);

/* NULL: none of this name is declared. */
const struct exception *exceptions_find(const struct exceptions *exceptions, const char *name);

/* Durable before it counts.  Return: 0 or the error: nothing is declared. */
int exceptions_declare(struct exceptions *exceptions, const struct exception *exception,
		       int64_t hours, struct err *err);

/* Return: 0 or the error: it counts no more, but may again after a restart. */
int exceptions_end(struct exceptions *exceptions, const char *name, struct err *err);

/* Seconds until its end, as of now. */
int64_t exceptions_left_s(const struct exceptions *exceptions, const struct exception *exception);

/* For policy_circumstances. */
void exceptions_fill(const struct exceptions *exceptions, struct policy_circumstances *at);
