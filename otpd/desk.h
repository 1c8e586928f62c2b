/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Giving a terminal's key to a help desk, and issuing temporary codes there.
 *
 * MUST: two people who are not the user and not the same prove a code each
 * before digits are made, and the log has it before anybody sees them.
 */

#pragma once

#include "otpd/otpd.h"

void desk_escrow(struct ipc_server *server, const struct ipc_request *request);
void desk_key(struct ipc_server *server, const struct ipc_request *request);
/* Two people and their codes; not looked at whether they are two. */
struct desk_people {
	const char *issuer;
	const char *issuer_code;
	const char *approver;
	const char *approver_code;
};

/**
 * desk_prove_both() - both prove a code, the issuer first: where his is wrong, the other's stays
 * good
 * @ret_approver:	1 when the result is of the approver's code
 */
enum ipc_otp_result desk_prove_both(struct otpd *otpd, const struct desk_people *people,
				    uint8_t *ret_approver, uint32_t *ret_wait_sec);

void desk_issue(struct ipc_server *server, const struct ipc_request *request);
