/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/line.h"

#include "audit/segment.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zstd.h>

/* The window of a frame of LINE_PACKED_FRAME: nothing that claims more memory is read. */
#define PACKED_WINDOW_LOG 20
_Static_assert(LINE_PACKED_FRAME == 1 << PACKED_WINDOW_LOG, "one frame is one window");

struct line_packed {
	ZSTD_DCtx *context;
	ZSTD_inBuffer in;
	bool inside;  /* a frame has begun and not ended */
	bool pending; /* and it has more content for which no more input is needed */
	char bytes[LINE_BUFFER_SIZE];
};

void line_reader_init(struct line_reader *reader, int fd, uint64_t offset)
{
	reader->fd = fd;
	reader->packed = NULL;
	reader->offset = offset;
	reader->pos = 0;
	reader->len = 0;
	reader->at_end = false;
}

static ssize_t read_some(int fd, char *out, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, out, size);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static void packed_free(struct line_packed *packed)
{
	(void)ZSTD_freeDCtx(packed->context);
	free(packed);
}

static struct line_packed *packed_new(void)
{
	struct line_packed *packed = malloc(sizeof(*packed));

	if (!packed)
		return NULL;
	packed->in = (ZSTD_inBuffer){ packed->bytes, 0, 0 };
	packed->inside = packed->pending = false;
	packed->context = ZSTD_createDCtx();
	if (packed->context &&
	    !ZSTD_isError(ZSTD_DCtx_setParameter(packed->context, ZSTD_d_windowLogMax,
						 PACKED_WINDOW_LOG)))
		return packed;
	packed_free(packed);
	return NULL;
}

static int packed_refill(struct line_packed *packed, int fd)
{
	ssize_t n = read_some(fd, packed->bytes, sizeof(packed->bytes));

	if (n > 0) {
		packed->in.size = (size_t)n;
		packed->in.pos = 0;
	}
	return n == 0 && packed->inside ? -EBADMSG : (int)n;
}

/* As read(2), of the content; -EBADMSG when that is not what was compressed. */
static ssize_t packed_read(struct line_packed *packed, int fd, char *buffer, size_t size)
{
	ZSTD_outBuffer out = { buffer, size, 0 };

	while (out.pos == 0) {
		size_t rest;

		if (packed->in.pos == packed->in.size && !packed->pending) {
			int rc = packed_refill(packed, fd);

			if (rc <= 0)
				return rc;
		}
		rest = ZSTD_decompressStream(packed->context, &out, &packed->in);
		if (ZSTD_isError(rest))
			return -EBADMSG;
		packed->inside = rest > 0;
		packed->pending = packed->inside && out.pos == out.size;
	}
	return (ssize_t)out.pos;
}

/* Moves what is left to the front and reads more behind it. */
static int fill(struct line_reader *reader)
{
	ssize_t n;

	memmove(reader->buffer, reader->buffer + reader->pos, reader->len - reader->pos);
	reader->len -= reader->pos;
	reader->pos = 0;
	if (reader->packed)
		n = packed_read(reader->packed, reader->fd, reader->buffer + reader->len,
				sizeof(reader->buffer) - reader->len);
	else
		n = read_some(reader->fd, reader->buffer + reader->len,
			      sizeof(reader->buffer) - reader->len);
	if (n < 0)
		return (int)n;
	reader->len += (size_t)n;
	reader->at_end = n == 0;
	return 0;
}

int line_next(struct line_reader *reader, struct line *ret)
{
	for (;;) {
		const char *text = reader->buffer + reader->pos;
		size_t left = reader->len - reader->pos;
		const char *newline = memchr(text, '\n', left);
		size_t len = newline ? (size_t)(newline - text) : left;
		int rc;

		ret->offset = reader->offset;
		if (len > LINE_MAX_LEN)
			return -EMSGSIZE;
		if (newline || reader->at_end) {
			*ret = (struct line){ text, len, reader->offset, newline != NULL };
			reader->pos += len + (newline != NULL);
			reader->offset += len + (newline != NULL);
			return newline || len > 0;
		}
		rc = fill(reader);
		if (rc < 0)
			return rc;
	}
}

int line_reader_seek(struct line_reader *reader, uint64_t position, uint64_t offset)
{
	struct line_packed *packed = reader->packed;

	if (lseek(reader->fd, (off_t)position, SEEK_SET) < 0)
		return -errno;
	line_reader_init(reader, reader->fd, offset);
	reader->packed = packed;
	if (packed) {
		packed->in.pos = packed->in.size = 0;
		packed->inside = packed->pending = false;
		(void)ZSTD_DCtx_reset(packed->context, ZSTD_reset_session_only);
	}
	return 0;
}

/* RFC 8878, section 3.1.1: the first four bytes; no line of a log begins so. */
static bool is_packed(const struct line_reader *reader)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

	return reader->len >= sizeof(magic) && memcmp(reader->buffer, magic, sizeof(magic)) == 0;
}

int line_reader_open(int fd, struct line_reader **ret, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = malloc(sizeof(*reader));
	int rc;

	if (!reader)
		return err_set(err, -ENOMEM, "out of memory");
	line_reader_init(reader, -1, 0);
	while (reader->len < sizeof(uint32_t) && !reader->at_end) {
		reader->fd = fd;
		rc = fill(reader);
		reader->fd = -1;
		if (rc < 0) {
			errno = -rc;
			return err_set(err, rc, "read the segment: %m");
		}
	}
	if (is_packed(reader)) {
		reader->packed = packed_new();
		if (!reader->packed)
			return err_set(err, -ENOMEM, "out of memory");
		memcpy(reader->packed->bytes, reader->buffer, reader->len);
		reader->packed->in.size = reader->len;
		reader->len = 0;
		reader->at_end = false;
	}
	reader->fd = fd;
	*ret = take_ptr(&reader);
	return 0;
}

int segment_open(int dirfd, uint64_t first, struct line_reader **ret, struct err *err)
{
	static const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	char name[SEGMENT_NAME_LEN + sizeof(LINE_PACKED_SUFFIX)];
	cleanup_close int fd = -1;
	int rc;

	/* While its other form is made the one may come, and the other go, between two looks. */
	errno = ENOENT;
	for (int i = 0; fd < 0 && errno == ENOENT && i < 3; i++) {
		segment_name_format(first, name);
		if (i == 1)
			strcat(name, LINE_PACKED_SUFFIX);
		fd = openat(dirfd, name, flags);
	}
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", name);
	rc = line_reader_open(fd, ret, err);
	if (rc < 0)
		return err_wrap(err, "%s", name);
	(void)take_fd(&fd);
	return 0;
}

void line_reader_free(struct line_reader *reader)
{
	if (reader->packed)
		packed_free(reader->packed);
	if (reader->fd >= 0)
		(void)close(reader->fd);
	free(reader);
}
