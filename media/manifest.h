/* SPDX-License-Identifier: Apache-2.0 */

/* What a company brought in: every file of it, hashed and compared before anybody sees one. */

#pragma once

#include "ipc/media.h"

struct err;

/**
 * manifest_make() - list a volume and compare it
 * @connection:	to sekishod; where that ends, nobody wants to know any more
 *
 * Of what the process may do is left what reading takes.
 *
 * Return: 0, or the error: it has not been seen whole.
 */
int manifest_make(const struct ipc_media_list *request, int connection,
		  struct ipc_media_listed *answer, struct err *err);
