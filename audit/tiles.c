/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/tiles.h"

#include "audit/record.h"
#include "core/err.h"
#include "core/file.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_MAX_LEN 96 /* "tile/entries/x000/x000/x000/000.p/255" */
#define ENTRIES "entries"

struct level {
	uint64_t index; /* of the tile */
	size_t n;       /* hashes in it */
	uint8_t hashes[TILE_WIDTH][TREE_HASH_SIZE];
};

struct tiles {
	int dirfd;
	struct level levels[TILE_LEVELS];
	size_t bundle_len;
	char bundle[TILE_WIDTH * (sizeof(uint16_t) + RECORD_MAX)];
};

int tiles_begin(int dirfd, struct tiles **ret, struct err *err)
{
	struct tiles *tiles = calloc(1, sizeof(*tiles));

	if (!tiles)
		return err_set(err, -ENOMEM, "out of memory");
	tiles->dirfd = dirfd;
	*ret = tiles;
	return 0;
}

void tiles_free(struct tiles *tiles)
{
	free(tiles);
}

/* "x001/x234/067": three digits to a part, all but the last with an x. */
static void format_path(const char *kind, uint64_t index, size_t n, char *out)
{
	unsigned int parts[TREE_LEVELS / 8];
	size_t n_parts = 0;
	size_t len = (size_t)sprintf(out, "tile/%s", kind);

	do {
		parts[n_parts++] = (unsigned int)(index % 1000);
		index /= 1000;
	} while (index > 0);
	while (n_parts-- > 0)
		len += (size_t)sprintf(out + len, n_parts > 0 ? "/x%03u" : "/%03u", parts[n_parts]);
	if (n < TILE_WIDTH)
		(void)sprintf(out + len, ".p/%zu", n);
}

static int make_folders(int dirfd, char *path, struct err *err)
{
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdirat(dirfd, path, 0755) < 0 && errno != EEXIST)
			return err_set(err, -errno, "create %s: %m", path);
		*slash = '/';
	}
	return 0;
}

static int write_file(const struct tiles *tiles, const char *kind, uint64_t index, size_t n,
		      const void *bytes, size_t len, struct err *err)
{
	cleanup_close int fd = -1;
	char path[PATH_MAX_LEN];
	int rc;

	format_path(kind, index, n, path);
	rc = make_folders(tiles->dirfd, path, err);
	if (rc < 0)
		return rc;
	fd = openat(tiles->dirfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		    0644);
	if (fd < 0)
		return err_set(err, -errno, "create %s: %m", path);
	rc = file_write_all(fd, bytes, len);
	errno = -rc;
	return rc < 0 ? err_set(err, rc, "write %s: %m", path) : 0;
}

static int write_bundle(struct tiles *tiles, struct err *err)
{
	const struct level *bottom = &tiles->levels[0];
	int rc = write_file(tiles, ENTRIES, bottom->index, bottom->n, tiles->bundle,
			    tiles->bundle_len, err);

	tiles->bundle_len = 0;
	return rc;
}

static int write_tile(const struct tiles *tiles, unsigned int level, struct err *err)
{
	const struct level *tile = &tiles->levels[level];
	char kind[16];

	(void)snprintf(kind, sizeof(kind), "%u", level);
	return write_file(tiles, kind, tile->index, tile->n, tile->hashes, tile->n * TREE_HASH_SIZE,
			  err);
}

/* A full tile is one hash of the level above. */
static int close_tiles(struct tiles *tiles, struct err *err)
{
	for (unsigned int i = 0; i + 1 < TILE_LEVELS; i++) {
		struct level *tile = &tiles->levels[i];
		struct level *above = &tiles->levels[i + 1];
		struct tree tree = { 0 };
		int rc;

		if (tile->n < TILE_WIDTH)
			return 0;
		rc = write_tile(tiles, i, err);
		if (rc < 0)
			return rc;
		for (size_t k = 0; k < TILE_WIDTH; k++)
			tree_append(&tree, tile->hashes[k]);
		tree_root(&tree, above->hashes[above->n++]);
		tile->index++;
		tile->n = 0;
	}
	return 0;
}

int tiles_add(struct tiles *tiles, const char *text, size_t len,
	      const uint8_t leaf_hash[TREE_HASH_SIZE], struct err *err)
{
	struct level *bottom = &tiles->levels[0];
	uint16_t big = htobe16((uint16_t)len);
	int rc;

	if (len > RECORD_MAX)
		return err_set(err, -EMSGSIZE, "an entry of %zu bytes is none of the log", len);
	memcpy(tiles->bundle + tiles->bundle_len, &big, sizeof(big));
	memcpy(tiles->bundle + tiles->bundle_len + sizeof(big), text, len);
	tiles->bundle_len += sizeof(big) + len;
	memcpy(bottom->hashes[bottom->n++], leaf_hash, TREE_HASH_SIZE);
	if (bottom->n < TILE_WIDTH)
		return 0;
	rc = write_bundle(tiles, err);
	return rc < 0 ? rc : close_tiles(tiles, err);
}

int tiles_end(struct tiles *tiles, struct err *err)
{
	int rc = tiles->levels[0].n > 0 ? write_bundle(tiles, err) : 0;

	for (unsigned int i = 0; rc == 0 && i < TILE_LEVELS; i++) {
		if (tiles->levels[i].n > 0)
			rc = write_tile(tiles, i, err);
	}
	return rc;
}
