/* SPDX-License-Identifier: Apache-2.0 */

/*
 * pskc.h in a process apart.  A maker's file is foreign bytes and the caller is
 * often root: so XML is parsed by a child that is nobody, opens nothing, starts
 * nothing, and has limits of memory and time.  What comes back are records of
 * one size, which are looked at before they are used.
 */

#pragma once

#include "pskc/pskc.h"

struct pskc_apart; /* apart.c */

/* What the frame of the file says. */
struct pskc_frame {
	enum pskc_protection protection;
	bool is_signed;
};

/**
 * pskc_apart_open() - start the child on @bytes and read the frame
 * @name:	for messages; outlives what is returned
 * @ret:	set on success only, pskc_apart_free() it, which ends the child
 *
 * Return: 0, or the code of the first error in @diags, as pskc_open(); -EIO when
 * the child ended early.
 */
int pskc_apart_open(const char *name, const char *bytes, size_t len, struct pskc_apart **ret,
		    struct pskc_frame *ret_frame, struct diags *diags);
void pskc_apart_free(struct pskc_apart *apart);

DEFINE_CLEANUP(struct pskc_apart *, pskc_apart_free)
#define cleanup_pskc_apart cleanup_with(pskc_apart_freep)

/* As pskc_read(), once; -EIO likewise. */
int pskc_apart_read(struct pskc_apart *apart, const struct pskc_opener *opener, int64_t now_s,
		    struct pskc_token **ret, size_t *ret_n, struct diags *diags);
