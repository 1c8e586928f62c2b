/* SPDX-License-Identifier: Apache-2.0 */

#include "media/tree.h"

#include "core/err.h"
#include "core/file.h"
#include "media/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

struct walk {
	struct media_tree *tree;
	bool (*go_on)(void *ctx);
	void *ctx;
	struct err *err;
	char name[4096]; /* of where it is, relative */
	uint8_t piece[DIGEST_PIECE];
};

static int fail(struct walk *walk, int rc)
{
	errno = -rc;
	return err_set(walk->err, rc, "'%s' on the medium cannot be read: %m", walk->name);
}

static int too_much(struct walk *walk)
{
	return err_set(walk->err, -E2BIG,
		       "there is too much on the medium to check it: more than %d files, or "
		       "folders %d deep; remedy: have what is needed brought alone",
		       MEDIA_TREE_FILES_MAX, MEDIA_TREE_DEPTH_MAX);
}

static int hash(struct walk *walk, int fd, struct media_file *file)
{
	int rc = digest_file(fd, walk->piece, walk->go_on, walk->ctx, &file->size, file->hash);

	if (rc == -ECANCELED)
		return err_set(walk->err, rc, "nobody waits for it any more");
	return rc < 0 ? fail(walk, rc) : 0;
}

static struct media_file *add(struct walk *walk)
{
	struct media_tree *tree = walk->tree;
	size_t len = strlen(walk->name) + 1;
	struct media_file *file;

	if (tree->n == tree->room) {
		size_t room = tree->room ? tree->room * 2 : 64;
		struct media_file *files = reallocarray(tree->files, room, sizeof(*files));

		if (!files)
			return NULL;
		tree->files = files;
		tree->room = room;
	}
	file = &tree->files[tree->n];
	*file = (struct media_file){ .name = strdup(walk->name) };
	if (!file->name)
		return NULL;
	tree->names_len += len;
	tree->n++;
	return file;
}

static int take_file(struct walk *walk, int dirfd, const char *name)
{
	struct media_tree *tree = walk->tree;
	cleanup_close int fd = openat(dirfd, name, OPEN_FLAGS);
	struct media_file *file;
	int rc;

	if (fd < 0)
		return fail(walk, -errno);
	if (tree->n >= MEDIA_TREE_FILES_MAX ||
	    tree->names_len + strlen(walk->name) > MEDIA_TREE_NAMES_MAX)
		return too_much(walk);
	file = add(walk);
	if (!file)
		return err_set(walk->err, -ENOMEM, "out of memory");
	rc = hash(walk, fd, file);
	tree->bytes += file->size;
	return rc;
}

static int take_folder(struct walk *walk, int fd, unsigned int depth);

/* One entry of a folder; its name stands in walk->name meanwhile. */
static int take(struct walk *walk, int dirfd, const char *name, unsigned int depth)
{
	cleanup_close int fd = -1;
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(walk, -errno);
	if (S_ISREG(st.st_mode))
		return take_file(walk, dirfd, name);
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (depth == MEDIA_TREE_DEPTH_MAX)
		return too_much(walk);
	fd = openat(dirfd, name, OPEN_FLAGS | O_DIRECTORY);
	return fd < 0 ? fail(walk, -errno) : take_folder(walk, fd, depth + 1);
}

static int take_folder(struct walk *walk, int fd, unsigned int depth)
{
	size_t len = strlen(walk->name);
	cleanup_closedir DIR *dir = file_list(fd, ".");
	const struct dirent *entry;
	int rc = 0;

	if (!dir)
		return fail(walk, -errno);
	while (rc == 0 && (errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (len + strlen(entry->d_name) + 2 > sizeof(walk->name))
			return too_much(walk);
		(void)snprintf(walk->name + len, sizeof(walk->name) - len, "%s%s",
			       len > 0 ? "/" : "", entry->d_name);
		rc = take(walk, fd, entry->d_name, depth);
		if (rc == 0)
			walk->name[len] = '\0';
	}
	return rc == 0 && errno != 0 ? fail(walk, -errno) : rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct media_file *)a)->name, ((const struct media_file *)b)->name);
}

int media_tree_read(int root_fd, bool (*go_on)(void *ctx), void *ctx, struct media_tree *ret,
		    struct err *err)
{
	cleanup_free struct walk *walk = malloc(sizeof(*walk));
	int rc;

	if (!walk)
		return err_set(err, -ENOMEM, "out of memory");
	walk->tree = ret;
	walk->go_on = go_on;
	walk->ctx = ctx;
	walk->err = err;
	walk->name[0] = '\0';
	rc = take_folder(walk, root_fd, 0);
	if (ret->n > 0)
		qsort(ret->files, ret->n, sizeof(*ret->files), by_name);
	return rc;
}

char *media_tree_text(int root_fd, const struct media_file *file, size_t max)
{
	cleanup_close int fd = file->size <= max ? openat(root_fd, file->name, OPEN_FLAGS) : -1;
	cleanup_free char *text = fd < 0 ? NULL : malloc(file->size + 1);
	uint8_t found[IPC_HASH_SIZE];
	size_t len = 0;
	ssize_t n = 0;

	while (text && len < file->size && (n = read(fd, text + len, file->size - len)) > 0)
		len += (size_t)n;
	if (!text || len < file->size)
		return NULL;
	text[len] = '\0';
	(void)crypto_hash_sha256(found, (const uint8_t *)text, len);
	return memcmp(found, file->hash, sizeof(found)) == 0 ? take_ptr(&text) : NULL;
}

struct media_file *media_tree_find(const struct media_tree *tree, const char *name)
{
	const struct media_file key = { .name = (char *)(uintptr_t)name };

	return tree->n == 0 ? NULL
			    : bsearch(&key, tree->files, tree->n, sizeof(*tree->files), by_name);
}

void media_tree_done(struct media_tree *tree)
{
	for (size_t i = 0; i < tree->n; i++)
		free(tree->files[i].name);
	free(tree->files);
	*tree = (struct media_tree){ 0 };
}
