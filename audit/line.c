/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/line.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void line_reader_init(struct line_reader *reader, int fd, uint64_t offset)
{
	reader->fd = fd;
	reader->offset = offset;
	reader->pos = 0;
	reader->len = 0;
	reader->at_end = false;
}

/* Moves what is left to the front and reads more behind it. */
static int fill(struct line_reader *reader)
{
	ssize_t n;

	memmove(reader->buffer, reader->buffer + reader->pos, reader->len - reader->pos);
	reader->len -= reader->pos;
	reader->pos = 0;
	do {
		n = read(reader->fd, reader->buffer + reader->len,
			 sizeof(reader->buffer) - reader->len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
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
