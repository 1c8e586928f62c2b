/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/zip.h"

#include "core/err.h"
#include "core/file.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>

#define LOCAL_SIZE 30
#define CENTRAL_SIZE 46
#define END_SIZE 22
#define HEADER_MAX (CENTRAL_SIZE + ZIP_NAME_MAX)
#define COPY_SIZE 65536

#define VERSION 10            /* 1.0: stored files */
#define MADE_BY (3 << 8 | 10) /* on Unix */
#define DATE 0x21             /* 1980-01-01: the contents have times of their own */
#define MODE 0100644U

static size_t put16(uint8_t *out, unsigned int value)
{
	uint16_t little = htole16((uint16_t)value);

	memcpy(out, &little, sizeof(little));
	return sizeof(little);
}

static size_t put32(uint8_t *out, uint32_t value)
{
	uint32_t little = htole32(value);

	memcpy(out, &little, sizeof(little));
	return sizeof(little);
}

/* What local header and central directory have in common: version to lengths. */
static size_t put_common(uint8_t *out, const struct zip_member *member)
{
	size_t len = put16(out, VERSION);

	len += put16(out + len, 0); /* flags */
	len += put16(out + len, 0); /* stored */
	len += put16(out + len, 0); /* midnight */
	len += put16(out + len, DATE);
	len += put32(out + len, member->crc);
	len += put32(out + len, member->size);
	len += put32(out + len, member->size);
	len += put16(out + len, (unsigned int)strlen(member->name));
	return len + put16(out + len, 0); /* no extra field */
}

static size_t put_name(uint8_t *out, const struct zip_member *member)
{
	memcpy(out, member->name, strlen(member->name));
	return strlen(member->name);
}

static size_t put_local(uint8_t *out, const struct zip_member *member)
{
	size_t len = put32(out, 0x04034b50);

	len += put_common(out + len, member);
	return len + put_name(out + len, member);
}

static size_t put_central(uint8_t *out, const struct zip_member *member)
{
	size_t len = put32(out, 0x02014b50);

	len += put16(out + len, MADE_BY);
	len += put_common(out + len, member);
	len += put16(out + len, 0); /* no comment */
	len += put16(out + len, 0); /* first disk */
	len += put16(out + len, 0); /* internal attributes */
	len += put32(out + len, MODE << 16);
	len += put32(out + len, member->offset);
	return len + put_name(out + len, member);
}

/* @begin: of the central directory, @end: behind it. */
static size_t put_end(uint8_t *out, size_t n_members, uint64_t begin, uint64_t end)
{
	size_t len = put32(out, 0x06054b50);

	len += put16(out + len, 0); /* first disk */
	len += put16(out + len, 0);
	len += put16(out + len, (unsigned int)n_members);
	len += put16(out + len, (unsigned int)n_members);
	len += put32(out + len, (uint32_t)(end - begin));
	len += put32(out + len, (uint32_t)begin);
	return len + put16(out + len, 0); /* no comment */
}

void zip_begin(struct zip *zip, int fd)
{
	*zip = (struct zip){ .fd = fd };
}

void zip_free(struct zip *zip)
{
	free(zip->members);
	*zip = (struct zip){ .fd = -1 };
}

static struct zip_member *new_member(struct zip *zip)
{
	struct zip_member *more;

	if ((zip->n_members & (zip->n_members - 1)) == 0) { /* full at each power of two */
		more = reallocarray(zip->members, zip->n_members ? 2 * zip->n_members : 1,
				    sizeof(*more));
		if (!more)
			return NULL;
		zip->members = more;
	}
	more = &zip->members[zip->n_members++];
	*more = (struct zip_member){ .offset = (uint32_t)zip->end };
	return more;
}

static int too_large(struct err *err)
{
	return err_set(err, -EFBIG,
		       "all of it together is larger than the 4 GiB that such a file can be");
}

static int put(struct zip *zip, const void *bytes, size_t len, struct err *err)
{
	int rc = file_write_all(zip->fd, bytes, len);

	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "write the file: %m");
	}
	zip->end += len;
	return zip->end > UINT32_MAX ? too_large(err) : 0;
}

static int begin_member(struct zip *zip, const char *name, struct err *err)
{
	struct zip_member *member = NULL;
	uint8_t header[HEADER_MAX];

	if (zip->n_members < ZIP_MEMBERS_MAX)
		member = new_member(zip);
	if (!member)
		return err_set(err, -ENOMEM, "out of memory");
	strcpy(member->name, name);
	return put(zip, header, put_local(header, member), err);
}

/* Only now are size and checksum known. */
static int end_member(struct zip *zip, struct err *err)
{
	const struct zip_member *member = &zip->members[zip->n_members - 1];
	uint8_t header[HEADER_MAX];
	size_t len = put_local(header, member);

	if (pwrite(zip->fd, header, len, (off_t)member->offset) != (ssize_t)len)
		return err_set(err, -EIO, "write the file: %m");
	return 0;
}

static int put_content(struct zip *zip, const char *bytes, size_t len, struct err *err)
{
	struct zip_member *member = &zip->members[zip->n_members - 1];

	member->crc = (uint32_t)crc32(member->crc, (const Bytef *)bytes, (uInt)len);
	member->size += (uint32_t)len;
	return put(zip, bytes, len, err);
}

int zip_add_text(struct zip *zip, const char *name, const char *text, size_t len, struct err *err)
{
	int rc = begin_member(zip, name, err);

	if (rc == 0)
		rc = put_content(zip, text, len, err);
	return rc < 0 ? rc : end_member(zip, err);
}

