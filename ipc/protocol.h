/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the processes of one terminal say to each other.
 *
 * SOCK_SEQPACKET on paths below /run/sekisho/sock: the kernel keeps message
 * boundaries, every kind of message has one exact size, and a message of
 * another size, version or kind drops its sender.  All integers are in host
 * order, all texts NUL-terminated; unused bytes are zero.  Both ends come from
 * one package, so the version only ever refuses a half-finished upgrade.
 */

#pragma once

#include <stdint.h>

#define IPC_VERSION 3

#define IPC_SOCKET_LOG "/run/sekisho/sock/log"
#define IPC_SOCKET_OTP "/run/sekisho/sock/otp"
#define IPC_SOCKET_AGENT "/run/sekisho/sock/agent"
#define IPC_SOCKET_MEDIA "/run/sekisho/sock/media"
#define IPC_SOCKET_MOUNT "/run/sekisho/sock/mount"
#define IPC_SOCKET_SERVE "/run/sekisho/sock/serve"

#define IPC_CLIENT_TIMEOUT_MS 2000    /* a whole call, as the person waits for it */
#define IPC_LOG_TIMEOUT_MS 1500       /* daemon to logd; must be less than the above */
#define IPC_MEDIA_TIMEOUT_MS 15000    /* looking at one medium: nobody waits, a process starts */
#define IPC_MOUNT_TIMEOUT_MS 30000    /* mounting, with a journal that must be read first */
#define IPC_SERVE_TIMEOUT_MS 25000    /* within it: a program reads the file system */
#define IPC_UNMOUNT_TIMEOUT_MS 300000 /* what waits to be written, on a slow medium */
#define IPC_LIST_TIMEOUT_MS 3600000   /* reading all of a medium; no witness stands by longer */
#define IPC_UNLOCK_TIMEOUT_MS 90000   /* a passphrase is made slow to try on purpose */

#define IPC_MESSAGE_MAX 4096 /* bytes, any kind */
#define IPC_FIELDS_MAX 3072  /* bytes of packed "key\0value\0" pairs */
#define IPC_ORDER_MAX 3840   /* bytes of a zone order */
#define IPC_TYPE_MAX 32
#define IPC_USER_MAX 64
#define IPC_WORD_MAX 64
#define IPC_TEXT_MAX 256

/* One number space for all daemons; 0 is never valid. */
enum ipc_kind {
	IPC_ERROR = 1, /* reply: struct ipc_error */

	IPC_LOG_APPEND = 16, /* to logd, from daemons only: struct ipc_log_append */
	IPC_LOG_ACK = 17,    /* reply: struct ipc_log_ack */
	IPC_LOG_STATUS = 18, /* to logd: struct ipc_header */
	IPC_LOG_STATE = 19,  /* reply: struct ipc_log_state */

	IPC_LOG_RECALL = 20,   /* to logd, from daemons only: struct ipc_log_recall */
	IPC_LOG_RECALLED = 21, /* reply: struct ipc_log_recalled */

	IPC_LOG_MARK = 22,     /* to logd, root only: struct ipc_log_mark; reply IPC_LOG_ACK */
	IPC_LOG_ATTEST = 23,   /* to logd: struct ipc_log_attest */
	IPC_LOG_ATTESTED = 24, /* reply: struct ipc_log_attested */
	IPC_LOG_ROTATE = 25,   /* to logd, root only: struct ipc_header: make a new identity key;
				* reply IPC_LOG_ACK */
	IPC_LOG_PRUNE = 26,    /* to logd, its own user only: struct ipc_log_prune: oldest segments
				* are about to go; reply IPC_LOG_ACK */

