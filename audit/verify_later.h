/* SPDX-License-Identifier: Apache-2.0 */

/* Identity keys that came into force between the last entry of a bundle and its head. */

#pragma once

#include "audit/bundle.h"
#include "audit/verify_join.h"

/**
 * verify_later_keys() - let these sign the head as well
 * @head:	of the bundle, of the log that @join has read
 *
 * Each stands in the log of the head, and is certified by an epoch to which the
 * epochs lead from the last one that @join knows.  So the head, which such a key
 * signs, vouches for nothing by itself: what does is the log's name.  Sets
 * join->bad where a member says something else.
 *
 * Return: 0, or an error of reading.
 */
int verify_later_keys(const struct bundle *bundle, const struct checkpoint *head,
		      struct verify_join *join, struct err *err);
