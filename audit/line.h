/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Reading a segment line by line in bounded memory, whatever its size or
 * content, and whether it is plain or compressed (zstd, RFC 8878).
 */

#pragma once

#include "core/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX_LEN 16384 /* bytes; far more than the longest line that is valid */
#define LINE_BUFFER_SIZE (128 * 1024)
#define LINE_PACKED_SUFFIX ".zst"       /* of a compressed segment's name */
#define LINE_PACKED_FRAME (1024 * 1024) /* bytes of content in one frame, at most */

struct err;
struct line_packed; /* line.c */

struct line_reader {
	int fd;
	struct line_packed *packed; /* NULL: the file is plain */
	uint64_t offset;            /* of buffer[pos] in the content */
	size_t pos;
	size_t len;
	bool at_end;
	char buffer[LINE_BUFFER_SIZE];
};

struct line {
	const char *text; /* valid until the next call; not NUL-terminated */
	size_t len;       /* without the newline */
	uint64_t offset;  /* of its first byte in the content */
	bool whole;       /* ended by a newline; only the last of a file may not be */
};

/* A plain file; @fd stays the caller's, stands at @offset, and there is nothing to free. */
void line_reader_init(struct line_reader *reader, int fd, uint64_t offset);

/**
 * line_reader_open() - read a file from its beginning, plain or compressed as its first bytes say
 * @fd:		stands there; belongs to the reader once this has succeeded
 * @ret:	set on success only, line_reader_free() it
 *
 * Return: 0, -ENOMEM, or the error of reading.
 */
int line_reader_open(int fd, struct line_reader **ret, struct err *err);

/**
 * segment_open() - read the segment of a log whose first entry is @first
 * @ret:	set on success only, line_reader_free() it
 *
 * Where it stands there in both forms the plain one counts: its compressed copy
 * may be unfinished.
 *
 * Return: 0, -ENOENT, or another error of opening it.
 */
int segment_open(int dirfd, uint64_t first, struct line_reader **ret, struct err *err);

/**
 * line_reader_seek() - go on from another place
 * @position:	in the file; where a frame begins when it is compressed
 * @offset:	of the same place in the content; equal to @position in a plain file
 *
 * Return: 0, or -errno.
 */
int line_reader_seek(struct line_reader *reader, uint64_t position, uint64_t offset);

/**
 * line_next() - the next line
 *
 * Return: 1, 0 at the end, -EMSGSIZE for a line above LINE_MAX_LEN, -EBADMSG for a
 * compressed file that is cut or damaged (ret->offset is set for both), or the
 * error of read(2).
 */
int line_next(struct line_reader *reader, struct line *ret);

/* Closes the file as well; only for what line_reader_open() or segment_open() made. */
void line_reader_free(struct line_reader *reader);

DEFINE_CLEANUP(struct line_reader *, line_reader_free)
#define cleanup_line_reader cleanup_with(line_reader_freep)
