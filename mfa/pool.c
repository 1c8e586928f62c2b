/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/pool.h"

#include "core/err.h"
#include "core/file.h"
#include "mfa/store_internal.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

#define POOL_FILE "pool"
#define HEAD_LEN 16 /* magic, then the count */
#define FILE_MAX (HEAD_LEN + POOL_MAX * sizeof(struct token_record) + STORE_MAC_LEN)

static const char magic[8] = "skOTPpl2";

void pool_done(struct pool *pool)
{
	free(pool->records);
	*pool = (struct pool){ 0 };
}

static int damaged(struct err *err)
{
	return err_set(err, -EBADMSG,
		       "the file of unassigned tokens is damaged; remedy: move "
		       "/var/lib/sekisho/otp/pool away and import them again");
}

static int take_records(const char *bytes, size_t len, struct pool *ret, struct err *err)
{
	uint64_t n;

	memcpy(&n, bytes + sizeof(magic), sizeof(n));
	if (n > POOL_MAX || len != HEAD_LEN + n * sizeof(struct token_record) + STORE_MAC_LEN)
		return damaged(err);
	ret->records = calloc(n + 1, sizeof(struct token_record));
	if (!ret->records)
		return err_set(err, -ENOMEM, "out of memory");
	memcpy(ret->records, bytes + HEAD_LEN, n * sizeof(struct token_record));
	ret->n = n;
	return 0;
}

int pool_load(struct store *store, struct pool *ret, struct err *err)
{
	cleanup_free char *bytes = NULL;
	struct err missing = { 0 };
	size_t len = 0;
	int rc = file_read_own(store->dir_fd, POOL_FILE, FILE_MAX, &bytes, &len, &missing);

	*ret = (struct pool){ 0 };
	if (rc == -ENOENT)
		return 0;
	if (rc == -EFBIG)
		return damaged(err);
	if (rc < 0)
		return err_set(err, rc, "%s", missing.text);
	if (len < HEAD_LEN + STORE_MAC_LEN || memcmp(bytes, magic, sizeof(magic)) != 0 ||
	    !store_is_authentic(store, bytes, len - STORE_MAC_LEN,
				(const uint8_t *)bytes + len - STORE_MAC_LEN))
		return damaged(err);
	return take_records(bytes, len, ret, err);
}

int pool_save(struct store *store, const struct pool *pool, struct err *err)
{
	size_t records_len = pool->n * sizeof(struct token_record);
	size_t len = HEAD_LEN + records_len + STORE_MAC_LEN;
	cleanup_free char *bytes = calloc(1, len);
	uint64_t n = pool->n;

	if (!bytes)
		return err_set(err, -ENOMEM, "out of memory");
	memcpy(bytes, magic, sizeof(magic));
	memcpy(bytes + sizeof(magic), &n, sizeof(n));
	if (n > 0)
		memcpy(bytes + HEAD_LEN, pool->records, records_len);
	store_authenticate(store, bytes, len - STORE_MAC_LEN,
			   (uint8_t *)bytes + len - STORE_MAC_LEN);
	return file_replace(store->dir_fd, POOL_FILE, bytes, len, 0600, err);
}

int pool_find(const struct pool *pool, const char *id)
{
	for (size_t i = 0; i < pool->n; i++) {
		if (strncmp(pool->records[i].id, id, TOKEN_ID_MAX) == 0)
			return (int)i;
	}
	return -1;
}

int pool_add(struct store *store, struct pool *pool, const struct token *token, struct err *err)
{
	struct token spare = *token;
	struct token_record *grown;

	if (pool_find(pool, token->id) >= 0)
		return err_set(err, -EEXIST, "token %s is here already", token->id);
	if (pool->n >= POOL_MAX)
		return err_set(err, -ENOSPC,
			       "%d unassigned tokens are the most; remedy: assign or revoke some",
			       POOL_MAX);
	grown = reallocarray(pool->records, pool->n + 1, sizeof(*grown));
	if (!grown)
		return err_set(err, -ENOMEM, "out of memory");
	pool->records = grown;
	spare.state = TOKEN_SPARE;
	token_seal(&spare, "", store->keys->seal, &grown[pool->n++]);
	sodium_memzero(&spare, sizeof(spare));
	return 0;
}

bool pool_open(struct store *store, const struct pool *pool, int index, struct token *ret)
{
	return token_open(&pool->records[index], "", store->keys->seal, ret) &&
	       ret->state == TOKEN_SPARE;
}

void pool_remove(struct pool *pool, int index)
{
	size_t at = (size_t)index;

	pool->n--;
	memmove(&pool->records[at], &pool->records[at + 1],
		(pool->n - at) * sizeof(struct token_record));
}
