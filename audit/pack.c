/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/pack.h"

#include "audit/segment.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#define LEVEL 9 /* once for each segment, in the background */
#define NAME_MAX_LEN (SEGMENT_NAME_LEN + 16)
#define UNFINISHED LINE_PACKED_SUFFIX ".new"
#define FILE_MAX (32 * 1024 * 1024) /* bytes of a compressed segment: a plain one has 16 MiB */

DEFINE_CLEANUP(ZSTD_CCtx *, ZSTD_freeCCtx)

struct packer {
	ZSTD_CCtx *context;
	int fd;
	char *content; /* of one frame */
	size_t len;
	char *frame;
	size_t frame_size;
};

static int write_frame(struct packer *packer, struct err *err)
{
	size_t n;
	int rc;

	if (packer->len == 0)
		return 0;
	n = ZSTD_compress2(packer->context, packer->frame, packer->frame_size, packer->content,
			   packer->len);
	if (ZSTD_isError(n))
		return err_set(err, -ENOMEM, "compress: %s", ZSTD_getErrorName(n));
	packer->len = 0;
	rc = file_write_all(packer->fd, packer->frame, n);
	if (rc < 0)
		return err_set(err, rc, "write: %s", strerror(-rc));
	return 0;
}

static int write_line(struct packer *packer, const struct line *line, struct err *err)
{
	int rc = 0;

	if (!line->whole)
		return err_set(err, -EBADMSG,
			       "its last line is not whole; "
			       "remedy: run sekisho log verify");
	if (packer->len + line->len + 1 > LINE_PACKED_FRAME)
		rc = write_frame(packer, err);
	memcpy(packer->content + packer->len, line->text, line->len);
	packer->content[packer->len + line->len] = '\n';
	packer->len += line->len + 1;
	return rc;
}

static int compress_lines(struct packer *packer, struct line_reader *reader, struct err *err)
{
	struct line line;
	int rc;

	while ((rc = line_next(reader, &line)) == 1) {
		rc = write_line(packer, &line, err);
		if (rc < 0)
			return rc;
	}
	if (rc < 0)
		return err_set(err, rc, "read: %s", strerror(-rc));
	return write_frame(packer, err);
}

static int compress(struct line_reader *reader, int fd, struct err *err)
{
	cleanup_with(ZSTD_freeCCtxp) ZSTD_CCtx *context = ZSTD_createCCtx();
	cleanup_free char *content = malloc(LINE_PACKED_FRAME);
	cleanup_free char *frame = malloc(ZSTD_compressBound(LINE_PACKED_FRAME));
	struct packer packer = { .context = context,
				 .fd = fd,
				 .content = content,
				 .frame = frame,
				 .frame_size = ZSTD_compressBound(LINE_PACKED_FRAME) };

	if (!context || !content || !frame ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)))
		return err_set(err, -ENOMEM, "out of memory");
	return compress_lines(&packer, reader, err);
}

/* Both from their beginning, line by line. */
static int compare(struct line_reader *plain, struct line_reader *packed, struct err *err)
{
	struct line a;
	struct line b;
	int rc;

	do {
		rc = line_next(plain, &a);
		if (line_next(packed, &b) != rc ||
		    (rc == 1 && (a.len != b.len || memcmp(a.text, b.text, a.len) != 0)))
			return err_set(err, -EIO, "what was compressed reads otherwise");
	} while (rc == 1);
	return rc;
}

/* Writes @name from the plain segment, and reads it again. */
static int make_packed(int dirfd, int plain_fd, const char *name, struct err *err)
{
	cleanup_line_reader struct line_reader *plain = NULL;
	cleanup_line_reader struct line_reader *packed = NULL;
	cleanup_close int fd =
		openat(dirfd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	cleanup_close int again = fcntl(plain_fd, F_DUPFD_CLOEXEC, 0);
	int rc;

	if (fd < 0 || again < 0)
		return err_set(err, -errno, "make %s: %m", name);
	rc = line_reader_open(again, &plain, err);
	if (rc < 0)
		return rc;
	(void)take_fd(&again);
	rc = compress(plain, fd, err);
	if (rc < 0)
		return rc;
	if (fsync(fd) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_set(err, -errno, "write: %m");
	rc = line_reader_seek(plain, 0, 0);
	if (rc == 0)
		rc = line_reader_open(fd, &packed, err);
	if (rc < 0)
		return rc;
	(void)take_fd(&fd);
	return compare(plain, packed, err);
}

int pack_segment(int dirfd, uint64_t first, struct err *err)
{
	char name[SEGMENT_NAME_LEN + 1];
	char packed[NAME_MAX_LEN];
	char unfinished[NAME_MAX_LEN];
	cleanup_close int fd = -1;
	int rc;

	segment_name_format(first, name);
	(void)snprintf(packed, sizeof(packed), "%s" LINE_PACKED_SUFFIX, name);
	(void)snprintf(unfinished, sizeof(unfinished), "%s" UNFINISHED, name);
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", name);
	rc = make_packed(dirfd, fd, unfinished, err);
	if (rc == 0 && (renameat(dirfd, unfinished, dirfd, packed) < 0 || fsync(dirfd) < 0))
		rc = err_set(err, -errno, "rename: %m");
	if (rc < 0) {
		(void)unlinkat(dirfd, unfinished, 0);
		return err_wrap(err, "compress %s", name);
	}
	if (unlinkat(dirfd, name, 0) < 0)
		return err_set(err, -errno, "remove %s: %m", name);
	return 0;
}

static bool add_frame(struct pack_frames *frames, uint64_t position)
{
	struct pack_frame *more = frames->list;

	if (frames->n % 64 == 0)
		more = reallocarray(frames->list, frames->n + 64, sizeof(*more));
	if (!more)
		return false;
	frames->list = more;
	frames->list[frames->n++] = (struct pack_frame){ position, frames->content_size };
	return true;
}

static int find_frames(const char *file, size_t size, struct pack_frames *frames)
{
	for (size_t position = 0; position < size;) {
		size_t len = ZSTD_findFrameCompressedSize(file + position, size - position);
		unsigned long long content =
			ZSTD_getFrameContentSize(file + position, size - position);

		if (ZSTD_isError(len) || content == 0 || content > LINE_PACKED_FRAME)
			return -EBADMSG;
		if (!add_frame(frames, position))
			return -ENOMEM;
		frames->content_size += content;
		position += len;
	}
	return 0;
}

int pack_read_frames(int fd, struct pack_frames *ret)
{
	cleanup_free char *file = NULL;
	struct pack_frames frames = { 0 };
	struct stat found;
	int rc;

	if (fstat(fd, &found) < 0)
		return -errno;
	if (found.st_size > FILE_MAX)
		return -EFBIG;
	file = malloc((size_t)found.st_size + 1);
	if (!file)
		return -ENOMEM;
	if (pread(fd, file, (size_t)found.st_size, 0) != found.st_size)
		return -EIO;
	rc = find_frames(file, (size_t)found.st_size, &frames);
	if (rc < 0)
		pack_frames_free(&frames);
	else
		*ret = frames;
	return rc;
}

void pack_frames_free(struct pack_frames *frames)
{
	free(frames->list);
	*frames = (struct pack_frames){ 0 };
}
