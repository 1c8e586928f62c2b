/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What is said about approving a permit over the telephone: by sekishod to the
 * sekisho-otpd of the terminal, and by the command to that of a help desk's
 * machine (docs/decisions/0019).
 */

#pragma once

#include "ipc/lost.h"

/*
 * What a permit says, as far as people can read it out: each as the permit writes
 * it, the same bytes at both ends.
 */
struct ipc_permit_terms {
	char permit[IPC_WORD_MAX]; /* its number */
	char approver[IPC_USER_MAX];
	char user[IPC_USER_MAX];
	char medium[IPC_WORD_MAX];
	char purpose[IPC_WORD_MAX];
	char classification[8];
	char access[8]; /* "read" or "write" */
	char from[24];  /* "2026-12-25T14:30" */
	char until[24];
	char uses[8];
};

/* A number to be read out.  The reply is struct ipc_otp_challenged, when the log has it. */
struct ipc_otp_call {
	struct ipc_header header;
	char caller[IPC_USER_MAX]; /* who sits at the terminal; his wrong digits are counted */
	uint32_t uid;              /* of who asked for it */
	uint32_t reserved;
	struct ipc_permit_terms terms;
};

/* The digits that were read back. */
struct ipc_otp_approve {
	struct ipc_header header;
	char caller[IPC_USER_MAX];
	uint32_t uid;
	uint32_t reserved;
	char digits[IPC_WORD_MAX]; /* as typed; wiped by every holder after use */
	/* Why they cannot approve it whatever they are: that is logged, and nothing is tried. */
	char refused[IPC_TEXT_MAX];
	struct ipc_permit_terms terms;
};

struct ipc_otp_approved {
	struct ipc_header header;
	uint8_t result; /* enum ipc_otp_result; IPC_OTP_ACCEPTED: they will not be good again */
	uint8_t group;  /* IPC_OTP_MISTYPED: which one, 0: too many or too few digits */
	uint8_t reserved[2];
	uint32_t wait_sec; /* as in struct ipc_otp_answer */
	char ticket[16];   /* the number that was read out */
};

/* At the help desk.  The reply is struct ipc_otp_issued. */
struct ipc_otp_grant {
	struct ipc_header header;
	char issuer[IPC_USER_MAX]; /* the caller, unless that is root */
	char issuer_code[IPC_WORD_MAX];
	char approver_code[IPC_WORD_MAX];
	char challenge[16]; /* as typed */
	uint8_t sealed[IPC_ESCROW_LEN];
	struct ipc_permit_terms terms;
};