	IPC_OTP_SCOPE = 32,   /* to otpd: struct ipc_otp_scope */
	IPC_OTP_NEED = 33,    /* reply: struct ipc_otp_need */
	IPC_OTP_VERIFY = 34,  /* to otpd: struct ipc_otp_verify */
	IPC_OTP_ANSWER = 35,  /* reply: struct ipc_otp_answer */
	IPC_OTP_ENROLL = 36,  /* to otpd: struct ipc_otp_enroll */
	IPC_OTP_SECRET = 37,  /* reply: struct ipc_otp_secret */
	IPC_OTP_CONFIRM = 38, /* to otpd: struct ipc_otp_code; reply IPC_OTP_ANSWER */
	IPC_OTP_REVOKE = 39,  /* to otpd: struct ipc_otp_named; reply IPC_OTP_ANSWER */
	IPC_OTP_UNLOCK = 40,  /* to otpd: struct ipc_otp_user; reply IPC_OTP_ANSWER */
	IPC_OTP_LIST = 41,    /* to otpd: struct ipc_header; replies IPC_OTP_TOKEN, then IPC_END */
	IPC_OTP_TOKEN = 42,   /* reply: struct ipc_otp_token */
	IPC_OTP_STATUS = 43,  /* to otpd: struct ipc_header */
	IPC_OTP_STATE = 44,   /* reply: struct ipc_otp_state */
	IPC_OTP_PROVE = 45,   /* to otpd: struct ipc_otp_code: verify a code outside PAM; reply
			       * IPC_OTP_ANSWER */
	IPC_OTP_RESYNC = 52,  /* to otpd: struct ipc_otp_resync; reply IPC_OTP_ANSWER */
	IPC_OTP_ASSIGN = 53,  /* to otpd: struct ipc_otp_named, confirmed; reply IPC_OTP_ANSWER */
	IPC_OTP_IMPORT = 54,  /* to otpd: struct ipc_otp_import; reply IPC_OTP_ANSWER */

	IPC_AGENT_STATUS = 64,  /* to sekishod: struct ipc_header */
	IPC_AGENT_STATE = 65,   /* reply: struct ipc_agent_state */
	IPC_AGENT_DEVICES = 66, /* to sekishod: struct ipc_header; replies IPC_AGENT_DEVICE, then
				 * IPC_END */
	IPC_AGENT_DEVICE = 67,  /* reply: struct ipc_agent_device */
	IPC_AGENT_RECORD = 68,  /* to sekishod, root: struct ipc_agent_record; reply IPC_LOG_ACK */
	IPC_AGENT_ORDER = 70,   /* to sekishod, root: struct ipc_agent_order; reply IPC_LOG_ACK */
	IPC_AGENT_POLICY = 71,  /* to sekishod, root only: struct ipc_header: look at the
				 * administrator's file now; reply IPC_LOG_ACK */
	IPC_AGENT_FACTS = 72,   /* to sekishod: struct ipc_header; replies IPC_AGENT_FACT, then
				 * IPC_END */
	IPC_AGENT_FACT = 73,    /* reply: struct ipc_agent_fact */

	IPC_AGENT_MEDIA = 74,  /* to sekishod: struct ipc_header: what is mounted for the asker, for
				* root everything; replies IPC_AGENT_MEDIUM, then IPC_END */
	IPC_AGENT_MEDIUM = 75, /* reply: struct ipc_agent_medium */
	IPC_AGENT_EJECT = 76,  /* to sekishod, whose it is: struct ipc_agent_name; reply
				* IPC_AGENT_NOTICE: NOTICE_BUSY, _GIVEN_BACK or _CUT */
	IPC_AGENT_WATCH = 77,  /* to sekishod: struct ipc_header; replies IPC_AGENT_NOTICE without
				* end: what concerns the asker, for root everything */
	IPC_AGENT_NOTICE = 78, /* reply: struct ipc_agent_notice */
	IPC_AGENT_REVOKE = 79, /* to sekishod, root only: struct ipc_agent_name, a port; reply
				* IPC_LOG_ACK */

	IPC_AGENT_LOCKED = 80, /* to sekishod: struct ipc_header; IPC_AGENT_VOLUMEs, IPC_END */
	IPC_AGENT_VOLUME = 81, /* reply: struct ipc_agent_volume */
	IPC_AGENT_UNLOCK = 82, /* to sekishod, who sits there or root: struct ipc_agent_unlock;
				* replies IPC_AGENT_SECRET, then IPC_MEDIA_MOUNTED */
	IPC_AGENT_SECRET = 83, /* reply: struct ipc_header, and a pipe for the passphrase */

