/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/store.h"

#include "core/err.h"
#include "core/file.h"
#include "mfa/enrol.h"
#include "mfa/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define SLOT_OFFSET 4096 /* of the first; a slot never shares a page with another part */
#define SLOT_STRIDE 4096
#define FILE_SIZE (SLOT_OFFSET + 2 * SLOT_STRIDE)
#define NAME_LEN 16           /* bytes of the hash in a file's name */
#define KEY_CHECK "key-check" /* which host key the directory belongs to */
#define DECOY "decoy"

/* Bytes as they stand in the file; host byte order, the file never leaves the terminal. */
struct header {
	char magic[8];
	char user[MFA_USER_MAX];
	struct token_record tokens[MFA_TOKENS_MAX];
	uint8_t mac[STORE_MAC_LEN]; /* over everything before it */
};

struct slot {
	char magic[8];
	char user[MFA_USER_MAX];
	struct mfa_state state;
	uint8_t mac[STORE_MAC_LEN];
};

static const char header_magic[8] = "skOTPhd3";
static const char slot_magic[8] = "skOTPst3";

void store_authenticate(const struct store *store, const void *bytes, size_t len,
			uint8_t mac[static STORE_MAC_LEN])
{
	(void)crypto_generichash(mac, STORE_MAC_LEN, bytes, len, store->keys->mac,
				 sizeof(store->keys->mac));
}

bool store_is_authentic(const struct store *store, const void *bytes, size_t len,
			const uint8_t mac[static STORE_MAC_LEN])
{
	uint8_t expected[STORE_MAC_LEN];

	store_authenticate(store, bytes, len, expected);
	return sodium_memcmp(expected, mac, sizeof(expected)) == 0;
}

void store_file(const struct store *store, const char *user, char ret[static STORE_NAME_SIZE])
{
	uint8_t hash[NAME_LEN];

	if (*user == '\0') {
		strcpy(ret, DECOY);
		return;
	}
	(void)crypto_generichash(hash, sizeof(hash), (const unsigned char *)user, strlen(user),
				 store->keys->name, sizeof(store->keys->name));
	sodium_bin2hex(ret, STORE_NAME_SIZE, hash, sizeof(hash));
}

static bool is_user_file(const char *name)
{
	return strlen(name) == 2 * NAME_LEN && strspn(name, "0123456789abcdef") == 2 * NAME_LEN;
}

static bool has_users(int dir_fd)
{
	cleanup_closedir DIR *dir = file_list(dir_fd, ".");
	const struct dirent *entry = NULL;

	while (dir && (entry = readdir(dir)) && !is_user_file(entry->d_name))
		;
	return !dir || entry;
}

/*
 * With another key every user's file has another name, so that all would look
 * as if they had never been enrolled: the directory remembers its key.
 */
static int check_key(const struct store *store, struct err *err)
{
	static const char text[] = "sekisho: the host key of these tokens";
	cleanup_free char *kept = NULL;
	uint8_t expected[STORE_MAC_LEN];
	size_t len = 0;
	int rc = file_read_own(store->dir_fd, KEY_CHECK, STORE_MAC_LEN, &kept, &len, err);

	store_authenticate(store, text, sizeof(text), expected);
	if (rc == -ENOENT && has_users(store->dir_fd))
		return err_set(err, -EKEYREJECTED,
			       "which host key these tokens belong to is no longer known; remedy: "
			       "restore %s from a copy",
			       KEY_CHECK);
	if (rc == -ENOENT)
		return file_replace(store->dir_fd, KEY_CHECK, expected, STORE_MAC_LEN, 0600, err);
	if (rc < 0)
		return rc;
	if (len != STORE_MAC_LEN || sodium_memcmp(kept, expected, STORE_MAC_LEN) != 0)
		return err_set(err, -EKEYREJECTED,
			       "these tokens belong to another host key; remedy: sekisho key "
			       "restore with its backup; without one, sekisho-otpd(8)");
	return 0;
}

/*
 * One token, as most people have.  Where it cannot be made, on a full disk, what
 * is refused stays refused; only the work differs then.
 */
static void make_decoy(struct store *store)
{
	struct mfa_user user = { 0 };
	struct err err = { 0 };

	if (store_load_decoy(store, &user, &err) < 0) {
		user = (struct mfa_user){ 0 };
		enrol_make(&user.tokens[0]);
		user.tokens[0].state = TOKEN_ACTIVE;
		err = (struct err){ 0 };
		(void)store_save_user(store, &user, &err);
	}
	sodium_memzero(&user, sizeof(user));
}

