/* SPDX-License-Identifier: Apache-2.0 */

/* Making an index, and comparing one with what it was made from. */

#include "audit/seg_index_layout.h"
#include "core/err.h"
#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define TABLE_SIZE_MIN 1024 /* slots, a power of two */
#define REDACTED "#red "
#define CHECK "#cp "

struct bytes {
	char *at;
	size_t len;
	size_t size;
};

/* Texts that differ, numbered in the order in which they came. */
struct numbered {
	struct bytes bytes; /* one behind the other */
	uint64_t *starts;   /* of each, and the end of the last */
	uint64_t n;
	/* Open addressing, by a keyed hash: the texts are a stranger's. */
	uint32_t *table; /* number plus 1; 0 is free */
	size_t table_size;
	uint8_t hash_key[crypto_shorthash_KEYBYTES];
};

struct builder {
	struct seg_index index; /* what is known so far */
	struct numbered values;
	struct numbered rows;
	struct bytes entries;
	struct bytes blocks;
	struct bytes scratch;
	struct tree block; /* that is not full yet */
	uint64_t last_offset;
	int64_t last_sec;
	struct segment_check check; /* of the newest #cp line */
	bool is_covered;            /* no entry since */
};

static void numbered_done(struct numbered *numbered)
{
	free(numbered->bytes.at);
	free(numbered->starts);
	free(numbered->table);
}

static void builder_done(struct builder *builder)
{
	numbered_done(&builder->values);
	numbered_done(&builder->rows);
	free(builder->entries.at);
	free(builder->blocks.at);
	free(builder->scratch.at);
}

static bool put(struct bytes *bytes, const char *text, size_t len)
{
	if (len > bytes->size - bytes->len) {
		size_t size = 2 * bytes->size + len + 4096;
		char *more = realloc(bytes->at, size);

		if (!more)
			return false;
		bytes->at = more;
		bytes->size = size;
	}
	if (len > 0) /* of nothing there is no place either */
		memcpy(bytes->at + bytes->len, text, len);
	bytes->len += len;
	return true;
}

static bool put_number(struct bytes *bytes, uint64_t number)
{
	char text[SEG_INDEX_NUMBER_MAX];

	return put(bytes, text, seg_index_number_format(number, text));
}

/* The slot of a text, or the free one where it belongs. */
static uint32_t *find_slot(const struct numbered *numbered, const char *text, size_t len)
{
	uint8_t digest[crypto_shorthash_BYTES];
	uint64_t at;

	(void)crypto_shorthash(digest, (const unsigned char *)text, len, numbered->hash_key);
	memcpy(&at, digest, sizeof(at));
	for (;; at++) {
		uint32_t *slot = &numbered->table[at & (numbered->table_size - 1)];
		uint64_t start = *slot ? numbered->starts[*slot - 1] : 0;

		if (*slot == 0 || (numbered->starts[*slot] - start == len &&
				   memcmp(numbered->bytes.at + start, text, len) == 0))
			return slot;
	}
}

/* At least twice as many slots as texts. */
static bool grow(struct numbered *numbered)
{
	size_t size = numbered->table_size ? 2 * numbered->table_size : TABLE_SIZE_MIN;
	uint64_t *starts = reallocarray(numbered->starts, size + 1, sizeof(*starts));
	uint32_t *table = starts ? calloc(size, sizeof(*table)) : NULL;

	if (starts)
		numbered->starts = starts;
	if (!table)
		return false;
	starts[numbered->n] = numbered->bytes.len;
	free(numbered->table);
	numbered->table = table;
	numbered->table_size = size;
	for (uint32_t i = 0; i < numbered->n; i++)
		*find_slot(numbered, numbered->bytes.at + starts[i], starts[i + 1] - starts[i]) =
			i + 1;
	return true;
}

static bool number_of(struct numbered *numbered, const struct bytes *text, uint64_t *ret)
{
	uint32_t *slot;

	if (2 * numbered->n >= numbered->table_size && !grow(numbered))
		return false;
	slot = find_slot(numbered, text->at, text->len);
	if (*slot == 0) {
		if (!put(&numbered->bytes, text->at, text->len))
			return false;
		numbered->starts[++numbered->n] = numbered->bytes.len;
		*slot = (uint32_t)numbered->n;
	}
	*ret = *slot - 1;
	return true;
}

