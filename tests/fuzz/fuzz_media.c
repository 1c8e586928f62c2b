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

/* What is listed lies on the disk, has a name, and is counted. */
static void check(const struct ipc_media_found *found, const struct ipc_volume *volume)
{
	if (volume->length == 0 || volume->start + volume->length > DISK_SIZE ||
	    volume->type[0] == '\0' || !is_safe(volume->type, sizeof(volume->type)) ||
	    !is_safe(volume->filesystem, sizeof(volume->filesystem)) ||
	    !is_safe(volume->label, sizeof(volume->label)))
		abort();
	if ((found->medium & IPC_MEDIUM_PLAIN) == 0 && strcmp(volume->type, "vfat") == 0)
		abort();
}

/* Whatever it is, it is something; what is listed is harmless. */
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
	    found.size != DISK_SIZE || found.n_volumes > IPC_VOLUMES_MAX ||
	    found.n_volumes > found.n_found)
		abort();
	for (size_t i = 0; i < found.n_volumes; i++)
		check(&found, &found.volumes[i]);
	return 0;
}
