/* SPDX-License-Identifier: Apache-2.0 */

/* The steps of following an order; only the agent's site uses them. */

#pragma once

#include "agent/site.h"

/* Take a signed order apart; nothing is verified. */
int site_open_order(const char *bytes, size_t len, struct note *ret_note, struct order *ret,
		    struct err *err);

/* Go on with an order that was on its way when the agent stopped. */
void site_resume(struct site *site, const char *bytes, size_t len, policy_minute now);

/* order.next is the one in force: give it its name. */
void site_finish_files(struct site *site);
