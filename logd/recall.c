/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/recall.h"

#include "audit/line.h"
#include "audit/record.h"
#include "audit/segment.h"
#include "audit/writer.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The newest line of that type in one segment. */
struct found {
	char line[RECORD_MAX + 1];
	uint64_t seq;
	int64_t wall_us; /* the latest of it and of every entry after it */
	bool exists;
};

static bool is_entry(const struct line *line, struct record_prefix *prefix)
{
	return line->whole && line->len <= RECORD_MAX &&
	       record_scan(line->text, line->len, prefix) == 0;
}

static bool is_it(const struct record_prefix *prefix)
{
	return prefix->type_len == strlen(RECALL_TYPE) &&
	       memcmp(prefix->type, RECALL_TYPE, prefix->type_len) == 0;
}

static int search(struct line_reader *reader, struct found *found, struct err *err)
{
	struct record_prefix prefix;
	struct line line;
	int rc;

	while ((rc = line_next(reader, &line)) == 1) {
		if (!is_entry(&line, &prefix))
			continue;
		if (prefix.wall_us > found->wall_us)
			found->wall_us = prefix.wall_us;
		if (!is_it(&prefix))
			continue;
		memcpy(found->line, line.text, line.len);
		found->line[line.len] = '\0';
		found->seq = prefix.seq;
		found->wall_us = prefix.wall_us;
		found->exists = true;
	}
	return rc < 0 && rc != -EMSGSIZE ? err_set(err, rc, "the log cannot be read") : 0;
}

/* Every text and number of the entry, in the form in which it came. */
static void keep(struct ipc_log_recalled *ret, const struct found *found)
{
	json_auto_t *entry = json_loads(found->line, JSON_REJECT_DUPLICATES, NULL);
	const char *key;
	json_t *value;

	ret->code = entry ? 0 : -EBADMSG;
	ret->seq = found->seq;
	json_object_foreach(entry, key, value)
	{
		char number[24];
		const char *text = json_string_value(value);

		if (json_is_integer(value)) {
			(void)snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
				       json_integer_value(value));
			text = number;
		}
		if (text && !record_is_common_key(key))
			pairs_add(ret->fields, sizeof(ret->fields), &ret->fields_len, key, text);
	}
}

/* What a line adds to the tree; a #seg line in the middle adds nothing. */
static bool replay_line(struct tree *tree, const struct line *line)
{
	uint8_t leaf[TREE_HASH_SIZE];

	if (!line->whole || line->len == 0)
		return false;
	if (line->text[0] == '{')
		tree_leaf_hash(line->text, line->len, leaf);
	else if (segment_redaction_parse(line->text, line->len, leaf) < 0)
		return line->text[0] == '#';
	tree_append(tree, leaf);
	return true;
}

/* The tree after one more segment; @begin: it is the first, and says where the tree stands. */
static int replay(int dirfd, uint64_t first, bool begin, struct tree *tree, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	char name[SEGMENT_NAME_LEN + 1];
	struct segment_head head;
	struct line line;
	int rc = segment_open(dirfd, first, &reader, err);

	segment_name_format(first, name);
	if (rc < 0)
		return rc;
	if (begin) {
		if (line_next(reader, &line) != 1 ||
		    segment_head_parse(line.text, line.len, &head) < 0)
			return err_set(err, -EBADMSG, "%s has no beginning", name);
		*tree = head.tree;
	}
	while ((rc = line_next(reader, &line)) == 1 && replay_line(tree, &line))
		;
	return rc == 0 ? 0 : err_set(err, -EBADMSG, "%s is not whole", name);
}

static int prove(int dirfd, const uint64_t *firsts, size_t n, const struct writer *writer,
		 struct err *err)
{
	struct tree tree = { 0 };
	uint8_t root[TREE_HASH_SIZE];
	uint8_t expected[TREE_HASH_SIZE];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = replay(dirfd, firsts[i], i == 0, &tree, err);
	if (rc < 0)
		return rc;
	tree_root(&tree, root);
	writer_root(writer, expected);
	if (tree.size != writer_size(writer) || memcmp(root, expected, sizeof(root)) != 0)
		return err_set(err, -EBADMSG, "the entries do not lead to the head of the log");
	return 0;
}

/* Return: 1 when it is not in this segment, the first of @n. */
static int read_segment(struct recall *recall, int dirfd, const uint64_t *firsts, size_t n,
			const struct writer *writer, struct err *err)
{
	cleanup_free struct found *found = calloc(1, sizeof(*found));
	cleanup_line_reader struct line_reader *reader = NULL;
	int rc;

	if (!found)
		return err_set(err, -ENOMEM, "out of memory");
	rc = segment_open(dirfd, firsts[0], &reader, err);
	if (rc == 0)
		rc = search(reader, found, err);
	if (found->wall_us > recall->newest.wall_us)
		recall->newest.wall_us = found->wall_us;
	if (rc < 0 || !found->exists)
		return rc < 0 ? rc : 1;
	rc = prove(dirfd, firsts, n, writer, err);
	if (rc == 0)
		keep(&recall->newest, found);
	return rc;
}

int recall_read(struct recall *recall, const char *dir, const struct writer *writer,
		struct err *err)
{
	cleanup_close int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_free uint64_t *firsts = NULL;
	size_t n = 0;
	int rc;

	*recall = (struct recall){ .newest.code = -ENOENT };
	if (dirfd < 0)
		return err_set(err, -errno, "%s: %m", dir);
	rc = segment_list(dirfd, &firsts, &n, err);
	if (rc == 0)
		rc = 1;
	for (size_t i = n; rc == 1 && i > 0; i--)
		rc = read_segment(recall, dirfd, firsts + i - 1, n - i + 1, writer, err);
	if (rc < 0)
		recall->newest.code = -EBADMSG;
	return rc < 0 ? rc : 0;
}

void recall_added(struct recall *recall, const struct ipc_log_append *event, uint64_t seq,
		  int64_t wall_us)
{
	const char *key, *value;
	size_t pos = 0;

	if (strcmp(event->type, RECALL_TYPE) != 0) {
		if (wall_us > recall->newest.wall_us)
			recall->newest.wall_us = wall_us;
		return;
	}
	recall->coming = (struct ipc_log_recalled){ .seq = seq, .wall_us = wall_us };
	while (pairs_next(event->fields, event->fields_len, &pos, &key, &value))
		pairs_add(recall->coming.fields, sizeof(recall->coming.fields),
			  &recall->coming.fields_len, key, value);
}

void recall_committed(struct recall *recall, bool durable)
{
	if (durable && recall->coming.fields_len > 0)
		recall->newest = recall->coming;
	recall->coming.fields_len = 0;
}
