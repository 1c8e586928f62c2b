/* SPDX-License-Identifier: Apache-2.0 */

/* What sekishod says of itself: a part of ipc/protocol.h, which includes it. */

#pragma once

#define IPC_EXCEPTIONS_MAX 8 /* declared at one time */
#define IPC_OPEN_GATES_MAX 6 /* told of, of all that are open */

struct ipc_open_gate {
	char gate[IPC_WORD_MAX];   /* "usb" "cards" "ports" "nodes" "disks" "marks" */
	char detail[IPC_TEXT_MAX]; /* where it is, and why it is open */
};

struct ipc_agent_state {
	struct ipc_header header;
	uint8_t set_up;         /* the enrolled rules exist: gates are meant to be shut */
	uint8_t policy_ok;      /* a policy is in force, and the administrator's file is it */
	uint8_t log_ok;         /* the last entry became durable */
	uint8_t default_closed; /* usbcore authorized_default is 0 */
	uint8_t policy_in_force;
	uint8_t policy_packaged; /* it is the package's, none was accepted yet */
	uint8_t policy_expired;
	uint8_t observing;         /* devices are watched only, as the policy says */
	uint8_t enrolled;          /* a zone order is in force: signatures are asked for */
	uint8_t zone_unfinished;   /* the stricter of two zones counts */
	uint8_t register_in_force; /* a signed register of media */
	uint8_t register_expired;
	uint32_t n_open_gates; /* found open though set up */
	uint32_t n_rules;
	uint32_t n_devices;
	uint32_t n_blocked;
	uint32_t n_media;         /* in it, and registered here since */
	uint32_t register_broken; /* what happened here cannot be read: none of them opens */
	uint32_t n_exceptions;    /* declared now; IPC_AGENT_EXCEPTIONS names them */
	uint64_t register_version;
	uint64_t policy_version;
	uint64_t order;
	char terminal[IPC_WORD_MAX];
	char zone[IPC_WORD_MAX];
	char policy_hash[IPC_WORD_MAX];     /* SHA-256 of the signed bytes, its beginning */
	char policy_signer[IPC_WORD_MAX];   /* "" when none was asked for */
	char policy_expires[IPC_WORD_MAX];  /* local time, "" when never */
	char policy_detail[IPC_TEXT_MAX];   /* FILE:LINE:COLUMN: what is wrong, or empty */
	char zone_detail[IPC_TEXT_MAX];     /* what is wrong with the order, or empty */
	char register_signer[IPC_WORD_MAX]; /* likewise */
	char register_expires[IPC_WORD_MAX];
	char register_detail[IPC_TEXT_MAX];   /* what is wrong with the proposed one, or with what
					       * happened here, or empty */
	char input_detail[IPC_TEXT_MAX];      /* why new keyboards are not asked for, or empty */
	char exceptions_detail[IPC_TEXT_MAX]; /* why none can be known, or empty */
	struct ipc_open_gate open_gates[IPC_OPEN_GATES_MAX];
};
