/* SPDX-License-Identifier: Apache-2.0 */

/* What the files of the directory have in common. */

#pragma once

#include "mfa/store.h"

#define STORE_MAC_LEN 32

struct store_keys {
	uint8_t seal[MFA_KEY_LEN];
	uint8_t mac[MFA_KEY_LEN];
	uint8_t name[MFA_KEY_LEN];
};

struct store {
	int dir_fd;
	struct store_keys *keys; /* sodium_malloc() */
};

void store_authenticate(const struct store *store, const void *bytes, size_t len,
			uint8_t mac[static STORE_MAC_LEN]);
bool store_is_authentic(const struct store *store, const void *bytes, size_t len,
			const uint8_t mac[static STORE_MAC_LEN]);
