/* SPDX-License-Identifier: Apache-2.0 */

/* What another register changes, medium by medium. */

#pragma once

#include "ledger/ledger.h"

/* To stdout, and how many in all; @old may be NULL. */
void media_changes_print(const struct ledger *old, const struct ledger *new);
