/* SPDX-License-Identifier: Apache-2.0 */

/* Both ends of the socket between the caller and the child that parses. */

#pragma once

#include "core/err.h"
#include "pskc/apart.h"

#define APART_PASSWORD_MAX 256 /* bytes with NUL */
#define APART_KEY_MAX 32

/* To the child, once it has said what the file needs. */
struct apart_opener {
	uint8_t key[APART_KEY_MAX];
	size_t key_len; /* 0: none */
	char password[APART_PASSWORD_MAX];
	bool has_password;
	int64_t now_s;
};

enum apart_kind {
	APART_NONE = 0,
	APART_FRAME = 1, /* the file opened; an opener is waited for */
	APART_TOKEN = 2,
	APART_ERROR = 3,
	APART_END = 4, /* of tokens and errors */
};

/* From the child.  All fields are believed by nobody. */
struct apart_record {
	enum apart_kind kind;
	int code;          /* APART_ERROR, and APART_END: of the first */
	unsigned int line; /* APART_ERROR */
	size_t n;          /* APART_END: errors, also those that were not sent */
	struct pskc_frame frame;
	struct pskc_token token;
	char text[ERR_TEXT_MAX];
};

/**
 * apart_collect() - tokens and errors until the end
 * @first:	the record that was read already
 * @tokens:	PSKC_TOKENS_MAX, or NULL where none may come
 *
 * Return: 0, or the code of the first error in @diags: of the file, or -EIO for
 * a child that ends early or says what no honest one does.
 */
int apart_collect(int fd, const char *name, const struct apart_record *first,
		  struct pskc_token *tokens, size_t *ret_n, struct diags *diags);

/* Gives up every right, parses, answers on @fd.  Does not return. */
_Noreturn void apart_child_run(int fd, const char *name, const char *bytes, size_t len);
