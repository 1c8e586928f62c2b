/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Approving a permit by telephone, at the terminal: only sekishod asks, who knows
 * the permit and its approvers.  The other end is otpd/grant.h.
 *
 * MUST: digits count as used before anybody hears that they were right.
 */

#pragma once

#include "ipc/phone.h"
#include "otpd/otpd.h"

/**
 * phone_take_terms() - what a permit says, as bytes that are the same at both ends
 * @ret:	nothing stands behind the end of a text
 *
 * Return: false when one of them is no text or empty.
 */
bool phone_take_terms(const struct ipc_permit_terms *from, struct ipc_permit_terms *ret);

/* All of it but the user, into an entry. */
void phone_describe(const struct ipc_permit_terms *terms, struct ipc_log_append *event);

void phone_call(struct ipc_server *server, const struct ipc_request *request);
void phone_approve(struct ipc_server *server, const struct ipc_request *request);
