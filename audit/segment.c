/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/segment.h"

#include "audit/line.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

static void base64(char *out, size_t size, const uint8_t *bytes, size_t len)
{
	(void)sodium_bin2base64(out, size, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

/* The frontier from the largest subtree to the smallest, that is, in log order. */
static size_t format_frontier(const struct tree *tree, char *out)
{
	size_t used = 0;

	for (unsigned int level = TREE_LEVELS; level-- > 0;) {
		char text[NOTE_HASH_TEXT];

		if (!(tree->size >> level & 1))
			continue;
		base64(text, sizeof(text), tree->frontier[level], TREE_HASH_SIZE);
		used += (size_t)sprintf(out + used, "%s\"%s\"", used ? "," : "", text);
	}
	return used;
}

size_t segment_head_format(const struct segment_head *head, char *out)
{
	char root[NOTE_HASH_TEXT];
	char signature[NOTE_SIG_TEXT];
	size_t len = (size_t)sprintf(out,
				     "#seg {\"v\":1,\"origin\":\"%s\",\"first\":%" PRIu64
				     ",\"frontier\":[",
				     head->origin, head->tree.size);

	out[len] = '\0';
	len += format_frontier(&head->tree, out + len);
	if (head->tree.size == 0)
		return len + (size_t)sprintf(out + len, "],\"prev\":null}\n");
	base64(root, sizeof(root), head->check.root, sizeof(head->check.root));
	base64(signature, sizeof(signature), head->check.signature, NOTE_SIGNATURE_SIZE);
	return len + (size_t)sprintf(out + len, "],\"prev\":{\"root\":\"%s\",\"sig\":\"%s\"}}\n",
				     root, signature);
}

struct cursor {
	const char *at;
	const char *end;
};

static bool literal(struct cursor *cursor, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(cursor->end - cursor->at) < len || memcmp(cursor->at, text, len) != 0)
		return false;
	cursor->at += len;
	return true;
}

static bool number(struct cursor *cursor, uint64_t *ret)
{
	const char *first = cursor->at;

	*ret = 0;
	for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
		*ret = *ret * 10 + (uint64_t)(*cursor->at - '0');
		if (*ret > SEGMENT_SEQ_MAX)
			return false;
	}
	return cursor->at > first;
}

static bool bytes(struct cursor *cursor, uint8_t *out, size_t size)
{
	size_t len = sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL) - 1;

	if ((size_t)(cursor->end - cursor->at) < len ||
	    !note_base64_decode(cursor->at, len, out, size))
		return false;
	cursor->at += len;
	return true;
}

static bool origin(struct cursor *cursor, char out[NOTE_NAME_MAX + 1])
{
	const char *quote = memchr(cursor->at, '"', (size_t)(cursor->end - cursor->at));
	size_t len = quote ? (size_t)(quote - cursor->at) : 0;

	if (!note_is_name(cursor->at, len) || memchr(cursor->at, '\\', len))
		return false;
	memcpy(out, cursor->at, len);
	out[len] = '\0';
	cursor->at = quote;
	return true;
}

static bool frontier(struct cursor *cursor, struct tree *tree)
{
	bool any = false;

	for (unsigned int level = TREE_LEVELS; level-- > 0;) {
		if (!(tree->size >> level & 1))
			continue;
		if ((any && !literal(cursor, ",")) || !literal(cursor, "\"") ||
		    !bytes(cursor, tree->frontier[level], TREE_HASH_SIZE) || !literal(cursor, "\""))
			return false;
		any = true;
	}
	return true;
}

static bool previous(struct cursor *cursor, struct segment_head *head)
{
	uint8_t root[TREE_HASH_SIZE];

	if (head->tree.size == 0)
		return literal(cursor, "null");
	head->check.size = head->tree.size;
	tree_root(&head->tree, root);
	return literal(cursor, "{\"root\":\"") &&
	       bytes(cursor, head->check.root, sizeof(head->check.root)) &&
	       literal(cursor, "\",\"sig\":\"") &&
	       bytes(cursor, head->check.signature, NOTE_SIGNATURE_SIZE) &&
	       literal(cursor, "\"}") && memcmp(root, head->check.root, sizeof(root)) == 0;
}

