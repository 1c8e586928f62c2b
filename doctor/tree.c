/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor/tree.h"

#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static int open_in(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned int)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static int read_all(int fd, char *out, size_t max, size_t *ret)
{
	size_t len = 0;

	while (len < max) {
		ssize_t n = read(fd, out + len, max - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret = len;
	return 0;
}

int tree_read(int root, const char *path, char **ret, size_t *ret_len, struct err *err)
{
	cleanup_close int fd =
		open_in(root, path, O_RDONLY | O_NONBLOCK); /* a pipe is not waited for */
	cleanup_free char *text = NULL;
	struct stat st;
	size_t len = 0;
	int rc;

	if (fd < 0) {
		errno = -fd;
		return err_set(err, fd, "%m");
	}
	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "%m");
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "not a regular file");
	if (st.st_size > TREE_FILE_MAX)
		return err_set(err, -EFBIG, "larger than %d bytes", TREE_FILE_MAX);
	text = malloc(TREE_FILE_MAX + 2);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	rc = read_all(fd, text, TREE_FILE_MAX + 1, &len);
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "%m");
	}
	if (len > TREE_FILE_MAX)
		return err_set(err, -EFBIG, "larger than %d bytes", TREE_FILE_MAX);
	if (memchr(text, '\0', len))
		return err_set(err, -EINVAL, "not a text: it holds a zero byte");
	text[len] = '\0';
	*ret_len = len;
	*ret = take_ptr(&text);
	return 0;
}

static int is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Not alphasort(): the order may not depend on the language. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int tree_list(int root, const char *path, struct tree_names *ret, struct err *err)
{
	cleanup_close int fd = open_in(root, path, O_RDONLY | O_DIRECTORY);
	struct dirent **entries = NULL;
	struct tree_names names = { 0 };
	bool whole = true;
	int n;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return err_set(err, -ENOENT, "no such folder");
	n = fd < 0 ? -1 : scandirat(fd, ".", &entries, is_entry, by_name);
	if (fd < 0)
		errno = -fd;
	if (n < 0)
		return err_set(err, -errno, "%m");
	names.list = calloc((size_t)n + 1, sizeof(*names.list));
	for (int i = 0; i < n; i++) {
		if (names.list)
			names.list[names.n++] = strdup(entries[i]->d_name);
		whole = whole && names.list && names.list[names.n - 1];
		free(entries[i]);
	}
	free(entries);
	if (!names.list || !whole) {
		tree_names_done(&names);
		return err_set(err, -ENOMEM, "out of memory");
	}
	*ret = names;
	return 0;
}

bool tree_has(int root, const char *path)
{
	cleanup_close int fd = open_in(root, path, O_PATH);

	return fd >= 0;
}

bool tree_is_link(int root, const char *path)
{
	cleanup_close int fd = open_in(root, path, O_PATH | O_NOFOLLOW);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

bool tree_is_null(int root, const char *path)
{
	cleanup_close int fd = open_in(root, path, O_PATH | O_NOFOLLOW);
	char target[sizeof("/dev/null")] = "";

	return fd >= 0 && readlinkat(fd, "", target, sizeof(target)) == sizeof(target) - 1 &&
	       memcmp(target, "/dev/null", sizeof(target) - 1) == 0;
}

void tree_names_done(struct tree_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct tree_names){ 0 };
}