	IPC_MEDIA_PROBE = 96,    /* to sekisho-media, root: struct ipc_media_probe, with the disk */
	IPC_MEDIA_FOUND = 97,    /* reply: struct ipc_media_found */
	IPC_MEDIA_MOUNT = 98,    /* to sekisho-media mount, root only: struct ipc_media_mount */
	IPC_MEDIA_UNMOUNT = 99,  /* likewise: struct ipc_media_unmount */
	IPC_MEDIA_MOUNTED = 100, /* reply to these three: struct ipc_media_mounted */
	IPC_MEDIA_UNLOCK = 101,  /* likewise: struct ipc_media_mount, and a pipe with its secret */
	IPC_MEDIA_SERVE = 102,   /* to sekisho-media serve, root only: struct ipc_media_serve */
	IPC_MEDIA_SERVED = 103,  /* replies: struct ipc_media_served, twice */
	IPC_MEDIA_SETTLE = 104,  /* to who watches, as it was mounted: struct ipc_media_settle */
	IPC_MEDIA_WRITTEN = 105, /* reply: struct ipc_media_written; unasked with tag 0 */
	IPC_MEDIA_LIST = 106,    /* to sekisho-media mount, root only: struct ipc_media_list */
	IPC_MEDIA_LISTED = 107,  /* reply: struct ipc_media_listed */

	IPC_OTP_CHALLENGE = 112, /* to otpd: struct ipc_otp_verify, its code empty: "?" was typed */
	IPC_OTP_CHALLENGED = 113,    /* reply: struct ipc_otp_challenged */
	IPC_OTP_ESCROW = 114,        /* to otpd, root only: struct ipc_otp_escrow */
	IPC_OTP_ESCROWED = 115,      /* reply: struct ipc_otp_escrowed */
	IPC_OTP_DESK = 116,          /* to otpd: struct ipc_header */
	IPC_OTP_DESK_KEY = 117,      /* reply: struct ipc_otp_desk_key */
	IPC_OTP_ISSUE = 118,         /* to otpd of a help desk's machine: struct ipc_otp_issue */
	IPC_OTP_ISSUED = 119,        /* reply: struct ipc_otp_issued */
	IPC_OTP_END_TEMPORARY = 120, /* to otpd: struct ipc_otp_user; reply IPC_OTP_ANSWER */
	IPC_OTP_SEAL = 121,          /* to otpd, root only: struct ipc_otp_seal */
	IPC_OTP_RECOVERY = 122,      /* to otpd: struct ipc_otp_recovery */
	IPC_OTP_PAPER = 123,         /* reply to these two: struct ipc_otp_paper */
	IPC_OTP_KEY_CHANGE = 124,    /* to otpd, root only: struct ipc_otp_key_change: what will be
				      * done with its host key; reply IPC_OTP_ANSWER */
	IPC_OTP_REDACT = 125,        /* to otpd: struct ipc_otp_redact (ipc/redact.h) */
	IPC_OTP_REDACTED = 126,      /* reply: struct ipc_otp_redacted */

	IPC_END = 127, /* reply: struct ipc_header: no more of a list */

	IPC_AGENT_ACT = 128,     /* to sekishod: struct ipc_agent_act (ipc/act.h); who may is that
				  * act's to say */
	IPC_AGENT_ACTED = 129,   /* reply: struct ipc_agent_acted */
	IPC_AGENT_PERMITS = 130, /* to sekishod: struct ipc_header: those of the asker, for root and
				  * sekisho-admin all; replies IPC_AGENT_ROW, then IPC_END */
	IPC_AGENT_MEDIA_LIST = 131, /* to sekishod, root and sekisho-admin: struct ipc_header: the
				     * register with what happened here; replies IPC_AGENT_ROW */
	IPC_AGENT_EXCEPTIONS = 132, /* to sekishod: struct ipc_header; replies IPC_AGENT_ROW */
	IPC_AGENT_ROW = 133,        /* reply: struct ipc_agent_row */
	IPC_AGENT_REGISTER = 134,   /* to sekishod, root only: struct ipc_header: look at the
				     * proposed register now; reply IPC_LOG_ACK */

	IPC_OTP_WITNESS = 140,   /* to otpd, root only: struct ipc_otp_witness (ipc/act.h) */
	IPC_OTP_WITNESSED = 141, /* reply: struct ipc_otp_witnessed */
	IPC_OTP_CALL = 142,      /* to otpd, root only: struct ipc_otp_call (ipc/phone.h); reply
				  * IPC_OTP_CHALLENGED */
	IPC_OTP_APPROVE = 143,   /* to otpd, root only: struct ipc_otp_approve */
	IPC_OTP_APPROVED = 144,  /* reply: struct ipc_otp_approved */
	IPC_OTP_GRANT = 145,     /* to otpd of a help desk's machine: struct ipc_otp_grant; reply
				  * IPC_OTP_ISSUED */
};

