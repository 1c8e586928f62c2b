/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A draft and what it includes as one text, ready to be signed: each
 * "include NAME" becomes a block of that name with the text of the file in it,
 * so that a reader sees where a line came from.  Comments stay.
 */

#pragma once

#include "policy/policy.h"

/**
 * policy_bundle() - write a draft with everything it includes
 * @source:	a text that policy_load() accepts
 * @out:	gets text without tabs (a signed note holds no control character
 *		but newline), ending in a newline; text that is bundled already
 *		comes out as it went in
 *
 * A tab within quotes cannot stay what it is and is an error.
 *
 * Return: 0, or the code of the first error in @diags: -EINVAL, -E2BIG (a limit
 * of policy_load()), -ENOMEM or -EIO (writing).
 */
int policy_bundle(const struct policy_source *source, FILE *out, struct diags *diags);