static bool number_row(struct builder *builder, const struct seg_index_row *row, uint64_t *ret)
{
	uint64_t numbers[SEG_INDEX_COLUMNS];
	struct bytes *text = &builder->scratch;

	for (size_t i = 0; i < SEG_INDEX_COLUMNS; i++) {
		text->len = 0;
		if (!put(text, row->lens[i] ? row->values[i] : "", row->lens[i]) ||
		    !put(text, "\n", 1) || !number_of(&builder->values, text, &numbers[i]))
			return false;
	}
	text->len = 0;
	for (size_t i = 0; i < SEG_INDEX_COLUMNS; i++) {
		if (!put_number(text, numbers[i]))
			return false;
	}
	return number_of(&builder->rows, text, ret);
}

/* What there is of a block: one hash when it is full. */
static bool end_block(struct builder *builder)
{
	for (unsigned int level = TREE_LEVELS; level-- > 0;) {
		if (builder->block.size >> level & 1 &&
		    !put(&builder->blocks, (const char *)builder->block.frontier[level],
			 TREE_HASH_SIZE))
			return false;
	}
	builder->block.size = 0;
	return true;
}

static bool add_leaf(struct builder *builder, const uint8_t leaf[TREE_HASH_SIZE])
{
	uint64_t first = builder->index.first + builder->index.n_entries - builder->block.size;

	tree_append(&builder->block, leaf);
	return builder->block.size < seg_index_block_len(first, UINT64_MAX) || end_block(builder);
}

static int add_entry(struct builder *builder, const struct line *line,
		     const struct seg_index_row *row, int64_t sec, struct err *err)
{
	uint8_t leaf[TREE_HASH_SIZE];
	uint64_t number;

	if (segment_leaf_hash(line->text, line->len, leaf) < 0)
		return -EBADMSG;
	if (!add_leaf(builder, leaf) || !number_row(builder, row, &number) ||
	    !put_number(&builder->entries, line->offset - builder->last_offset) ||
	    !put_number(&builder->entries, seg_index_zigzag(sec - builder->last_sec)) ||
	    !put_number(&builder->entries, number))
		return err_set(err, -ENOMEM, "out of memory");
	builder->last_offset = line->offset;
	builder->last_sec = sec;
	builder->index.n_entries++;
	builder->is_covered = false;
	return 0;
}

static int add_line(struct builder *builder, const struct line *line, struct err *err)
{
	struct seg_index *index = &builder->index;
	struct record_prefix prefix;
	struct seg_index_row row = { 0 };

	if (line->len > strlen(REDACTED) && memcmp(line->text, REDACTED, strlen(REDACTED)) == 0)
		return add_entry(builder, line, &row, builder->last_sec, err);
	if (line->len > strlen(CHECK) && memcmp(line->text, CHECK, strlen(CHECK)) == 0) {
		builder->is_covered = true;
		return segment_check_parse(line->text, line->len, &builder->check);
	}
	if (record_scan(line->text, line->len, &prefix) < 0 ||
	    prefix.seq != index->first + index->n_entries ||
	    seg_index_row_read(line->text, line->len, &prefix, &row) < 0)
		return -EBADMSG;
	if (prefix.wall_us < index->first_wall_us)
		index->first_wall_us = prefix.wall_us;
	if (prefix.wall_us > index->last_wall_us)
		index->last_wall_us = prefix.wall_us;
	return add_entry(builder, line, &row, prefix.wall_us / CLOCK_US_PER_SEC, err);
}

static int read_head(struct builder *builder, struct line_reader *reader)
{
	struct segment_head head;
	struct line line;
	int rc = line_next(reader, &line);

	if (rc < 0)
		return rc;
	if (rc == 0 || !line.whole || segment_head_parse(line.text, line.len, &head) < 0)
		return -EBADMSG;
	builder->index.first = head.tree.size;
	return 0;
}

