/* SPDX-License-Identifier: Apache-2.0 */

/* Tokens that are nobody's: kept, found, and refused when tampered with. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/err.h"
#include "mfa/enrol.h"
#include "mfa/pool.h"
#include "support/folder.h"

static char dir[64];
static struct store *store;
static struct err err;

static void begin(void)
{
	static const uint8_t key[MFA_KEY_LEN] = "the host key of this terminal";

	(void)snprintf(dir, sizeof(dir), "/tmp/sekisho-pool-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(store_open(dir, key, &store, &err), 0, "%s", err.text);
}

static void end(void)
{
	store_free(store);
	folder_remove(dir);
}

TestSuite(pool, .init = begin, .fini = end);

static struct token token_named(const char *id)
{
	struct token token;

	enrol_make(&token);
	token.state = TOKEN_SPARE;
	(void)snprintf(token.id, sizeof(token.id), "%s", id);
	(void)snprintf(token.label, sizeof(token.label), "maker");
	return token;
}

static int open_pool(void)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/pool", dir);
	return open(path, O_RDWR | O_CLOEXEC);
}

Test(pool, gives_back_what_was_saved)
{
	struct token token = token_named("HW1");
	struct token other = token_named("HW2");
	struct token again = { 0 };
	cleanup_pool struct pool pool = { 0 };
	cleanup_pool struct pool loaded = { 0 };

	cr_assert_eq(pool_load(store, &pool, &err), 0, "none yet is none");
	cr_assert_eq(pool_add(store, &pool, &token, &err), 0);
	cr_assert_eq(pool_add(store, &pool, &other, &err), 0);
	cr_expect_eq(pool_add(store, &pool, &token, &err), -EEXIST);
	cr_assert_eq(pool_save(store, &pool, &err), 0);
	cr_assert_eq(pool_load(store, &loaded, &err), 0);
	cr_assert_eq(loaded.n, 2);
	cr_expect_eq(pool_find(&loaded, "HW3"), -1);
	cr_assert(pool_open(store, &loaded, pool_find(&loaded, "HW2"), &again));
	cr_expect_eq(memcmp(&again, &other, sizeof(again)), 0);
	pool_remove(&loaded, pool_find(&loaded, "HW1"));
	cr_expect_eq(loaded.n, 1);
	cr_expect_eq(pool_find(&loaded, "HW2"), 0);
	pool_remove(&loaded, 0);
	cr_assert_eq(pool_save(store, &loaded, &err), 0);
	pool_done(&loaded);
	cr_assert_eq(pool_load(store, &loaded, &err), 0);
	cr_expect_eq(loaded.n, 0);
}

Test(pool, every_byte_counts)
{
	struct token token = token_named("HW1");
	cleanup_pool struct pool pool = { 0 };
	cleanup_close int fd = -1;
	struct stat st;

	cr_assert_eq(pool_add(store, &pool, &token, &err), 0);
	cr_assert_eq(pool_save(store, &pool, &err), 0);
	fd = open_pool();
	cr_assert_eq(fstat(fd, &st), 0);
	for (off_t i = 0; i < st.st_size; i++) {
		cleanup_pool struct pool loaded = { 0 };
		struct err ignored = { 0 };
		char byte;

		cr_assert_eq(pread(fd, &byte, 1, i), 1);
		byte ^= 1;
		cr_assert_eq(pwrite(fd, &byte, 1, i), 1);
		cr_expect_eq(pool_load(store, &loaded, &ignored), -EBADMSG, "byte %ld", (long)i);
		byte ^= 1;
		cr_assert_eq(pwrite(fd, &byte, 1, i), 1);
	}
	for (off_t len = st.st_size - 1; len >= 0; len--) {
		cleanup_pool struct pool loaded = { 0 };
		struct err ignored = { 0 };

		cr_assert_eq(ftruncate(fd, len), 0);
		cr_expect_eq(pool_load(store, &loaded, &ignored), -EBADMSG, "%ld bytes", (long)len);
	}
}

Test(pool, a_users_token_is_no_spare)
{
	struct token token = token_named("HW1");
	struct token again;
	cleanup_pool struct pool pool = { 0 };

	cr_assert_eq(pool_add(store, &pool, &token, &err), 0);
	pool.records[0].state = TOKEN_ACTIVE;
	cr_expect_not(pool_open(store, &pool, 0, &again));
}

Test(pool, has_a_bound)
{
	cleanup_pool struct pool pool = { 0 };

	for (int i = 0; i <= POOL_MAX; i++) {
		char id[TOKEN_ID_MAX];
		struct token token;

		(void)snprintf(id, sizeof(id), "HW%d", i);
		token = token_named(id);
		cr_assert_eq(pool_add(store, &pool, &token, &err), i < POOL_MAX ? 0 : -ENOSPC);
	}
	cr_assert_eq(pool_save(store, &pool, &err), 0);
	pool_done(&pool);
	cr_assert_eq(pool_load(store, &pool, &err), 0);
	cr_expect_eq(pool.n, POOL_MAX);
}
