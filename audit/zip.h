/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Several files in one that every system opens by a double click: ZIP
 * (PKWARE APPNOTE 6.3.3) in its plainest form, stored, without extensions, and
 * smaller than 4 GiB.  What is read must be byte for byte what is written here,
 * so that no two programs can see different contents in it.
 */

#pragma once

#include "core/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZIP_NAME_MAX 64 /* bytes, with NUL: lower case letters, digits, '.' and '-' */
#define ZIP_MEMBERS_MAX 10000

struct err;

struct zip_member {
	char name[ZIP_NAME_MAX];
	uint32_t offset; /* of its header */
	uint32_t size;   /* bytes of content */
	uint32_t crc;
};

struct zip {
	int fd;       /* the caller's; when writing, a regular file that stands at its end */
	uint64_t end; /* of what is written or read */
	struct zip_member *members;
	size_t n_members;
};

/* @fd is empty. */
void zip_begin(struct zip *zip, int fd);

/**
 * zip_add() - add a file
 * @from:	its descriptor, read from where it stands to its end
 * @max:	or to here, bytes
 *
 * Return: 0, -EFBIG when the whole would become too large, or the error of
 * reading or writing.
 */
int zip_add(struct zip *zip, const char *name, int from, uint64_t max, struct err *err);

/* The same with contents that are at hand. */
int zip_add_text(struct zip *zip, const char *name, const char *text, size_t len, struct err *err);

/* Write what makes it whole. */
int zip_end(struct zip *zip, struct err *err);

/* True when the file of @fd begins like a ZIP; where it stands does not matter. */
bool zip_is(int fd);

/**
 * zip_open() - read what is in one
 * @fd:	a regular file, stays the caller's
 * @ret:	set on success only, zip_free() it
 *
 * Return: 0, -EBADMSG: it is not of this form; or the error of reading.
 */
int zip_open(int fd, struct zip *ret, struct err *err);

/* Return: the member of that name, or NULL. */
const struct zip_member *zip_find(const struct zip *zip, const char *name);

/**
 * zip_extract() - a member as a file of its own, in memory
 * @ret_fd:	stands at its beginning; the caller closes it
 *
 * Return: 0, -EBADMSG: its checksum is wrong; or the error of copying.
 */
int zip_extract(const struct zip *zip, const struct zip_member *member, int *ret_fd,
		struct err *err);

/* Does not close the descriptor. */
void zip_free(struct zip *zip);

#define cleanup_zip cleanup_with(zip_free)
