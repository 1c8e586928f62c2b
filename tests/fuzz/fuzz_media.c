/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/err.h"
#include "core/text.h"
#include "media/look.h"

#define DISK_SIZE (4 * 1024 * 1024) /* the input is its beginning, the rest is zero */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_safe(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	return len < size && text_is_utf8(text, len) && !memchr(text, '\x1b', len);
}

/* Whatever it is, it is something; texts end, are harmless, and belong to one file system. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipc_media_found found = { 0 };
	struct err err = { 0 };
	int fd;

	if (size > DISK_SIZE)
		return -1;
	fd = memfd_create("medium", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, DISK_SIZE) < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (media_look(fd, &found, &err) < 0)
		abort(); /* a memfd can always be read */
	(void)close(fd);
	if (found.medium == IPC_MEDIUM_UNKNOWN || found.n_partitions > 256 ||
	    found.size != DISK_SIZE || found.start + found.length > DISK_SIZE ||
	    !is_safe(found.filesystem, sizeof(found.filesystem)) ||
	    !is_safe(found.type, sizeof(found.type)) || !is_safe(found.label, sizeof(found.label)))
		abort();
	if (found.type[0] == '\0' && (found.filesystem[0] != '\0' || found.label[0] != '\0'))
		abort();
	if ((found.medium & IPC_MEDIUM_PLAIN) == 0 && strcmp(found.type, "vfat") == 0)
		abort();
	return 0;
}
