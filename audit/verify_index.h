/* SPDX-License-Identifier: Apache-2.0 */

/* Indexes prove nothing, yet one that leaves an entry out hides it from whoever looks for it. */

#pragma once

#include "audit/verify.h"

/* Compare each index of a log with its segment; the first that differs is tampering. */
void verify_indexes(int dirfd, struct verify_result *result);
