/* SPDX-License-Identifier: Apache-2.0 */

/* What is said of media: to sekisho-media(8), and to sekishod by who unlocks one. */

#pragma once

#include "ipc/protocol.h"

#define IPC_MEDIA_ROOT "/run/media/sekisho"   /* everything is mounted directly below it */
#define IPC_LIST_DIR "/var/lib/sekisho/files" /* sealed lists of what was written */
#define IPC_VOLUMES_MAX 8                     /* of one medium that are listed */
#define IPC_SECRET_MAX 512 /* bytes of a passphrase, as cryptsetup(8) takes one */

/* One file system or encrypted volume that has its place on a medium for itself. */
struct ipc_volume {
	uint64_t start;                /* bytes from the beginning of the disk */
	uint64_t length;               /* of the partition or disk it is in, bytes */
	char type[IPC_TYPE_MAX];       /* "vfat", as libblkid and the kernel name it */
	char filesystem[IPC_WORD_MAX]; /* uuid, lower case */
	char label[IPC_TEXT_MAX];      /* escaped */
};

/* Both ends come from one package, but a text that does not end is read on and on. */
static inline void ipc_volume_end_texts(struct ipc_volume *volume)
{
	volume->type[sizeof(volume->type) - 1] = '\0';
	volume->filesystem[sizeof(volume->filesystem) - 1] = '\0';
	volume->label[sizeof(volume->label) - 1] = '\0';
}

/* An encrypted volume that waits for its passphrase. */
struct ipc_agent_volume {
	struct ipc_header header;
	uint64_t diskseq;
	struct ipc_volume volume;
	char node[IPC_WORD_MAX]; /* of the disk, "/dev/sda" */
};

struct ipc_agent_unlock {
	struct ipc_header header;
	uint64_t diskseq; /* of struct ipc_agent_volume */
	uint64_t start;
};

/* Passed along: the whole disk, open for reading only, or a file that holds an image of one. */
struct ipc_media_probe {
	struct ipc_header header;
	uint64_t diskseq; /* the disk must still have it; 0 for an image */
};

/* Each is one bit of a set; the values of enum medium in policy/device.h. */
enum ipc_medium {
	IPC_MEDIUM_UNKNOWN = 0,
	IPC_MEDIUM_PLAIN = 1 << 0,
	IPC_MEDIUM_LUKS2 = 1 << 1,
	IPC_MEDIUM_BITLOCKER = 1 << 2,
};

struct ipc_media_found {
	struct ipc_header header;
	int32_t code;          /* 0, or a negative errno, and then nothing below is set */
	uint32_t medium;       /* set of enum ipc_medium over everything on it */
	uint64_t size;         /* of the medium, bytes */
	uint32_t n_partitions; /* without the extended one that only holds others */
	uint32_t n_found;      /* different file systems and encrypted volumes on it */
	uint32_t n_volumes;    /* of them listed: not two in one place, and no more than fit */
	uint32_t reserved;
	struct ipc_volume volumes[IPC_VOLUMES_MAX];
};

/* One volume of a disk, as it was found there, for one person. */
struct ipc_media_mount {
	struct ipc_header header;
	uint64_t diskseq; /* of the disk; it must still be the same medium */
	uint64_t devnum;  /* dev_t of the whole disk */
	uint32_t uid;     /* whose it will be */
	uint32_t gid;
	uint8_t writable;
	uint8_t lists; /* names and SHA-256 of what is written are kept, for record_key */
	uint8_t reserved[6];
	struct ipc_volume volume;          /* which node that is sekisho-media finds out */
	uint8_t record_key[IPC_HASH_SIZE]; /* Ed25519, of the auditor */
};

/*
 * A file system that the kernel has no driver for: a program is to serve it.
 * Passed along: what it will serve by, so that it is known when it is unmounted.
 */
struct ipc_media_serve {
	struct ipc_header header;
	uint32_t uid; /* whose everything on it is */
	uint32_t gid;
	uint8_t writable;
	uint8_t reserved[7];
	char node[IPC_WORD_MAX]; /* of the volume; who asks opens it, and hands it over */
};

/*
 * First, with 0, along with the descriptor by which the program asks for what
 * it may not do itself (seccomp_unotify(2)); then, when it has ended, why.
 */
struct ipc_media_served {
	struct ipc_header header;
	int32_t code;    /* 0, or a negative errno: it was not started */
	uint32_t status; /* as of wait(2) */
};

struct ipc_media_unmount {
	struct ipc_header header;
	uint64_t devnum;   /* of struct ipc_media_mounted: what must be mounted there */
	uint8_t emergency; /* take it away also from who uses it; unwritten data may be lost */
	uint8_t reserved[7];
	char path[IPC_TEXT_MAX]; /* of struct ipc_media_mounted */
};

struct ipc_media_mounted {
	struct ipc_header header;
	int32_t code;    /* 0, or a negative errno: -EBUSY, and @detail names who uses it;
			  * -EACCES: a passphrase that opens nothing; -EOWNERDEAD: it is mounted,
			  * and somebody could write to it while nobody watched */
	uint8_t watched; /* it can be written to, and who answers watches that until this
			  * connection ends */
	uint8_t reserved[3];
	uint64_t devnum;           /* dev_t of what is mounted: a partition, a mapping, the disk */
	char path[IPC_TEXT_MAX];   /* where it is, or was */
	char detail[IPC_TEXT_MAX]; /* one sentence, in the language of the service; also of success
				    */
	char cipher[IPC_WORD_MAX]; /* of what was unlocked, "aes-xts-plain64", or empty */
	char kdf[IPC_WORD_MAX];    /* of the slot that opened it, "argon2id" */
	uint32_t key_bits;
	uint32_t reserved_end;
};

