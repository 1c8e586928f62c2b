/* SPDX-License-Identifier: Apache-2.0 */

/* Reading a segment line by line in bounded memory, whatever its size or content. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX_LEN 16384 /* bytes; far more than the longest line that is valid */
#define LINE_BUFFER_SIZE (128 * 1024)

struct line_reader {
	int fd;
	uint64_t offset; /* of buffer[pos] in the file */
	size_t pos;
	size_t len;
	bool at_end;
	char buffer[LINE_BUFFER_SIZE];
};

struct line {
	const char *text; /* valid until the next call; not NUL-terminated */
	size_t len;       /* without the newline */
	uint64_t offset;  /* of its first byte in the file */
	bool whole;       /* ended by a newline; only the last of a file may not be */
};

/* @fd stays the caller's and stands at @offset. */
void line_reader_init(struct line_reader *reader, int fd, uint64_t offset);

/**
 * line_next() - the next line
 *
 * Return: 1, 0 at the end, -EMSGSIZE for a line above LINE_MAX_LEN (ret->offset
 * is set), or the error of read(2).
 */
int line_next(struct line_reader *reader, struct line *ret);
