/* SPDX-License-Identifier: Apache-2.0 */

#include "media/users.h"

#include "core/cleanup.h"
#include "core/file.h"
#include "core/text.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define COMM_MAX 32

static bool is_on(int dirfd, const char *name, dev_t device)
{
	dev_t found;

	return file_device(dirfd, name, 0, &found) == 0 && found == device;
}

static bool has_file_open(int process, dev_t device)
{
	cleanup_closedir DIR *dir = file_list(process, "fd");
	const struct dirent *entry;

	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    is_on(dirfd(dir), entry->d_name, device))
			return true;
	}
	return false;
}

/* Who watches it holds it, but is in nobody's way. */
static bool is_ours(int process)
{
	struct statx own;
	struct statx other;

	/* A program on a medium that does not answer is told by what is known of it. */
	return statx(AT_FDCWD, "/proc/self/exe", AT_STATX_DONT_SYNC, STATX_INO, &own) == 0 &&
	       statx(process, "exe", AT_STATX_DONT_SYNC, STATX_INO, &other) == 0 &&
	       own.stx_dev_major == other.stx_dev_major &&
	       own.stx_dev_minor == other.stx_dev_minor && own.stx_ino == other.stx_ino;
}

static bool uses(int process, dev_t device)
{
	return !is_ours(process) &&
	       (is_on(process, "cwd", device) || is_on(process, "root", device) ||
		is_on(process, "exe", device) || has_file_open(process, device));
}

/* Anybody may call his process anything. */
static void add_name(char *names, size_t size, int process, const char *pid)
{
	char comm[COMM_MAX] = "?";
	char safe[COMM_MAX * 4];
	char one[COMM_MAX * 4 + 32];
	size_t len = strlen(names);

	(void)file_read_attribute(process, "comm", comm, sizeof(comm));
	(void)snprintf(one, sizeof(one), "%s%s (%s)", len ? ", " : "",
		       text_escape(safe, sizeof(safe), comm, strlen(comm)), pid);
	if (len + strlen(one) < size)
		strcpy(names + len, one);
}

void users_of(dev_t device, char *names, size_t size)
{
	cleanup_closedir DIR *dir = opendir("/proc");
	const struct dirent *entry;

	*names = '\0';
	while (dir && (entry = readdir(dir))) {
		cleanup_close int process = -1;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		process = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (process >= 0 && uses(process, device))
			add_name(names, size, process, entry->d_name);
	}
}