/* Begins every message.  A reply carries the tag of its request. */
struct ipc_header {
	uint8_t version; /* IPC_VERSION */
	uint8_t kind;    /* enum ipc_kind */
	uint16_t reserved;
	uint32_t tag;
};

struct ipc_error {
	struct ipc_header header;
	int32_t code; /* negative errno */
	char text[IPC_TEXT_MAX];
};

/* One event; ipc_event_*() in ipc/event.h fill and read it. */
struct ipc_log_append {
	struct ipc_header header;
	char type[IPC_TYPE_MAX]; /* "device.block"; logd knows which sender may say what */
	uint32_t fields_len;
	char fields[IPC_FIELDS_MAX];
};

struct ipc_log_ack {
	struct ipc_header header;
	int32_t code; /* 0: durable on disk; else negative errno */
	uint32_t reserved;
	uint64_t seq; /* valid when code is 0 */
};

struct ipc_log_state {
	struct ipc_header header;
	uint64_t size; /* entries in the log */
	int32_t code;  /* 0: writing; else why not */
	uint32_t reserved;
	char origin[IPC_TEXT_MAX]; /* of the checkpoints */
	char detail[IPC_TEXT_MAX]; /* what is wrong, or empty */
};

/* What the newest entry of one type says. */
struct ipc_log_recall {
	struct ipc_header header;
	char type[IPC_TYPE_MAX]; /* "terminal.state" */
};

struct ipc_log_recalled {
	struct ipc_header header;
	int32_t code; /* 0, or -ENOENT: the log has none */
	uint32_t fields_len;
	uint64_t seq;
	int64_t wall_us;             /* the latest that it or any entry after it has */
	char fields[IPC_FIELDS_MAX]; /* as in struct ipc_log_append */
};

enum ipc_log_mark_value {
	IPC_LOG_MARK_NONE = 0,
	IPC_LOG_MARK_SUSPEND = 1, /* the terminal is about to sleep: the epoch ends first */
	IPC_LOG_MARK_RESUME = 2,
};

struct ipc_log_mark {
	struct ipc_header header;
	uint8_t mark; /* enum ipc_log_mark_value */
	uint8_t reserved[7];
};

#define IPC_NONCE_SIZE 32
#define IPC_HASH_SIZE 32
#define IPC_SIGNATURE_SIZE 64

/* Does the daemon that runs hold the key that signs?  audit/attest.h has what is signed. */
struct ipc_log_attest {
	struct ipc_header header;
	uint8_t nonce[IPC_NONCE_SIZE];
};

struct ipc_log_attested {
	struct ipc_header header;
	uint64_t size; /* entries, all durable */
	uint64_t epoch;
	uint8_t root[IPC_HASH_SIZE];
	uint8_t signature[IPC_SIGNATURE_SIZE]; /* by the key of that epoch, over all of it */
	uint8_t identity[IPC_SIGNATURE_SIZE];  /* by the identity, over the checkpoint */
};

struct ipc_log_prune {
	struct ipc_header header;
	uint64_t first;     /* seq of the first entry that stays */
	uint64_t n_changes; /* of the identity key before it that the file "epochs" keeps */
	uint8_t root[IPC_HASH_SIZE];
	char reason[IPC_WORD_MAX];
};

struct ipc_otp_scope {
	struct ipc_header header;
	char service[IPC_WORD_MAX]; /* PAM service name */
	char user[IPC_USER_MAX];    /* for exemptions; "" is nobody's */
};

/* On disk and on the wire; 0 refuses by requiring. */
enum ipc_otp_need_value {
	IPC_OTP_NEED_REQUIRED = 0,
	IPC_OTP_NEED_OPTIONAL = 1, /* of those who have a token */
	IPC_OTP_NEED_NONE = 2,
};

struct ipc_otp_need {
	struct ipc_header header;
	uint8_t need;       /* enum ipc_otp_need_value */
	uint8_t one_answer; /* 6 or 8: password and code are asked for as one answer, whose last
			     * so many digits are the code; 0: as two */
	uint8_t reserved[6];
};

