/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who has which token, in memory: counted once at the start, then kept up with
 * each change, so that no request reads the files of everybody.  What is here
 * decides nothing that the files do not say as well.
 */

#pragma once

#include "mfa/store.h"

#include <stdbool.h>
#include <stdint.h>

struct census {
	void *people;      /* tree of struct person, by the name of the file */
	void *tokens;      /* tree of struct holding, by the token's id */
	uint32_t n_active; /* people with an active token */
	uint32_t n_damaged;
	bool is_broken; /* memory ran out: nothing here is complete */
};

/* @user: as the file has it now; NULL: it is damaged. */
void census_note(struct census *census, const char file[static STORE_NAME_SIZE],
		 const struct mfa_user *user);

/**
 * census_holder() - who has a token of this id, pending or active
 * @ret:	"" when nobody has
 *
 * Return: 0 or -ENOMEM: it is not known.
 */
int census_holder(const struct census *census, const char *id, char ret[static MFA_USER_MAX],
		  struct err *err);

void census_done(struct census *census);
