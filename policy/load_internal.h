/* SPDX-License-Identifier: Apache-2.0 */

/* What the readers of the policy's sections share; nobody outside policy/ includes it. */

#pragma once

#include "core/scfg.h"
#include "policy/policy.h"

struct loader {
	const char *file;
	struct policy *policy; /* being filled; owns whatever was read so far */
	struct err *err;
};

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

int load_out_of_memory(const struct loader *l);

/* True for a word of 1 to @max - 1 characters, all of them in @allowed. */
bool load_is_word_of(const char *text, const char *allowed, size_t max);

int load_rule(struct loader *l, const struct scfg_directive *d);
int load_zone(struct loader *l, const struct scfg_directive *d);
