/* SPDX-License-Identifier: Apache-2.0 */

#include "media/listing.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/text.h"
#include "media/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ROOM_FIRST 4096
#define HEX_LEN (2 * crypto_hash_sha256_BYTES)
#define LINE_MAX_LEN (HEX_LEN + 24 + LISTING_NAME_MAX)

struct listing {
	int dir;
	int file; /* -1: closed, or not made */
	uint64_t number;
	uint8_t to[crypto_box_PUBLICKEYBYTES];
	char *text;
	size_t len;
	size_t room;
	bool is_cut;
	uint8_t piece[DIGEST_PIECE];
};

static uint64_t highest_number(int dir)
{
	cleanup_closedir DIR *list = file_list(dir, ".");
	const struct dirent *entry;
	uint64_t highest = 0;

	while (list && (entry = readdir(list))) {
		uint64_t number = strtoumax(entry->d_name, NULL, 10);

		if (number > highest && number < UINT64_MAX)
			highest = number;
	}
	return highest;
}

static int make_file(struct listing *listing)
{
	char name[24];

	listing->number = highest_number(listing->dir);
	do {
		(void)snprintf(name, sizeof(name), "%" PRIu64, ++listing->number);
		listing->file = openat(listing->dir, name,
				       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	} while (listing->file < 0 && errno == EEXIST);
	return listing->file < 0 ? -errno : 0;
}

int listing_open(const uint8_t *key, struct listing **ret, struct err *err)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	int rc;

	if (!listing)
		return err_set(err, -ENOMEM, "out of memory");
	listing->file = -1;
	if (mkdir(LISTING_DIR, 0700) < 0 && errno != EEXIST)
		rc = err_set(err, -errno, "mkdir %s: %m", LISTING_DIR);
	else
		rc = file_open_own_dir(LISTING_DIR, &listing->dir, err);
	if (rc < 0) {
		free(listing);
		return rc;
	}
	if (sodium_init() < 0 || crypto_sign_ed25519_pk_to_curve25519(listing->to, key) < 0)
		rc = err_set(err, -EINVAL,
			     "nothing can be sealed to the key of record-files; "
			     "remedy: write the auditor's own key there");
	else if (make_file(listing) < 0)
		rc = err_set(err, -errno, "%s: %m", LISTING_DIR);
	if (rc < 0)
		listing_free(listing);
	else
		*ret = listing;
	return rc;
}

/* Return: whether there is room for @more bytes and a last line. */
static bool make_room(struct listing *listing, size_t more)
{
	size_t wanted = listing->len + more + sizeof(LISTING_CUT);
	size_t room = listing->room ? listing->room : ROOM_FIRST;
	char *text;

	if (wanted <= listing->room)
		return true;
	while (room < wanted)
		room *= 2;
	text = room <= LISTING_BYTES_MAX ? realloc(listing->text, room) : NULL;
	if (!text)
		return false;
	listing->text = text;
	listing->room = room;
	return true;
}

/* "papers/a.txt", and what was renamed or removed since then as it is now. */
static void name_of(int fd, const char *root, char out[LISTING_NAME_MAX])
{
	char link[64];
	char path[PATH_MAX];
	size_t skip = strlen(root);
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	if (strncmp(path, root, skip) != 0 || path[skip] != '/')
		skip = 0;
	else
		skip++;
	(void)text_escape(out, LISTING_NAME_MAX, path + skip, strlen(path + skip));
}

void listing_add(struct listing *listing, int fd, uint64_t size, const char *root,
		 bool (*go_on)(void *ctx), void *ctx)
{
	char name[LISTING_NAME_MAX];
	uint8_t digest[crypto_hash_sha256_BYTES];
	char hex[HEX_LEN + 1] = "-";
	uint64_t n_read;

	if (listing->is_cut)
		return;
	name_of(fd, root, name);
	if (digest_file(fd, listing->piece, go_on, ctx, &n_read, digest) == 0)
		(void)sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	listing_put(listing, hex, size, name);
}

void listing_put(struct listing *listing, const char *hex, uint64_t size, const char *name)
{
	int n;

	if (listing->is_cut || !make_room(listing, sizeof(LISTING_HEAD) + LINE_MAX_LEN)) {
		listing->is_cut = true;
		return;
	}
	if (listing->len == 0) {
		memcpy(listing->text, LISTING_HEAD, strlen(LISTING_HEAD));
		listing->len = strlen(LISTING_HEAD);
	}
	n = snprintf(listing->text + listing->len, LINE_MAX_LEN, "%s %" PRIu64 " %s\n", hex, size,
		     name);
	listing->len += (size_t)n;
}

bool listing_is_cut(const struct listing *listing)
{
	return listing->is_cut;
}

static int write_sealed(struct listing *listing, uint8_t *ret_hash)
{
	size_t len = listing->len + crypto_box_SEALBYTES;
	cleanup_free uint8_t *sealed = malloc(len);
	int rc;

	if (!sealed ||
	    crypto_box_seal(sealed, (const uint8_t *)listing->text, listing->len, listing->to) < 0)
		return -ENOMEM;
	rc = file_write_all(listing->file, sealed, len);
	if (rc == 0 && (fsync(listing->file) < 0 || fsync(listing->dir) < 0))
		rc = -errno;
	if (rc == 0)
		(void)crypto_hash_sha256(ret_hash, sealed, len);
	return rc;
}

int listing_close(struct listing *listing, uint64_t *ret_number, uint8_t *ret_hash, struct err *err)
{
	int rc;

	if (listing->len == 0)
		return -ENOENT;
	if (listing->is_cut) {
		memcpy(listing->text + listing->len, LISTING_CUT, strlen(LISTING_CUT));
		listing->len += strlen(LISTING_CUT);
	}
	rc = write_sealed(listing, ret_hash);
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "%s/%" PRIu64 " cannot be written: %m", LISTING_DIR,
			       listing->number);
	}
	*ret_number = listing->number;
	closep(&listing->file);
	listing->file = -1;
	return 0;
}

void listing_free(struct listing *listing)
{
	char name[24];

	if (!listing)
		return;
	if (listing->file >= 0) {
		(void)snprintf(name, sizeof(name), "%" PRIu64, listing->number);
		(void)unlinkat(listing->dir, name, 0);
		closep(&listing->file);
	}
	closep(&listing->dir);
	free(listing->text);
	free(listing);
}