int store_open(const char *path, const uint8_t key[static MFA_KEY_LEN], struct store **ret,
	       struct err *err)
{
	static const char context[crypto_kdf_CONTEXTBYTES] = "sekisho1";
	cleanup_store struct store *store = calloc(1, sizeof(*store));
	int rc;

	if (!store)
		return err_set(err, -ENOMEM, "out of memory");
	store->dir_fd = -1;
	if (sodium_init() < 0)
		return err_set(err, -ENOMEM, "out of memory");
	rc = file_open_own_dir(path, &store->dir_fd, err);
	if (rc < 0)
		return rc;
	store->keys = sodium_malloc(sizeof(*store->keys));
	if (!store->keys)
		return err_set(err, -ENOMEM, "out of memory");
	(void)crypto_kdf_derive_from_key(store->keys->seal, MFA_KEY_LEN, 1, context, key);
	(void)crypto_kdf_derive_from_key(store->keys->mac, MFA_KEY_LEN, 2, context, key);
	(void)crypto_kdf_derive_from_key(store->keys->name, MFA_KEY_LEN, 3, context, key);
	(void)sodium_mprotect_readonly(store->keys);
	rc = check_key(store, err);
	if (rc == 0)
		make_decoy(store);
	if (rc == 0)
		*ret = take_ptr(&store);
	return rc;
}

bool store_may_have_users(const char *path)
{
	cleanup_close int fd = -1;
	struct err ignored = { 0 };

	return file_open_own_dir(path, &fd, &ignored) < 0 || has_users(fd);
}

void store_free(struct store *store)
{
	if (!store)
		return;
	if (store->dir_fd >= 0)
		(void)close(store->dir_fd);
	sodium_free(store->keys);
	free(store);
}

static int damaged(struct err *err)
{
	return err_set(err, -EBADMSG,
		       "a state file is damaged; remedy: enrol the user's token again");
}

/* The newest slot that verifies; false when none does. */
static bool read_slots(const struct store *store, const char *file, struct mfa_user *user)
{
	bool found = false;

	for (size_t i = 0; i < 2; i++) {
		struct slot slot;

		memcpy(&slot, file + SLOT_OFFSET + i * SLOT_STRIDE, sizeof(slot));
		if (memcmp(slot.magic, slot_magic, sizeof(slot_magic)) != 0 ||
		    !store_is_authentic(store, &slot, offsetof(struct slot, mac), slot.mac) ||
		    strncmp(slot.user, user->name, sizeof(slot.user)) != 0)
			continue;
		if (!found || slot.state.generation > user->state.generation)
			user->state = slot.state;
		found = true;
	}
	return found;
}

static bool read_header(const struct store *store, const char *file, struct mfa_user *user)
{
	struct header header;

	memcpy(&header, file, sizeof(header));
	if (memcmp(header.magic, header_magic, sizeof(header_magic)) != 0 ||
	    !store_is_authentic(store, &header, offsetof(struct header, mac), header.mac) ||
	    header.user[sizeof(header.user) - 1] != '\0')
		return false;
	strcpy(user->name, header.user);
	for (size_t i = 0; i < MFA_TOKENS_MAX; i++) {
		if (header.tokens[i].state != TOKEN_NONE &&
		    !token_open(&header.tokens[i], user->name, store->keys->seal, &user->tokens[i]))
			return false;
	}
	return true;
}

static bool is_of_another_version(const char *file, size_t len)
{
	const size_t version = sizeof(header_magic) - 1;

	return len > version && memcmp(file, header_magic, version) == 0 &&
	       file[version] != header_magic[version];
}

static int load_file(const struct store *store, const char *name, struct mfa_user *ret,
		     struct err *err)
{
	cleanup_free char *file = NULL;
	struct mfa_user user = { 0 };
	size_t len;
	int rc = file_read_own(store->dir_fd, name, FILE_SIZE, &file, &len, err);

	if (rc == -ENOENT)
		return rc;
	if (rc < 0 && rc != -EFBIG)
		return rc;
	if (rc == 0 && is_of_another_version(file, len))
		return err_set(err, -EBADMSG,
			       "a state file is of another version of sekisho; remedy: enrol the "
			       "user's token again");
	if (rc < 0 || len != FILE_SIZE || !read_header(store, file, &user) ||
	    !read_slots(store, file, &user)) {
		sodium_memzero(&user, sizeof(user));
		return damaged(err);
	}
	*ret = user;
	sodium_memzero(&user, sizeof(user));
	return 0;
}

