/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An exception (例外措置) as it is kept: declared by two people, for a reason, for so
 * long.  Pure.
 */

#pragma once

#include "core/diag.h"
#include "core/elapsed.h"
#include "policy/device.h"

#include <stdio.h>

#define EXCEPTION_HOURS_MAX 72
#define EXCEPTION_TEXT_MAX 256

struct exception {
	char name[POLICY_WORD_MAX]; /* as a policy names it: a-z, 0-9 and "-" */
	char reason[EXCEPTION_TEXT_MAX];
	char ticket[EXCEPTION_TEXT_MAX];
	char issuer[POLICY_WORD_MAX];
	char approver[POLICY_WORD_MAX];
	int64_t span_s;
	struct elapsed since; /* it was declared */
};

/**
 * exception_load_all() - read a list of them
 * @ret:	@max places
 *
 * Return: 0, or the code of the first error in @diags.
 */
int exception_load_all(const char *file, const char *text, size_t len, struct exception *ret,
		       size_t max, size_t *ret_n, struct diags *diags);

void exception_print(const struct exception *exception, FILE *out);

/* Seconds until its end, 0: over.  As of the last elapsed_pass(). */
int64_t exception_left_s(const struct exception *exception);

/* True for what a policy can name. */
bool exception_is_name(const char *name);