/* How far the watching of a medium goes, and what was missed. */
enum ipc_written {
	IPC_WRITTEN_OVERFLOW = 1 << 0, /* more files were closed at once than the kernel keeps */
	IPC_WRITTEN_AT_LEAST = 1 << 1, /* so many files that some may be counted twice */
	IPC_WRITTEN_LISTED = 1 << 2,   /* list and list_hash are set */
	IPC_WRITTEN_CUT = 1 << 3,      /* the list does not name all */
	IPC_WRITTEN_UNKEPT = 1 << 4,   /* the list could not be kept */
};

/* Make it read-only, and say what was written; in an emergency say it first. */
struct ipc_media_settle {
	struct ipc_header header;
	uint8_t emergency;
	uint8_t reserved[7];
};

struct ipc_media_written {
	struct ipc_header header;
	int32_t code;   /* 0: it is read-only from now on, nobody watches; -EBUSY: it stays as it
			 * is, somebody has a file open for writing; or another errno */
	uint32_t flags; /* set of enum ipc_written */
	uint64_t files; /* different ones that were closed after they were open for writing */
	uint64_t bytes; /* that went to the volume, with what the file system keeps for itself */
	uint64_t list;  /* name of the sealed list in IPC_LIST_DIR, a number */
	uint8_t list_hash[IPC_HASH_SIZE]; /* SHA-256 of that file */
};

#define IPC_EXPECTED_MAX 3 /* SHA-256 that are given in advance: PERMIT_EXPECTED_MAX */

/*
 * Every file of a volume, before anybody sees it: hashed, listed, and compared with what
 * was announced.  Each expected hash is that of a file; where that is a list as
 * sha256sum(1) writes it, what it names is expected, too.
 */
struct ipc_media_list {
	struct ipc_media_mount mount; /* read-only; its header is this one's */
	uint32_t n_expected;
	uint32_t reserved;
	uint8_t expected[IPC_EXPECTED_MAX][IPC_HASH_SIZE];
};

struct ipc_media_listed {
	struct ipc_header header;
	int32_t code;   /* 0, or a negative errno, and then only detail is set */
	uint32_t flags; /* IPC_WRITTEN_LISTED, _CUT, _UNKEPT */
	uint64_t files;
	uint64_t bytes; /* that are in them */
	uint64_t matching;
	uint64_t changed; /* named by a list, and with another content */
	uint64_t missing;
	uint64_t extra; /* nothing expects them; 0 where nothing is expected at all */
	uint64_t list;  /* as in struct ipc_media_written */
	uint8_t list_hash[IPC_HASH_SIZE];
	/* SHA-256 of "HASH  NAME" of every file, as sha256sum(1) prints them, by name */
	uint8_t manifest[IPC_HASH_SIZE];
	char detail[IPC_TEXT_MAX]; /* one sentence, in the language of the service */
};

/* One medium in the hands of a person; one row for each of its mounts, or one without. */
struct ipc_agent_medium {
	struct ipc_header header;
	char node[IPC_WORD_MAX];   /* "/dev/sda", of the whole disk */
	char access[IPC_WORD_MAX]; /* "read-only" or "allow" */
	char user[IPC_WORD_MAX];   /* whose it is, or empty */
	char path[IPC_TEXT_MAX];   /* mount point, or empty */
	char serial[IPC_TEXT_MAX]; /* escaped */
};

/* A port, a node or a mount point; "" where there is only one that it can be. */
struct ipc_agent_name {
	struct ipc_header header;
	char name[IPC_TEXT_MAX];
};

enum ipc_notice {
	NOTICE_MOUNTED = 1,     /* detail: what he should know of it, or empty */
	NOTICE_NOT_MOUNTED = 2, /* detail: why */
	NOTICE_ENDS = 3,        /* close your files: it will be taken away in @seconds */
	NOTICE_BUSY = 4,        /* asked for, but detail uses it */
	NOTICE_ENDED = 5,       /* all of it is written out */
	NOTICE_CUT = 6,         /* taken away, detail used it */
	NOTICE_GIVEN_BACK = 7,  /* it may be taken out */
	NOTICE_LOCKED = 8,      /* it is encrypted, and waits for a passphrase */
	NOTICE_RUNS_OUT = 9,    /* the permit that it is open under ends in @seconds */
	NOTICE_BARRED = 10,     /* the register has something against it: reason; detail: its
				 * number, or empty */
	NOTICE_COMPARED = 11,   /* what a company brought in; detail: beside what it announced */
};

struct ipc_agent_notice {
	struct ipc_header header;
	uint8_t notice; /* enum ipc_notice */
	uint8_t reserved[3];
	uint32_t seconds;
	char node[IPC_WORD_MAX];
	char user[IPC_WORD_MAX];
	char reason[IPC_WORD_MAX]; /* word of the log's glossary, or empty */
	char path[IPC_TEXT_MAX];   /* mount point, or empty */
	char detail[IPC_TEXT_MAX]; /* one sentence, or empty */
};
