/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/verify.h"
#include "core/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A segment from nowhere; nothing that this key has not signed may be proven. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t public[NOTE_PUBLIC_SIZE] = { 0x58 };
	static const char name[] =
		"sekisho.local/t/test/83e5fcc520cfb88407bf368bc5a6726c"; /* of corpus/log/small */
	static int fd = -1;
	struct verify_result result = { 0 };
	struct note_key key;
	struct err err = { 0 };

	if (fd < 0)
		fd = memfd_create("log", MFD_CLOEXEC);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size ||
	    note_key_init(&key, name, public, &err) < 0)
		abort();
	(void)lseek(fd, 0, SEEK_SET);
	if (verify_segment(fd, &key, &result, &err) == 0 && result.outcome == VERIFY_PROVEN)
		abort();
	(void)lseek(fd, 0, SEEK_SET);
	if (verify_segment(fd, NULL, &result, &err) == 0 && result.outcome == VERIFY_PROVEN)
		abort();
	return 0;
}
