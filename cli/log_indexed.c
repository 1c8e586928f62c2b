/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_indexed.h"

#include "audit/pack.h"
#include "core/clock.h"
#include "core/err.h"

#include <string.h>
#include <sys/stat.h>

#define CONTENT_MAX (64 * 1024 * 1024) /* bytes of a segment; a larger one is not the writer's */

/* Entries of which the index has one hash. */
struct block {
	uint64_t first;
	uint64_t end;
	uint64_t offset; /* where the first should be */
	const uint8_t *hash;
};

/* Where an entry should be. */
struct place {
	uint64_t seq;
	int64_t wall_us;
	struct block block;
};

struct asked {
	const struct log_filter *filter;
	struct seg_index index;
	struct log_tree tree; /* that the segment ends with */
	struct place *places;
	size_t n_places;
	struct line_reader *reader;
	struct pack_frames frames;
	struct log_found found;
};

void log_found_free(struct log_found *found)
{
	for (size_t i = 0; i < found->n; i++)
		free((void *)(uintptr_t)found->list[i].text);
	free(found->list);
	*found = (struct log_found){ 0 };
}

static void asked_done(struct asked *asked)
{
	seg_index_close(&asked->index);
	free(asked->places);
	if (asked->reader)
		line_reader_free(asked->reader);
	pack_frames_free(&asked->frames);
	log_found_free(&asked->found);
}

static bool read_head(struct line_reader *reader, struct segment_head *ret)
{
	struct line line;

	return line_next(reader, &line) == 1 && segment_head_parse(line.text, line.len, ret) == 0;
}

/* The head of the next segment says what this one ends with. */
static bool fits_next(int dirfd, const struct log_segment *segment, const struct seg_index *index,
		      struct segment_head *ret)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct err ignored = { 0 };

	return segment_open(dirfd, segment->next_first, &reader, &ignored) == 0 &&
	       read_head(reader, ret) && ret->tree.size == index->first + index->n_entries &&
	       memcmp(ret->check.root, index->root, sizeof(index->root)) == 0;
}

/* True when the index cannot leave anything out: reading all of it is as fast. */
static bool is_meant_whole(const struct asked *asked)
{
	const struct log_filter *filter = asked->filter;
	const struct seg_index *index = &asked->index;

	return !log_filter_wants_row(filter) && index->first_wall_us >= filter->since_us &&
	       index->last_wall_us <= filter->until_us && index->first >= filter->seq_first &&
	       index->first + index->n_entries - 1 <= filter->seq_last;
}

static bool mark_rows(const struct asked *asked, bool *meant)
{
	struct seg_index_row row;
	size_t pos = 0;

	for (uint64_t i = 0; i < asked->index.n_rows; i++) {
		if (!seg_index_row_next(&asked->index, &pos, &row))
			return false;
		meant[i] = log_filter_has_row(asked->filter, &row);
	}
	return true;
}

static bool find_places(struct asked *asked)
{
	const struct seg_index *index = &asked->index;
	struct block block = { .end = index->first };
	uint64_t end = index->first + index->n_entries;
	cleanup_free bool *meant = NULL;
	struct seg_index_cursor cursor;
	size_t n_blocks = 0;
	uint64_t n = 0;

	meant = calloc(index->n_rows + 1, sizeof(*meant));
	asked->places = calloc(index->n_entries + 1, sizeof(*asked->places));
	if (!meant || !asked->places || !mark_rows(asked, meant))
		return false;
	for (cursor = seg_index_begin(index); seg_index_next(&cursor); n++) {
		const struct seg_index_entry *entry = &cursor.entry;
		int64_t wall_us = entry->wall_sec * CLOCK_US_PER_SEC;

		if (n == index->n_entries)
			return false;
		if (entry->seq == block.end)
			block = (struct block){
				.first = entry->seq,
				.end = entry->seq + seg_index_block_len(entry->seq, end),
				.offset = entry->offset,
				.hash = index->blocks[n_blocks++],
			};
		if (meant[entry->row] && log_filter_has_seq(asked->filter, entry->seq) &&
		    log_filter_has_time(asked->filter, wall_us, wall_us + CLOCK_US_PER_SEC - 1))
			asked->places[asked->n_places++] =
				(struct place){ entry->seq, wall_us, block };
	}
	return n == index->n_entries;
}

static bool open_content(struct asked *asked, int dirfd)
{
	struct err ignored = { 0 };
	struct stat found;
	uint64_t size;

	if (segment_open(dirfd, asked->index.first, &asked->reader, &ignored) < 0 ||
	    fstat(asked->reader->fd, &found) < 0)
		return false;
	size = (uint64_t)found.st_size;
	if (asked->reader->packed) {
		if (pack_read_frames(asked->reader->fd, &asked->frames) < 0 || asked->frames.n == 0)
			return false;
		size = asked->frames.content_size;
	}
	return size == asked->index.content_size && size <= CONTENT_MAX;
}

