/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Compressed segments: seg-N.jsonl.zst, frames of zstd (RFC 8878), each of at
 * most LINE_PACKED_FRAME bytes of content that end with a line, with the size
 * of its content and its checksum.  audit/line.h reads them.
 */

#pragma once

#include "audit/line.h"

/* Where a frame begins. */
struct pack_frame {
	uint64_t position; /* in the file */
	uint64_t offset;   /* in the content */
};

struct pack_frames {
	struct pack_frame *list;
	size_t n;
	uint64_t content_size;
};

/**
 * pack_segment() - compress a closed segment and remove the plain one
 * @dirfd:	the log's directory; nobody else compresses in it
 *
 * The plain one goes only after the other is durable and was read again and
 * found to hold the same.  Interrupted at any point, one of them is whole.
 *
 * Return: 0, or a negative errno: then the plain one is as it was.
 */
int pack_segment(int dirfd, uint64_t first, struct err *err);

/**
 * pack_read_frames() - where the frames of a compressed file begin
 * @ret:	set on success only, pack_frames_free() it
 *
 * Reads their heads and takes nothing that they say for proven.
 *
 * Return: 0, or a negative errno.
 */
int pack_read_frames(int fd, struct pack_frames *ret);
void pack_frames_free(struct pack_frames *frames);
