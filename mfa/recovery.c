/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/recovery.h"

#include "core/err.h"
#include "mfa/slots.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SUBKEY_RECOVERY 19 /* mfa/challenges.c has that before it */
#define PREFIX "recovery-"
#define NAME_LEN 16 /* bytes of the hash in a file's name */
#define NAME_SIZE (sizeof(PREFIX) + 2 * NAME_LEN)
#define HASH_LEN 32

struct recovery {
	char user[MFA_USER_MAX];
	uint8_t is_left[RECOVERY_CODES];
	uint8_t hash[RECOVERY_CODES][HASH_LEN];
};

void recovery_key(const uint8_t host_key[static MFA_KEY_LEN], uint8_t ret[static MFA_KEY_LEN])
{
	static const char context[crypto_kdf_CONTEXTBYTES] = "sekisho1";

	(void)crypto_kdf_derive_from_key(ret, MFA_KEY_LEN, SUBKEY_RECOVERY, context, host_key);
}

static struct slots slots_of(int dir_fd, const uint8_t key[static MFA_KEY_LEN], const char *user,
			     char name[static NAME_SIZE])
{
	uint8_t hash[NAME_LEN];

	(void)crypto_generichash(hash, sizeof(hash), (const unsigned char *)user, strlen(user), key,
				 MFA_KEY_LEN);
	strcpy(name, PREFIX);
	sodium_bin2hex(name + strlen(PREFIX), 2 * NAME_LEN + 1, hash, sizeof(hash));
	return (struct slots){
		.dir_fd = dir_fd, .name = name, .key = key, .size = sizeof(struct recovery)
	};
}

static void hash_code(const uint8_t key[static MFA_KEY_LEN], const char *user, const char *code,
		      uint8_t ret[static HASH_LEN])
{
	struct {
		char user[MFA_USER_MAX];
		char code[SYMBOLS_SIZE];
	} text = { 0 };

	(void)snprintf(text.user, sizeof(text.user), "%s", user);
	(void)snprintf(text.code, sizeof(text.code), "%s", code);
	(void)crypto_generichash(ret, HASH_LEN, (const unsigned char *)&text, sizeof(text), key,
				 MFA_KEY_LEN);
	sodium_memzero(&text, sizeof(text));
}

int recovery_make(int dir_fd, const uint8_t key[static MFA_KEY_LEN], const char *user,
		  char codes[static RECOVERY_CODES][SYMBOLS_SIZE], struct err *err)
{
	char name[NAME_SIZE];
	const struct slots slots = slots_of(dir_fd, key, user, name);
	struct recovery recovery = { 0 };
	struct slots_state state = { .state = &recovery };

	(void)snprintf(recovery.user, sizeof(recovery.user), "%s", user);
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		symbols_draw(RECOVERY_SYMBOLS, true, codes[i]);
		hash_code(key, user, codes[i], recovery.hash[i]);
		recovery.is_left[i] = 1;
	}
	return slots_create(&slots, &state, err);
}

static unsigned int count(const struct recovery *recovery)
{
	unsigned int left = 0;

	for (size_t i = 0; i < RECOVERY_CODES; i++)
		left += recovery->is_left[i];
	return left;
}

int recovery_use(int dir_fd, const uint8_t key[static MFA_KEY_LEN], const char *user,
		 const char *code, unsigned int *ret_left, struct err *err)
{
	char name[NAME_SIZE];
	const struct slots slots = slots_of(dir_fd, key, user, name);
	struct recovery recovery = { 0 };
	struct slots_state state = { .state = &recovery };
	uint8_t hash[HASH_LEN];
	int found = -1;
	int rc;

	hash_code(key, user, code, hash);
	rc = slots_read(&slots, &state, err);
	if (rc < 0)
		return rc;
	for (int i = 0; i < RECOVERY_CODES; i++) {
		bool same = sodium_memcmp(hash, recovery.hash[i], sizeof(hash)) == 0;

		if (same && recovery.is_left[i])
			found = i;
	}
	if (found < 0 || strcmp(recovery.user, user) != 0)
		return -ENOENT;
	recovery.is_left[found] = 0;
	*ret_left = count(&recovery);
	return slots_write(&slots, &state, err);
}

int recovery_count(int dir_fd, const uint8_t key[static MFA_KEY_LEN], const char *user,
		   unsigned int *ret_left, struct err *err)
{
	char name[NAME_SIZE];
	const struct slots slots = slots_of(dir_fd, key, user, name);
	struct recovery recovery = { 0 };
	struct slots_state state = { .state = &recovery };
	int rc = slots_read(&slots, &state, err);

	if (rc == 0)
		*ret_left = count(&recovery);
	return rc;
}

int recovery_end(int dir_fd, const uint8_t key[static MFA_KEY_LEN], const char *user,
		 struct err *err)
{
	char name[NAME_SIZE];
	const struct slots slots = slots_of(dir_fd, key, user, name);

	if (unlinkat(slots.dir_fd, slots.name, 0) < 0)
		return errno == ENOENT ? 0 : err_set(err, -errno, "remove %s: %m", slots.name);
	return fsync(dir_fd) < 0 ? err_set(err, -errno, "remove %s: %m", slots.name) : 1;
}
