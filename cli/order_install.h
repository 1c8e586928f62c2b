/* SPDX-License-Identifier: Apache-2.0 */

#pragma once

#include "policy/order.h"

/**
 * order_install() - have sekishod follow an order
 *
 * Refuses before anything changes when too few people could still log in in
 * the new zone.
 */
int order_install(const char *bytes, size_t len, const struct order *order, struct err *err);
