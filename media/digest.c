/* SPDX-License-Identifier: Apache-2.0 */

#include "media/digest.h"

#include <errno.h>
#include <sodium.h>
#include <unistd.h>

_Static_assert(crypto_hash_sha256_BYTES == IPC_HASH_SIZE, "it goes into answers as it is");

int digest_file(int fd, uint8_t *piece, bool (*go_on)(void *ctx), void *ctx, uint64_t *ret_size,
		uint8_t *ret)
{
	crypto_hash_sha256_state state;
	ssize_t n;

	*ret_size = 0;
	(void)crypto_hash_sha256_init(&state);
	while ((n = read(fd, piece, DIGEST_PIECE)) > 0) {
		(void)crypto_hash_sha256_update(&state, piece, (unsigned long long)n);
		*ret_size += (uint64_t)n;
		if (!go_on(ctx))
			return -ECANCELED;
	}
	if (n < 0)
		return -errno;
	(void)crypto_hash_sha256_final(&state, ret);
	return 0;
}