static int read_lines(struct builder *builder, struct line_reader *reader, struct err *err)
{
	struct seg_index *index = &builder->index;
	struct line line;
	int rc = read_head(builder, reader);

	while (rc == 0 && (rc = line_next(reader, &line)) == 1) {
		rc = line.whole ? add_line(builder, &line, err) : -EBADMSG;
		index->content_size = line.offset + line.len + 1;
	}
	if (rc == 0 &&
	    (!builder->is_covered || builder->check.size != index->first + index->n_entries))
		rc = -EBADMSG;
	memcpy(index->root, builder->check.root, sizeof(index->root));
	index->n_values = builder->values.n;
	index->values_len = builder->values.bytes.len;
	index->n_rows = builder->rows.n;
	index->rows_len = builder->rows.bytes.len;
	index->entries_len = builder->entries.len;
	if (rc == 0 && !end_block(builder))
		rc = err_set(err, -ENOMEM, "out of memory");
	index->n_blocks = builder->blocks.len / TREE_HASH_SIZE;
	return rc;
}

static int assemble(struct builder *builder, char **ret, size_t *ret_len, struct err *err)
{
	const struct bytes *parts[] = { &builder->values.bytes, &builder->rows.bytes,
					&builder->entries, &builder->blocks };
	size_t len = SEG_INDEX_HEAD_SIZE;
	cleanup_free char *out =
		malloc(SEG_INDEX_HEAD_SIZE + seg_index_body_len(&builder->index) + 1);

	if (!out)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i]->len > 0)
			memcpy(out + len, parts[i]->at, parts[i]->len);
		len += parts[i]->len;
	}
	seg_index_head_format(&builder->index, out + SEG_INDEX_HEAD_SIZE, (uint8_t *)out);
	*ret = take_ptr(&out);
	*ret_len = len;
	return 0;
}

int seg_index_build(struct line_reader *reader, char **ret, size_t *ret_len, struct err *err)
{
	struct builder builder = { .index = { .first_wall_us = INT64_MAX,
					      .last_wall_us = INT64_MIN } };
	int rc;

	randombytes_buf(builder.values.hash_key, sizeof(builder.values.hash_key));
	randombytes_buf(builder.rows.hash_key, sizeof(builder.rows.hash_key));
	rc = read_lines(&builder, reader, err);
	if (rc == 0)
		rc = assemble(&builder, ret, ret_len, err);
	else if (rc == -EBADMSG)
		(void)err_set(err, rc, "it is not a whole segment; remedy: run sekisho log verify");
	else if (err->code == 0)
		(void)err_set(err, rc, "read a segment: %s", strerror(-rc));
	builder_done(&builder);
	return rc;
}

static int read_whole(int dirfd, const char *path, char **ret, size_t *ret_len)
{
	cleanup_close int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	cleanup_free char *text = NULL;
	struct stat found;

	if (fd < 0 || fstat(fd, &found) < 0)
		return -errno;
	if (found.st_size > 2 * SEG_INDEX_BODY_MAX)
		return -EBADMSG;
	text = malloc((size_t)found.st_size + 1);
	if (!text)
		return -ENOMEM;
	if (pread(fd, text, (size_t)found.st_size, 0) != found.st_size)
		return -EBADMSG;
	*ret = take_ptr(&text);
	*ret_len = (size_t)found.st_size;
	return 0;
}

int seg_index_check(int dirfd, uint64_t first, struct err *err)
{
	char path[sizeof(SEG_INDEX_DIR) + SEG_INDEX_NAME_MAX] = SEG_INDEX_DIR "/";
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_free char *there = NULL;
	cleanup_free char *right = NULL;
	size_t there_len = 0;
	size_t right_len = 0;
	int rc;

	seg_index_name_format(first, path + strlen(path));
	rc = read_whole(dirfd, path, &there, &there_len);
	if (rc == -ENOENT || (rc == 0 && seg_index_is_old(there, there_len)))
		return 0;
	if (rc == 0)
		rc = segment_open(dirfd, first, &reader, err);
	if (rc == 0)
		rc = seg_index_build(reader, &right, &right_len, err);
	if (rc < 0 && rc != -EBADMSG)
		return err->code ? rc : err_set(err, rc, "read %s: %s", path, strerror(-rc));
	if (rc < 0 || there_len != right_len || memcmp(there, right, right_len) != 0)
		return err_set(err, -EBADMSG,
			       "%s does not say what the lines of its segment say; "
			       "remedy: delete it",
			       path);
	return 0;
}
