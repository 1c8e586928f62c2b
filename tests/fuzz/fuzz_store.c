/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A user's file, tampered with.  The input is either the whole file, when it
 * is that long, or a list of changes to a good one: two bytes of offset, one
 * to be put there.  What still loads must be a state that was once saved.
 */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/err.h"
#include "mfa/enrol.h"
#include "mfa/store.h"

#define FILE_LEN 12288

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/dev/shm/sekisho-fuzz-XXXXXX";
static char path[256];
static char good[FILE_LEN];
static struct mfa_user saved;
static struct store *store;

static void clean(void)
{
	store_free(store);
	(void)unlink(path);
	strcpy(strrchr(path, '/'), "/key-check");
	(void)unlink(path);
	(void)rmdir(dir);
}

static void set_up(void)
{
	static const uint8_t key[MFA_KEY_LEN] = "the host key of this terminal";
	cleanup_closedir DIR *listing = NULL;
	cleanup_close int fd = -1;
	const struct dirent *entry;
	struct err err = { 0 };

	if (!mkdtemp(dir) || store_open(dir, key, &store, &err) < 0 || atexit(clean) != 0)
		abort();
	strcpy(saved.name, "sato");
	enrol_make(&saved.tokens[0]);
	saved.state.uses[0].last_step = 1000;
	if (store_save_user(store, &saved, &err) < 0 || store_save_state(store, &saved, &err) < 0)
		abort();
	listing = opendir(dir);
	while ((entry = readdir(listing))) {
		if (strlen(entry->d_name) == 32)
			(void)snprintf(path, sizeof(path), "%s/%.64s", dir, entry->d_name);
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, good, sizeof(good)) != FILE_LEN)
		abort();
}

static void put(const void *bytes, size_t size)
{
	cleanup_close int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct mfa_user untouched;
	struct mfa_user user = { 0 };
	struct err err = { 0 };
	char file[FILE_LEN];

	if (!store)
		set_up();
	memcpy(file, good, sizeof(file));
	for (size_t i = 0; i + 2 < size; i += 3)
		file[(data[i] << 8 | data[i + 1]) % FILE_LEN] = (char)data[i + 2];
	if (size >= FILE_LEN)
		put(data, size);
	else
		put(file, sizeof(file));
	if (store_load(store, "sato", &user, &err) < 0) {
		if (memcmp(&user, &untouched, sizeof(user)) != 0)
			abort();
	} else if (user.state.uses[0].last_step != 1000 || user.state.generation > 2 ||
		   memcmp(user.tokens, saved.tokens, sizeof(user.tokens)) != 0) {
		abort();
	}
	return 0;
}
