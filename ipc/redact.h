/* SPDX-License-Identifier: Apache-2.0 */

/* Blacking out an entry of the log: what two people say to sekisho-otpd. */

#pragma once

#include "ipc/protocol.h"

#define IPC_REDACT_REASON_MAX 256

struct ipc_otp_redact {
	struct ipc_header header;
	uint64_t seq;              /* of the entry */
	char issuer[IPC_USER_MAX]; /* the caller, unless that is root */
	char approver[IPC_USER_MAX];
	char issuer_code[IPC_WORD_MAX];
	char approver_code[IPC_WORD_MAX];
	char reason[IPC_REDACT_REASON_MAX]; /* not empty; stands in the log */
};

struct ipc_otp_redacted {
	struct ipc_header header;
	uint8_t result;   /* enum ipc_otp_result; IPC_OTP_UNAVAILABLE: the log did not do it */
	uint8_t approver; /* the result is of his code, not of the issuer's */
	uint8_t reserved[2];
	uint32_t wait_sec; /* as in struct ipc_otp_answer */
};
