/* SPDX-License-Identifier: Apache-2.0 */

#pragma once

#include "policy/order.h"

/* Have sekishod follow an order; it refuses one that locks everybody out. */
int order_install(const char *bytes, size_t len, struct err *err);