struct ipc_otp_verify {
	struct ipc_header header;
	char user[IPC_USER_MAX];
	char service[IPC_WORD_MAX];
	char tty[IPC_WORD_MAX];
	char rhost[IPC_TEXT_MAX];
	char ruser[IPC_USER_MAX];
	char code[IPC_WORD_MAX]; /* as typed; otpd normalises it */
};

enum ipc_otp_result {
	IPC_OTP_UNAVAILABLE = 0, /* no decision could be made durable: refuse */
	IPC_OTP_ACCEPTED = 1,
	IPC_OTP_WRONG = 2,
	IPC_OTP_USED = 3,
	IPC_OTP_LOCKED = 4,
	IPC_OTP_NOT_ENROLLED = 5,
	IPC_OTP_CLOCK = 6,        /* the terminal's clock cannot be right */
	IPC_OTP_NOT_REQUIRED = 7, /* by policy: the password alone suffices here */
	IPC_OTP_MISTYPED = 16,    /* a temporary code misheard: nothing was tried; failures is the
				   * group, 0: too many or too few digits */
	IPC_OTP_OVER = 17,        /* a temporary code whose time is up */
};

struct ipc_otp_answer {
	struct ipc_header header;
	uint8_t result;    /* enum ipc_otp_result */
	uint8_t told;      /* 1: of a code that was told or printed; no token shows a next one */
	uint8_t uses;      /* a temporary code was accepted: how often it may be used in all, ... */
	uint8_t left;      /* ... how often from now on, ... */
	uint32_t wait_sec; /* IPC_OTP_LOCKED: until the next try counts; UINT32_MAX: admin */
	int64_t last_success_s; /* IPC_OTP_ACCEPTED: the one before, seconds since 1970, 0: none */
	uint32_t failures;      /* IPC_OTP_ACCEPTED: since that one */
	uint32_t left_sec;      /* ... and for how long; counted from now */
};

struct ipc_otp_user {
	struct ipc_header header;
	char user[IPC_USER_MAX];
};

struct ipc_otp_code {
	struct ipc_header header;
	char user[IPC_USER_MAX];
	char code[IPC_WORD_MAX];
};

struct ipc_otp_state {
	struct ipc_header header;
	uint32_t n_users;  /* with an active token */
	uint8_t key_ok;    /* the host key is loaded */
	uint8_t policy_ok; /* the policy could be read */
	uint8_t reserved[2];
	char zone[IPC_WORD_MAX];
	char detail[IPC_TEXT_MAX]; /* what is wrong, or empty */
	int32_t slow_sec;          /* the clock is, below 0: fast; 0: not known to be off */
	uint32_t n_clock_users;    /* whose tokens say so */
};

#include "ipc/agent_state.h" /* needs what is above */

struct ipc_agent_device {
	struct ipc_header header;
	char path[IPC_TEXT_MAX];    /* sysfs, below /sys */
	char port[IPC_WORD_MAX];    /* "1-4.2" */
	char id[IPC_WORD_MAX];      /* "0951:1666", or the bus */
	char serial[IPC_TEXT_MAX];  /* escaped */
	char product[IPC_TEXT_MAX]; /* escaped */
	char classes[IPC_TEXT_MAX]; /* "storage keyboard" */
	char verdict[IPC_WORD_MAX]; /* "block" "read-only" "allow" "static" "unlogged" */
	char rule[IPC_WORD_MAX];    /* id, or "default" */
	char node[IPC_WORD_MAX];    /* "/dev/sda", or empty */
	char user[IPC_WORD_MAX];    /* who sat at the terminal when it was judged */
	int64_t since_s;            /* seconds since 1970 */
};

/* Set-up and removal record what they did, before they do it. */
struct ipc_agent_record {
	struct ipc_header header;
	char action[IPC_WORD_MAX]; /* "setup.begin", "setup.pam", ... */
	char detail[IPC_TEXT_MAX];
};

struct ipc_agent_order {
	struct ipc_header header;
	uint32_t len;
	char bytes[IPC_ORDER_MAX]; /* a signed note */
};

/* One device with the circumstances under which it was judged: policy/device.h has the keys. */
struct ipc_agent_fact {
	struct ipc_header header;
	uint32_t fields_len;
	char fields[IPC_FIELDS_MAX]; /* as in struct ipc_log_append */
};
