/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How a help desk comes by the key of a terminal's temporary codes.  The
 * terminal's code service seals it to the desk's public key; only the code
 * service of the desk's machine opens it, after two people have proved a code.
 * The desk's key pair is Ed25519, so that its public part has the form of all
 * other keys here; libsodium turns it into the X25519 that a sealed box takes.
 */

#pragma once

#include "mfa/temporary.h"

#define ESCROW_PUBLIC_LEN 32
#define ESCROW_SEALED_LEN 152 /* bytes: struct escrow and what the box adds */

/* On disk; never renumber. */
enum escrow_purpose {
	ESCROW_NONE = 0,
	ESCROW_TEMPORARY = 1, /* the key of its temporary codes, for a desk */
	ESCROW_HOST = 2,      /* its host key, for a person who keeps a backup */
};

/* Of bytes alone: the same on every machine. */
struct escrow {
	char magic[7];
	uint8_t purpose; /* enum escrow_purpose */
	char terminal[TEMPORARY_TERMINAL_MAX];
	uint8_t key[MFA_KEY_LEN];
};

/* The key of a terminal's temporary codes, from its host key. */
void escrow_key(const uint8_t host_key[static MFA_KEY_LEN], uint8_t ret[static MFA_KEY_LEN]);

/* The public part of a desk's key, from its host key. */
void escrow_desk(const uint8_t host_key[static MFA_KEY_LEN], uint8_t ret[static ESCROW_PUBLIC_LEN]);

/* False when @to is no public key. */
bool escrow_seal(enum escrow_purpose purpose, const char *terminal,
		 const uint8_t key[static MFA_KEY_LEN], const uint8_t to[static ESCROW_PUBLIC_LEN],
		 uint8_t ret[static ESCROW_SEALED_LEN]);

/* Is it, once opened, what was sealed for this purpose? */
bool escrow_is(const struct escrow *escrow, enum escrow_purpose purpose);

/* A desk opens what was sealed to it for temporary codes.  The caller wipes @ret. */
bool escrow_open(const uint8_t sealed[static ESCROW_SEALED_LEN],
		 const uint8_t host_key[static MFA_KEY_LEN], struct escrow *ret);