int zip_add(struct zip *zip, const char *name, int from, uint64_t max, struct err *err)
{
	char buffer[COPY_SIZE];
	ssize_t n = 1;
	int rc = begin_member(zip, name, err);

	while (rc == 0 && n > 0) {
		n = read(from, buffer, max < sizeof(buffer) ? max : sizeof(buffer));
		max -= n > 0 ? (uint64_t)n : 0;
		if (n < 0)
			rc = err_set(err, -errno, "read %s: %m", name);
		else
			rc = put_content(zip, buffer, (size_t)n, err);
	}
	return rc < 0 ? rc : end_member(zip, err);
}

int zip_end(struct zip *zip, struct err *err)
{
	uint64_t begin = zip->end;
	uint8_t header[HEADER_MAX];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < zip->n_members; i++)
		rc = put(zip, header, put_central(header, &zip->members[i]), err);
	return rc < 0 ? rc
		      : put(zip, header, put_end(header, zip->n_members, begin, zip->end), err);
}

bool zip_is(int fd)
{
	uint8_t bytes[4];
	uint8_t expected[4];

	(void)put32(expected, 0x04034b50);
	return pread(fd, bytes, sizeof(bytes), 0) == sizeof(bytes) &&
	       memcmp(bytes, expected, sizeof(bytes)) == 0;
}

static int broken(struct err *err)
{
	return err_set(err, -EBADMSG,
		       "this is not a file that sekisho log export wrote, or it was damaged; "
		       "remedy: copy it again");
}

/* True when these bytes stand next in the file; they are then stepped over. */
static bool stands_here(struct zip *zip, const uint8_t *bytes, size_t len)
{
	uint8_t found[HEADER_MAX];

	if (pread(zip->fd, found, len, (off_t)zip->end) != (ssize_t)len ||
	    memcmp(found, bytes, len) != 0)
		return false;
	zip->end += len;
	return true;
}

static bool is_name(const char *name)
{
	return *name != '\0' && *name != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(name);
}

/* Takes from a local header what differs from one member to the next. */
static bool read_member(const struct zip *zip, struct zip_member *ret)
{
	uint8_t header[LOCAL_SIZE + ZIP_NAME_MAX] = { 0 };
	uint32_t crc, size;
	uint16_t name_len;

	if (pread(zip->fd, header, sizeof(header) - 1, (off_t)zip->end) < LOCAL_SIZE)
		return false;
	memcpy(&crc, header + 14, sizeof(crc));
	memcpy(&size, header + 18, sizeof(size));
	memcpy(&name_len, header + 26, sizeof(name_len));
	name_len = le16toh(name_len);
	if (name_len >= ZIP_NAME_MAX)
		return false;
	*ret = (struct zip_member){ .offset = (uint32_t)zip->end,
				    .crc = le32toh(crc),
				    .size = le32toh(size) };
	memcpy(ret->name, header + LOCAL_SIZE, name_len);
	return is_name(ret->name);
}

/* Return: 1, 0 when there is no further one, or an error. */
static int take_member(struct zip *zip, uint64_t file_size, struct err *err)
{
	struct zip_member member;
	struct zip_member *kept;
	uint8_t header[HEADER_MAX];

	if (!read_member(zip, &member) || zip_find(zip, member.name) ||
	    !stands_here(zip, header, put_local(header, &member)))
		return 0;
	if (zip->n_members == ZIP_MEMBERS_MAX || member.size > file_size - zip->end)
		return broken(err);
	kept = new_member(zip);
	if (!kept)
		return err_set(err, -ENOMEM, "out of memory");
	*kept = member;
	zip->end += member.size;
	return 1;
}

int zip_open(int fd, struct zip *ret, struct err *err)
{
	cleanup_zip struct zip zip = { .fd = fd };
	uint8_t header[HEADER_MAX];
	uint64_t begin;
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "read the file: %m");
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > UINT32_MAX)
		return broken(err);
	do {
		rc = take_member(&zip, (uint64_t)st.st_size, err);
	} while (rc > 0);
	if (rc < 0)
		return rc;
	begin = zip.end;
	for (size_t i = 0; i < zip.n_members; i++) {
		if (!stands_here(&zip, header, put_central(header, &zip.members[i])))
			return broken(err);
	}
	if (!stands_here(&zip, header, put_end(header, zip.n_members, begin, zip.end)) ||
	    zip.end != (uint64_t)st.st_size)
		return broken(err);
	*ret = zip;
	zip = (struct zip){ .fd = -1 };
	return 0;
}

const struct zip_member *zip_find(const struct zip *zip, const char *name)
{
	for (size_t i = 0; i < zip->n_members; i++) {
		if (strcmp(zip->members[i].name, name) == 0)
			return &zip->members[i];
	}
	return NULL;
}

int zip_extract(const struct zip *zip, const struct zip_member *member, int *ret_fd,
		struct err *err)
{
	cleanup_close int fd = memfd_create(member->name, MFD_CLOEXEC);
	uint64_t at = member->offset + LOCAL_SIZE + strlen(member->name);
	uint32_t left = member->size;
	char buffer[COPY_SIZE];
	uLong crc = 0;

	if (fd < 0)
		return err_set(err, -errno, "unpack %s: %m", member->name);
	while (left > 0) {
		size_t len = left < sizeof(buffer) ? left : sizeof(buffer);

		if (pread(zip->fd, buffer, len, (off_t)at) != (ssize_t)len ||
		    file_write_all(fd, buffer, len) < 0)
			return err_set(err, -EIO, "unpack %s: %m", member->name);
		crc = crc32(crc, (const Bytef *)buffer, (uInt)len);
		at += len;
		left -= (uint32_t)len;
	}
	if (crc != member->crc || lseek(fd, 0, SEEK_SET) < 0)
		return broken(err);
	*ret_fd = take_fd(&fd);
	return 0;
}