/* The hashes of the index lead from what this segment begins with to what the next one does. */
static bool fits_tree(struct asked *asked, const struct segment_head *next)
{
	struct segment_head head;

	if (!read_head(asked->reader, &head) || head.tree.size != asked->index.first ||
	    !segment_head_is_signed(&head) || !segment_head_is_signed(next))
		return false;
	seg_index_join(&asked->index, &head.tree);
	asked->tree.size = head.tree.size;
	tree_root(&head.tree, asked->tree.root);
	return memcmp(asked->tree.root, next->check.root, TREE_HASH_SIZE) == 0;
}

/* Near enough that reading on is cheaper than beginning anew? */
static bool go_to(struct asked *asked, uint64_t offset, size_t *frame)
{
	struct line_reader *reader = asked->reader;
	const struct pack_frames *frames = &asked->frames;

	if (reader->packed) {
		while (*frame + 1 < frames->n && frames->list[*frame + 1].offset <= offset)
			++*frame;
		return frames->list[*frame].offset <= reader->offset ||
		       line_reader_seek(reader, frames->list[*frame].position,
					frames->list[*frame].offset) == 0;
	}
	return offset - reader->offset < LINE_BUFFER_SIZE ||
	       line_reader_seek(reader, offset, offset) == 0;
}

static bool keep(struct log_found *found, const struct log_entry *entry)
{
	if (found->n == found->size) {
		size_t size = found->size ? 2 * found->size : 64;
		struct log_entry *more = reallocarray(found->list, size, sizeof(*more));

		if (!more)
			return false;
		found->list = more;
		found->size = size;
	}
	found->list[found->n] = *entry;
	found->list[found->n].text = strndup(entry->text, entry->len);
	return found->list[found->n].text && ++found->n;
}

static bool take_place(struct asked *asked, const struct place *place, const struct line *line)
{
	struct log_entry entry = { .segment = asked->index.first,
				   .seq = place->seq - 1,
				   .wall_us = place->wall_us,
				   .tree = asked->tree };
	bool is_meant = log_entry_is_meant(asked->filter, line, &entry);

	/* Lines that changed places: the one that is meant stands elsewhere. */
	return entry.seq == place->seq && (!is_meant || keep(&asked->found, &entry));
}

/* All places of one block.  Return: false when its lines are not what the index says. */
static bool read_block(struct asked *asked, const struct block *block, size_t *at)
{
	uint8_t hash[TREE_HASH_SIZE];
	struct tree tree = { 0 };
	struct line line;

	while (tree.size < block->end - block->first && line_next(asked->reader, &line) == 1) {
		const struct place *place = &asked->places[*at];

		if (line.offset < block->offset || !log_entry_is_line(&line))
			continue;
		if (segment_leaf_hash(line.text, line.len, hash) < 0)
			return false;
		if (*at < asked->n_places && place->seq == block->first + tree.size) {
			if (!take_place(asked, place, &line))
				return false;
			++*at;
		}
		tree_append(&tree, hash);
	}
	tree_root(&tree, hash);
	return tree.size == block->end - block->first &&
	       memcmp(hash, block->hash, sizeof(hash)) == 0;
}

static bool read_places(struct asked *asked, const struct segment_head *next)
{
	size_t frame = 0;
	size_t at = 0;

	if (asked->n_places > 0 && !fits_tree(asked, next))
		return false;
	while (at < asked->n_places) {
		const struct block *block = &asked->places[at].block;

		if (!go_to(asked, block->offset, &frame) || !read_block(asked, block, &at))
			return false;
	}
	return true;
}

bool log_indexed_read(int dirfd, const struct log_segment *segment, const struct log_filter *filter,
		      struct log_found *ret)
{
	struct asked asked = { .filter = filter, .index.fd = -1 };
	struct segment_head next;
	bool found = !segment->is_newest &&
		     seg_index_open(dirfd, segment->first, &asked.index) == 0 &&
		     fits_next(dirfd, segment, &asked.index, &next);

	if (found &&
	    log_filter_has_time(filter, asked.index.first_wall_us, asked.index.last_wall_us))
		found = !is_meant_whole(&asked) && seg_index_load_body(&asked.index) == 0 &&
			seg_index_load_blocks(&asked.index) == 0 && find_places(&asked) &&
			open_content(&asked, dirfd) && read_places(&asked, &next);
	if (found) {
		*ret = asked.found;
		asked.found = (struct log_found){ 0 };
	}
	asked_done(&asked);
	return found;
}