int store_load(struct store *store, const char *user, struct mfa_user *ret, struct err *err)
{
	char name[STORE_NAME_SIZE];
	int rc;

	store_file(store, user, name);
	rc = load_file(store, name, ret, err);
	if (rc == 0 && strcmp(ret->name, user) != 0)
		return damaged(err);
	return rc;
}

static void fill_slot(const struct store *store, const struct mfa_user *user, struct slot *slot)
{
	*slot = (struct slot){ .state = user->state };
	memcpy(slot->magic, slot_magic, sizeof(slot_magic));
	memcpy(slot->user, user->name, sizeof(slot->user));
	store_authenticate(store, slot, offsetof(struct slot, mac), slot->mac);
}

int store_save_state(struct store *store, struct mfa_user *user, struct err *err)
{
	char name[STORE_NAME_SIZE];
	cleanup_close int fd = -1;
	struct slot slot;
	off_t offset;
	ssize_t n;
	int rc;

	store_file(store, user->name, name);
	rc = file_open_own(store->dir_fd, name, O_WRONLY, &fd, err);
	if (rc < 0)
		return rc;
	user->state.generation++;
	fill_slot(store, user, &slot);
	offset = SLOT_OFFSET + (off_t)(user->state.generation & 1) * SLOT_STRIDE;
	n = pwrite(fd, &slot, sizeof(slot), offset);
	if (n != (ssize_t)sizeof(slot))
		return err_set(err, n < 0 ? -errno : -EIO, "write the state of a user: %m");
	if (fdatasync(fd) < 0)
		return err_set(err, -errno, "write the state of a user: %m");
	return 0;
}

int store_save_user(struct store *store, struct mfa_user *user, struct err *err)
{
	cleanup_free char *file = calloc(1, FILE_SIZE);
	char name[STORE_NAME_SIZE];
	struct header header = { 0 };
	struct slot slot;

	if (!file)
		return err_set(err, -ENOMEM, "out of memory");
	memcpy(header.magic, header_magic, sizeof(header_magic));
	memcpy(header.user, user->name, sizeof(header.user));
	for (size_t i = 0; i < MFA_TOKENS_MAX; i++) {
		if (user->tokens[i].state != TOKEN_NONE)
			token_seal(&user->tokens[i], user->name, store->keys->seal,
				   &header.tokens[i]);
	}
	store_authenticate(store, &header, offsetof(struct header, mac), header.mac);
	memcpy(file, &header, sizeof(header));
	user->state.generation++;
	fill_slot(store, user, &slot);
	memcpy(file + SLOT_OFFSET, &slot, sizeof(slot));
	memcpy(file + SLOT_OFFSET + SLOT_STRIDE, &slot, sizeof(slot));
	store_file(store, user->name, name);
	return file_replace(store->dir_fd, name, file, FILE_SIZE, 0600, err);
}

int store_each(struct store *store, void (*visit)(const struct store_visit *visit, void *ctx),
	       void *ctx, struct err *err)
{
	cleanup_closedir DIR *dir = file_list(store->dir_fd, ".");
	const struct dirent *entry;

	if (!dir)
		return err_set(err, -errno, "the directory of tokens: %m");
	while ((entry = readdir(dir))) {
		struct mfa_user user = { 0 };
		struct err ignored = { 0 };

		if (!is_user_file(entry->d_name))
			continue;
		int rc = load_file(store, entry->d_name, &user, &ignored);

		visit(&(struct store_visit){ entry->d_name, &user, rc }, ctx);
		sodium_memzero(&user, sizeof(user));
	}
	return 0;
}

int mfa_user_find(const struct mfa_user *user, enum token_state state)
{
	for (int i = 0; i < MFA_TOKENS_MAX; i++) {
		if (user->tokens[i].state == state)
			return i;
	}
	return -1;
}

int mfa_user_find_id(const struct mfa_user *user, const char *id)
{
	for (int i = 0; i < MFA_TOKENS_MAX; i++) {
		if (user->tokens[i].state != TOKEN_NONE && strcmp(user->tokens[i].id, id) == 0)
			return i;
	}
	return -1;
}

int store_load_decoy(struct store *store, struct mfa_user *ret, struct err *err)
{
	return store_load(store, "", ret, err);
}
