/* SPDX-License-Identifier: Apache-2.0 */

#include <endian.h>
#include <libcryptsetup.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/err.h"
#include "media/luks.h"

#define DISK_SIZE (20 * 1024 * 1024)
#define HEADER_SIZE 16384 /* one of two */
#define WORDS_AT 4096     /* what is said in JSON; that is the input */
#define SUM_AT 448

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A header whose checksum is right, as a hostile one's is. */
static void write_header(int fd, int64_t at, const uint8_t *words, size_t size)
{
	static uint8_t header[HEADER_SIZE];
	const uint64_t header_size = htobe64(HEADER_SIZE);
	const uint64_t one = htobe64(1);
	const uint64_t offset = htobe64((uint64_t)at);
	struct sha256_ctx sum;

	memset(header, 0, sizeof(header));
	memcpy(header, at == 0 ? "LUKS\xba\xbe\0\2" : "SKUL\xba\xbe\0\2", 8);
	memcpy(header + 8, &header_size, sizeof(header_size));
	memcpy(header + 16, &one, sizeof(one));
	memcpy(header + 72, "sha256", 6);
	memcpy(header + 168, "5ec15400-0000-4000-8000-000000000001", 36);
	memcpy(header + 256, &offset, sizeof(offset));
	memcpy(header + WORDS_AT, words, size);
	sha256_init(&sum);
	sha256_update(&sum, sizeof(header), header);
	sha256_digest(&sum, SHA256_DIGEST_SIZE, header + SUM_AT);
	if (pwrite(fd, header, sizeof(header), at) != (ssize_t)sizeof(header))
		abort();
}

/* What is let through asks for no more than it may, and encrypts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crypt_device *volume = NULL;
	struct crypt_pbkdf_type pbkdf;
	struct err err = { 0 };
	char path[32];
	int fd;

	if (size > HEADER_SIZE - WORDS_AT)
		return -1;
	fd = memfd_create("volume", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, DISK_SIZE) < 0)
		abort();
	write_header(fd, 0, data, size);
	write_header(fd, HEADER_SIZE, data, size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (luks_load(path, &volume, &err) == 0) {
		if (strstr(crypt_get_cipher(volume), "null"))
			abort();
		for (int slot = 0; slot < crypt_keyslot_max(CRYPT_LUKS2); slot++) {
			if (crypt_keyslot_status(volume, slot) >= CRYPT_SLOT_ACTIVE &&
			    (crypt_keyslot_get_pbkdf(volume, slot, &pbkdf) < 0 ||
			     pbkdf.max_memory_kb > LUKS_MEMORY_MAX_KIB))
				abort();
		}
		crypt_free(volume);
	} else if (err.code == 0 || volume) {
		abort();
	}
	(void)close(fd);
	return 0;
}
