/* SPDX-License-Identifier: Apache-2.0 */

/* What is said of lost tokens: at the terminal, and on a help desk's machine. */

#pragma once

#include "ipc/protocol.h"

/* What is read out over the telephone. */
struct ipc_otp_challenged {
	struct ipc_header header;
	uint8_t result; /* enum ipc_otp_result; IPC_OTP_ACCEPTED: here it is */
	uint8_t reserved[3];
	uint32_t wait_sec; /* as in struct ipc_otp_answer */
	char terminal[IPC_WORD_MAX];
	char challenge[16];
};

#define IPC_ESCROW_LEN 152 /* bytes of a sealed key, mfa/escrow.h */

struct ipc_otp_escrow {
	struct ipc_header header;
	uint8_t to[32]; /* Ed25519, whom it is sealed to */
	char name[IPC_WORD_MAX];
	uint8_t host_key; /* that of the whole terminal, for a backup; else of temporary codes */
	uint8_t reserved[7];
};

struct ipc_otp_escrowed {
	struct ipc_header header;
	char terminal[IPC_WORD_MAX]; /* "": the log could not take the entry */
	uint8_t sealed[IPC_ESCROW_LEN];
};

/* Only when the log has it the key is touched. */
struct ipc_otp_key_change {
	struct ipc_header header;
	char action[IPC_WORD_MAX];   /* "restore", "reseal" */
	char terminal[IPC_WORD_MAX]; /* whose key it is */
};

struct ipc_otp_desk_key {
	struct ipc_header header;
	char host[IPC_WORD_MAX];
	uint8_t key[32]; /* Ed25519 */
};

struct ipc_otp_issue {
	struct ipc_header header;
	char user[IPC_USER_MAX];
	char issuer[IPC_USER_MAX]; /* the caller, unless that is root */
	char approver[IPC_USER_MAX];
	char issuer_code[IPC_WORD_MAX];
	char approver_code[IPC_WORD_MAX];
	char challenge[16]; /* as typed */
	uint8_t quarters;   /* of an hour */
	uint8_t uses;
	uint8_t reserved[6];
	uint8_t sealed[IPC_ESCROW_LEN];
};

struct ipc_otp_issued {
	struct ipc_header header;
	uint8_t result;   /* enum ipc_otp_result */
	uint8_t approver; /* the result is of his code, not of the issuer's */
	uint8_t reserved[2];
	uint32_t wait_sec;
	char terminal[IPC_WORD_MAX];
	char challenge[16];
	char digits[24]; /* to be read out; wiped by every holder after use */
};

#define IPC_PAPER_MAX 16           /* codes of one answer */
#define IPC_PAPER_TIMEOUT_MS 30000 /* each of them is made slow to guess on purpose */
#define IPC_PAPER_CODE 20

/* New codes for sealed envelopes; those before are void. */
struct ipc_otp_seal {
	struct ipc_header header;
	char admin[IPC_USER_MAX]; /* who proves a code for it */
	char code[IPC_WORD_MAX];
	uint8_t count; /* 1 .. IPC_PAPER_MAX */
	uint8_t reserved[7];
};

/* New recovery codes for a user, or how many are left. */
struct ipc_otp_recovery {
	struct ipc_header header;
	char user[IPC_USER_MAX];
	uint8_t count_only;
	uint8_t reserved[7];
};

/* Codes to be printed; wiped by every holder after use. */
struct ipc_otp_paper {
	struct ipc_header header;
	uint8_t result; /* enum ipc_otp_result; IPC_OTP_UNAVAILABLE: unlogged, and none is valid */
	uint8_t count;  /* of the codes, or of those that are left */
	uint8_t reserved[2];
	uint32_t wait_sec;
	char terminal[IPC_WORD_MAX];
	char codes[IPC_PAPER_MAX][IPC_PAPER_CODE];
};
