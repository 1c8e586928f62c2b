/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/zip.h"
#include "core/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is accepted can be taken out, and lies within the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	cleanup_zip struct zip zip = { 0 };
	struct err err = { 0 };

	if (fd < 0)
		fd = memfd_create("zip", MFD_CLOEXEC);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	if (zip_open(fd, &zip, &err) < 0)
		return 0;
	for (size_t i = 0; i < zip.n_members; i++) {
		int member = -1;

		if (zip.members[i].size > size)
			abort();
		if (zip_extract(&zip, &zip.members[i], &member, &err) == 0)
			(void)close(member);
	}
	return 0;
}
