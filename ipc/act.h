/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What people do with the register, with permits and with exceptions: one kind of
 * request to sekishod.  The act is the type of the log entry that it becomes
 * ("media.lend", "permit.approve"); its fields travel as in the log (ipc/pairs.h).
 * Codes travel beside them, and never reach the log.
 */

#pragma once

#include "ipc/protocol.h"

#define IPC_ACT_TIMEOUT_MS 6000 /* codes are proven, then the log has it, one after the other */

/* Who proves what by a code; wiped by every holder after use. */
struct ipc_act_person {
	char name[IPC_USER_MAX]; /* "": nobody is needed */
	char code[IPC_WORD_MAX];
};

struct ipc_agent_act {
	struct ipc_header header;
	char act[IPC_TYPE_MAX];
	struct ipc_act_person issuer; /* who does it: the caller, unless that is root */
	struct ipc_act_person approver;
	uint32_t fields_len;
	char fields[IPC_FIELDS_MAX];
};

struct ipc_agent_acted {
	struct ipc_header header;
	uint8_t result;   /* enum ipc_otp_result; IPC_OTP_ACCEPTED: it is done and in the log */
	uint8_t approver; /* the result is of his code, not of the issuer's */
	uint8_t reserved[2];
	uint32_t wait_sec;         /* as in struct ipc_otp_answer */
	uint64_t seq;              /* of its entry in the log */
	char number[IPC_WORD_MAX]; /* of a permit or exception that was made, or "" */
};

/* One row of a list, as pairs: "number" "R8-T-0042-7", "stage" "approved", ... */
struct ipc_agent_row {
	struct ipc_header header;
	uint32_t fields_len;
	char fields[IPC_FIELDS_MAX];
};

/*
 * To otpd, root only: are these two who they say, each by a code?  The reply is
 * struct ipc_otp_witnessed.
 */
struct ipc_otp_witness {
	struct ipc_header header;
	uint8_t admins; /* both must be in sekisho-admin, and not know each other's token */
	uint8_t reserved[7];
	char user[IPC_USER_MAX];        /* whom it is for, and who is neither of them; "": nobody */
	struct ipc_act_person issuer;   /* code "": he proves none */
	struct ipc_act_person approver; /* name "": there is none; one of the two proves a code */
};

struct ipc_otp_witnessed {
	struct ipc_header header;
	uint8_t result; /* enum ipc_otp_result */
	uint8_t approver;
	uint8_t reserved[2];
	uint32_t wait_sec;
	int32_t code; /* 0, or a negative errno: these people may not, and no code was tried */
	uint32_t reserved2;
	char detail[IPC_TEXT_MAX]; /* why not */
};
