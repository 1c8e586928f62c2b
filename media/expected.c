/* SPDX-License-Identifier: Apache-2.0 */

#include "media/expected.h"

#include "core/sums.h"

#include <stdlib.h>
#include <string.h>

struct compared {
	struct media_tree *tree;
	struct expected counts;
	const char *folder; /* of the list that is read, "" or with "/" behind it */
	size_t folder_len;
};

static void look_for(struct compared *compared, const char *name, const uint8_t *hash)
{
	char path[4096 + 256];
	struct media_file *file;
	int n = snprintf(path, sizeof(path), "%.*s%s", (int)compared->folder_len, compared->folder,
			 name);

	file = n < (int)sizeof(path) ? media_tree_find(compared->tree, path) : NULL;
	if (!file)
		compared->counts.missing++;
	else if (memcmp(file->hash, hash, IPC_HASH_SIZE) != 0)
		compared->counts.changed++;
	else if (!file->is_expected)
		compared->counts.matching++;
	if (file)
		file->is_expected = true;
}

/* Twice the same text: what is no list to its end names nothing. */
static bool each_line(char *text, struct compared *compared)
{
	char *rest = text;
	bool has_lines = false;

	for (char *line; (line = strsep(&rest, "\n"));) {
		uint8_t hash[IPC_HASH_SIZE];
		char *name;

		if (*line == '\0')
			continue;
		if (!sums_line(line, hash, &name))
			return false;
		has_lines = true;
		if (compared)
			look_for(compared, name, hash);
	}
	return has_lines;
}

static void read_list(struct compared *compared, int root_fd, const struct media_file *file)
{
	cleanup_free char *text = media_tree_text(root_fd, file, EXPECTED_LIST_MAX);
	cleanup_free char *copy = text ? strdup(text) : NULL;
	const char *slash = strrchr(file->name, '/');

	if (!copy || strlen(text) != file->size || !each_line(copy, NULL))
		return;
	compared->folder = file->name;
	compared->folder_len = slash ? (size_t)(slash - file->name) + 1 : 0;
	(void)each_line(text, compared);
}

static bool is_among(const uint8_t *hash, const uint8_t hashes[][IPC_HASH_SIZE], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (memcmp(hash, hashes[i], IPC_HASH_SIZE) == 0)
			return true;
	}
	return false;
}

/* No file has it; given twice it is missed once. */
static uint64_t count_missing(const struct media_tree *tree, const uint8_t hashes[][IPC_HASH_SIZE],
			      size_t n)
{
	uint64_t missing = 0;

	for (size_t i = 0; i < n; i++) {
		bool is_there = is_among(hashes[i], hashes, i);

		for (size_t f = 0; !is_there && f < tree->n; f++)
			is_there = memcmp(tree->files[f].hash, hashes[i], IPC_HASH_SIZE) == 0;
		missing += !is_there;
	}
	return missing;
}

struct expected expected_compare(int root_fd, struct media_tree *tree,
				 const uint8_t hashes[][IPC_HASH_SIZE], size_t n)
{
	struct compared compared = { .tree = tree };

	for (size_t i = 0; i < tree->n; i++) {
		if (is_among(tree->files[i].hash, hashes, n))
			read_list(&compared, root_fd, &tree->files[i]);
	}
	for (size_t i = 0; i < tree->n; i++) {
		struct media_file *file = &tree->files[i];

		if (file->is_expected || n == 0)
			continue;
		file->is_expected = is_among(file->hash, hashes, n);
		if (file->is_expected)
			compared.counts.matching++;
		else
			compared.counts.extra++;
	}
	compared.counts.missing += count_missing(tree, hashes, n);
	return compared.counts;
}
