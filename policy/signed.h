/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A policy as it comes to a terminal: a C2SP signed note whose text is the
 * policy, or, as long as the terminal is not enrolled, the text alone.
 */

#pragma once

#include "policy/order.h"

/**
 * policy_open() - verify and read
 * @trusted:	whose signatures count; NULL asks for none
 * @ret_signer:	POLICY_WORD_MAX bytes: the person who signed, "" where nobody
 *		was asked for
 *
 * Return: 0, -EKEYREJECTED (not signed by anybody who may), -EINVAL (signed,
 * but without a version), or as policy_load() with the first error in @err.
 */
int policy_open(const char *file, const char *bytes, size_t len, const struct order *trusted,
		struct policy **ret, char *ret_signer, struct err *err);