int segment_head_parse(const char *text, size_t len, struct segment_head *ret)
{
	struct cursor cursor = { .at = text, .end = text + len };
	struct segment_head head = { 0 };
	char again[SEGMENT_HEAD_MAX];

	if (!literal(&cursor, "#seg {\"v\":1,\"origin\":\"") || !origin(&cursor, head.origin) ||
	    !literal(&cursor, "\",\"first\":") || !number(&cursor, &head.tree.size) ||
	    !literal(&cursor, ",\"frontier\":[") || !frontier(&cursor, &head.tree) ||
	    !literal(&cursor, "],\"prev\":") || !previous(&cursor, &head) ||
	    !literal(&cursor, "}") || cursor.at != cursor.end)
		return -EBADMSG;
	if (segment_head_format(&head, again) != len + 1 || memcmp(again, text, len) != 0)
		return -EBADMSG;
	*ret = head;
	return 0;
}

size_t segment_check_format(const struct segment_check *check, char *out)
{
	char root[NOTE_HASH_TEXT];
	char signature[NOTE_SIG_TEXT];

	base64(root, sizeof(root), check->root, sizeof(check->root));
	base64(signature, sizeof(signature), check->signature, NOTE_SIGNATURE_SIZE);
	return (size_t)snprintf(out, SEGMENT_CHECK_MAX, "#cp %" PRIu64 " %s %s\n", check->size,
				root, signature);
}

int segment_check_parse(const char *text, size_t len, struct segment_check *ret)
{
	struct cursor cursor = { .at = text, .end = text + len };
	struct segment_check check = { 0 };
	char again[SEGMENT_CHECK_MAX];

	if (!literal(&cursor, "#cp ") || !number(&cursor, &check.size) || !literal(&cursor, " ") ||
	    !bytes(&cursor, check.root, sizeof(check.root)) || !literal(&cursor, " ") ||
	    !bytes(&cursor, check.signature, sizeof(check.signature)) || cursor.at != cursor.end)
		return -EBADMSG;
	if (segment_check_format(&check, again) != len + 1 || memcmp(again, text, len) != 0)
		return -EBADMSG;
	*ret = check;
	return 0;
}

bool segment_check_verify(const struct segment_check *check, const struct note_key *key)
{
	struct checkpoint checkpoint = { .size = check->size };

	strcpy(checkpoint.origin, key->name);
	memcpy(checkpoint.root, check->root, sizeof(check->root));
	return checkpoint_verify(&checkpoint, key, check->signature);
}

void segment_name_format(uint64_t first, char *out)
{
	(void)snprintf(out, SEGMENT_NAME_LEN + 1, "seg-%012" PRIu64 ".jsonl", first);
}

bool segment_name_parse(const char *name, uint64_t *ret_first)
{
	char again[SEGMENT_NAME_LEN + 1];
	uint64_t first = 0;

	if (strlen(name) != SEGMENT_NAME_LEN || strncmp(name, "seg-", 4) != 0)
		return false;
	for (const char *pos = name + 4; *pos >= '0' && *pos <= '9'; pos++)
		first = first * 10 + (uint64_t)(*pos - '0');
	segment_name_format(first, again);
	if (strcmp(again, name) != 0)
		return false;
	*ret_first = first;
	return true;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The name of a segment as it is or compressed. */
static bool parse_either(const char *name, uint64_t *ret_first)
{
	char plain[SEGMENT_NAME_LEN + 1] = "";

	if (strlen(name) > SEGMENT_NAME_LEN &&
	    strcmp(name + SEGMENT_NAME_LEN, LINE_PACKED_SUFFIX) == 0)
		memcpy(plain, name, SEGMENT_NAME_LEN);
	return segment_name_parse(*plain ? plain : name, ret_first);
}

/* Of @n sorted numbers each once.  Return: how many. */
static size_t drop_repeated(uint64_t *firsts, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || firsts[kept - 1] != firsts[i])
			firsts[kept++] = firsts[i];
	}
	return kept;
}

int segment_list(int dirfd, uint64_t **ret, size_t *ret_n, struct err *err)
{
	cleanup_closedir DIR *dir = file_list(dirfd, ".");
	cleanup_free uint64_t *firsts = NULL;
	size_t size = 0;
	size_t n = 0;
	struct dirent *entry;

	if (!dir)
		return err_set(err, -errno, "read the directory of the log: %m");
	while ((errno = 0, entry = readdir(dir))) {
		uint64_t first;

		if (!parse_either(entry->d_name, &first))
			continue;
		if (n == size) {
			uint64_t *more =
				reallocarray(firsts, size = size ? 2 * size : 64, sizeof(*firsts));

			if (!more)
				return err_set(err, -ENOMEM, "out of memory");
			firsts = more;
		}
		firsts[n++] = first;
	}
	if (errno)
		return err_set(err, -errno, "read the directory of the log: %m");
	if (n > 0)
		qsort(firsts, n, sizeof(*firsts), compare);
	*ret = take_ptr(&firsts);
	*ret_n = drop_repeated(*ret, n);
	return 0;
}
