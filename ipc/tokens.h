/* SPDX-License-Identifier: Apache-2.0 */

/* What sekisho-otpd is asked and answers about tokens, by administrators. */

#pragma once

#include "ipc/protocol.h"

#define IPC_OTP_SERIAL_MAX 32 /* bytes with NUL, of a token id too */
#define IPC_OTP_LABEL_MAX 32
#define IPC_OTP_IMPORT_MAX 24 /* tokens in one message */

/* As in mfa/totp.h; 0 stands for what every phone reads: SHA-1, 6 digits, 30 s. */
struct ipc_otp_shape {
	uint8_t algorithm; /* enum totp_algorithm */
	uint8_t digits;
	uint8_t period_sec;
	uint8_t reserved;
};

struct ipc_otp_enroll {
	struct ipc_header header;
	char user[IPC_USER_MAX];
	char label[IPC_OTP_LABEL_MAX]; /* may be empty */
	struct ipc_otp_shape shape;
	uint32_t reserved;
};

struct ipc_otp_named {
	struct ipc_header header;
	char user[IPC_USER_MAX];  /* IPC_OTP_REVOKE: "" for a token that is nobody's */
	char token[IPC_WORD_MAX]; /* id or serial; IPC_OTP_REVOKE: "" for all */
};

struct ipc_otp_resync {
	struct ipc_header header;
	char user[IPC_USER_MAX];
	char token[IPC_WORD_MAX];    /* "" where the user has one only */
	char codes[2][IPC_WORD_MAX]; /* that the token showed one after the other */
};

/* A hardware token on its way to the pool; wiped by every holder after use. */
struct ipc_otp_spare {
	char serial[IPC_OTP_SERIAL_MAX];
	char label[IPC_OTP_LABEL_MAX]; /* its maker */
	uint8_t secret[64];
	uint8_t secret_len;
	struct ipc_otp_shape shape;
	uint8_t reserved[3];
};

/* A part of an import; the last part makes all of it count, or none. */
struct ipc_otp_import {
	struct ipc_header header;
	uint64_t id; /* drawn by who imports; another one ends an unfinished import */
	uint32_t total;
	uint32_t first; /* of these among them, from 0 and without gaps */
	uint32_t n;     /* here */
	uint32_t reserved;
	struct ipc_otp_spare tokens[IPC_OTP_IMPORT_MAX];
};

struct ipc_otp_secret {
	struct ipc_header header;
	char secret[2 * IPC_WORD_MAX]; /* base32, no padding; wiped by every holder after use */
	char token[IPC_WORD_MAX];      /* its id, shown in lists and in the log */
	char host[IPC_WORD_MAX];       /* terminal, for the otpauth label */
	struct ipc_otp_shape shape;
	uint32_t reserved;
};

enum ipc_otp_token_state {
	IPC_OTP_TOKEN_NONE = 0,
	IPC_OTP_TOKEN_PENDING = 1, /* not yet confirmed by a code */
	IPC_OTP_TOKEN_ACTIVE = 2,
	IPC_OTP_TOKEN_REVOKED = 3,
	IPC_OTP_TOKEN_DAMAGED = 4, /* both state slots bad: refused until enrolled again */
	IPC_OTP_TOKEN_SPARE = 5,   /* imported, nobody's yet */
};

struct ipc_otp_token {
	struct ipc_header header;
	char user[IPC_USER_MAX];
	char token[IPC_WORD_MAX];
	char label[IPC_OTP_LABEL_MAX];
	struct ipc_otp_shape shape;
	uint8_t state; /* enum ipc_otp_token_state */
	uint8_t reserved[3];
	uint32_t failures;      /* of the user, since his last success */
	uint32_t wait_sec;      /* he is locked for, 0: not */
	int64_t last_success_s; /* of the user, 0: never */
	int64_t last_used_s;    /* of this token, 0: never */
	int32_t drift_sec;      /* learnt: its clock is that much ahead */
	uint32_t reserved2;
};
