/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/segment.h"

#include "audit/cursor.h"
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
	char key[NOTE_HASH_TEXT];
	char signature[NOTE_SIG_TEXT];
	size_t len = (size_t)sprintf(out,
				     "#seg {\"v\":1,\"origin\":\"%s\",\"first\":%" PRIu64
				     ",\"frontier\":[",
				     head->origin, head->tree.size);

	out[len] = '\0';
	len += format_frontier(&head->tree, out + len);
	base64(key, sizeof(key), head->next.public, NOTE_PUBLIC_SIZE);
	len += (size_t)sprintf(out + len, "],\"epoch\":%" PRIu64 ",\"key\":\"%s\",\"prev\":",
			       head->next.number, key);
	if (head->tree.size == 0)
		return len + (size_t)sprintf(out + len, "null}\n");
	base64(root, sizeof(root), head->check.root, sizeof(head->check.root));
	base64(key, sizeof(key), head->signer.public, NOTE_PUBLIC_SIZE);
	base64(signature, sizeof(signature), head->check.signature, NOTE_SIGNATURE_SIZE);
	return len + (size_t)sprintf(out + len,
				     "{\"root\":\"%s\",\"epoch\":%" PRIu64
				     ",\"key\":\"%s\",\"sig\":\"%s\"}}\n",
				     root, head->signer.number, key, signature);
}

static bool frontier(struct cursor *cursor, struct tree *tree)
{
	bool any = false;

	for (unsigned int level = TREE_LEVELS; level-- > 0;) {
		if (!(tree->size >> level & 1))
			continue;
		if ((any && !cursor_literal(cursor, ",")) || !cursor_literal(cursor, "\"") ||
		    !cursor_bytes(cursor, tree->frontier[level], TREE_HASH_SIZE) ||
		    !cursor_literal(cursor, "\""))
			return false;
		any = true;
	}
	return true;
}

static bool previous(struct cursor *cursor, struct segment_head *head)
{
	uint8_t root[TREE_HASH_SIZE];

	if (head->tree.size == 0)
		return cursor_literal(cursor, "null");
	head->check.size = head->tree.size;
	tree_root(&head->tree, root);
	if (!cursor_literal(cursor, "{\"root\":\"") ||
	    !cursor_bytes(cursor, head->check.root, sizeof(head->check.root)) ||
	    !cursor_literal(cursor, "\",\"epoch\":") ||
	    !cursor_number(cursor, EPOCH_NUMBER_MAX, &head->signer.number) ||
	    !cursor_literal(cursor, ",\"key\":\"") ||
	    !cursor_bytes(cursor, head->signer.public, NOTE_PUBLIC_SIZE) ||
	    !cursor_literal(cursor, "\",\"sig\":\"") ||
	    !cursor_bytes(cursor, head->check.signature, NOTE_SIGNATURE_SIZE) ||
	    !cursor_literal(cursor, "\"}"))
		return false;
	head->check.epoch = head->signer.number;
	return memcmp(root, head->check.root, sizeof(root)) == 0;
}

/* The tree ends within the epoch that signs next, or that one begins with this segment. */
static bool epochs_fit(const struct segment_head *head)
{
	if (head->tree.size == 0)
		return head->next.number == 0;
	if (head->signer.number != head->next.number)
		return head->signer.number + 1 == head->next.number;
	return memcmp(head->signer.public, head->next.public, NOTE_PUBLIC_SIZE) == 0;
}

int segment_head_parse(const char *text, size_t len, struct segment_head *ret)
{
	struct cursor cursor = { .at = text, .end = text + len };
	struct segment_head head = { 0 };
	char again[SEGMENT_HEAD_MAX];

	if (!cursor_literal(&cursor, "#seg {\"v\":1,\"origin\":\"") ||
	    !cursor_origin(&cursor, head.origin) || !cursor_literal(&cursor, "\",\"first\":") ||
	    !cursor_number(&cursor, SEGMENT_SEQ_MAX, &head.tree.size) ||
	    !cursor_literal(&cursor, ",\"frontier\":[") || !frontier(&cursor, &head.tree) ||
	    !cursor_literal(&cursor, "],\"epoch\":") ||
	    !cursor_number(&cursor, EPOCH_NUMBER_MAX, &head.next.number) ||
	    !cursor_literal(&cursor, ",\"key\":\"") ||
	    !cursor_bytes(&cursor, head.next.public, NOTE_PUBLIC_SIZE) ||
	    !cursor_literal(&cursor, "\",\"prev\":") || !previous(&cursor, &head) ||
	    !cursor_literal(&cursor, "}") || cursor.at != cursor.end || !epochs_fit(&head))
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
	return (size_t)snprintf(out, SEGMENT_CHECK_MAX, "#cp %" PRIu64 " %s %" PRIu64 " %s\n",
				check->size, root, check->epoch, signature);
}

int segment_check_parse(const char *text, size_t len, struct segment_check *ret)
{
	struct cursor cursor = { .at = text, .end = text + len };
	struct segment_check check = { 0 };
	char again[SEGMENT_CHECK_MAX];

	if (!cursor_literal(&cursor, "#cp ") ||
	    !cursor_number(&cursor, SEGMENT_SEQ_MAX, &check.size) ||
	    !cursor_literal(&cursor, " ") ||
	    !cursor_bytes(&cursor, check.root, sizeof(check.root)) ||
	    !cursor_literal(&cursor, " ") ||
	    !cursor_number(&cursor, EPOCH_NUMBER_MAX, &check.epoch) ||
	    !cursor_literal(&cursor, " ") ||
	    !cursor_bytes(&cursor, check.signature, sizeof(check.signature)) ||
	    cursor.at != cursor.end)
		return -EBADMSG;
	if (segment_check_format(&check, again) != len + 1 || memcmp(again, text, len) != 0)
		return -EBADMSG;
	*ret = check;
	return 0;
}

bool segment_check_verify(const struct segment_check *check, const char *origin,
			  const struct epoch *signer)
{
	struct checkpoint checkpoint = { .size = check->size };

	(void)snprintf(checkpoint.origin, sizeof(checkpoint.origin), "%s", origin);
	memcpy(checkpoint.root, check->root, sizeof(check->root));
	return check->epoch == signer->number &&
	       checkpoint_verify(&checkpoint, signer->public, check->signature);
}

bool segment_head_is_signed(const struct segment_head *head)
{
	return head->tree.size == 0
		       ? epoch_begins(&head->next, head->origin)
		       : segment_check_verify(&head->check, head->origin, &head->signer);
}

size_t segment_redaction_format(const uint8_t leaf[TREE_HASH_SIZE], char *out)
{
	char text[NOTE_HASH_TEXT];

	base64(text, sizeof(text), leaf, TREE_HASH_SIZE);
	return (size_t)snprintf(out, SEGMENT_CHECK_MAX, "#red %s\n", text);
}

int segment_redaction_parse(const char *text, size_t len, uint8_t ret_leaf[TREE_HASH_SIZE])
{
	struct cursor cursor = { .at = text, .end = text + len };
	uint8_t leaf[TREE_HASH_SIZE];

	/* Base64 is decoded in its one form only, so nothing needs to be rendered again. */
	if (!cursor_literal(&cursor, "#red ") || !cursor_bytes(&cursor, leaf, sizeof(leaf)) ||
	    cursor.at != cursor.end)
		return -EBADMSG;
	memcpy(ret_leaf, leaf, sizeof(leaf));
	return 0;
}

int segment_leaf_hash(const char *text, size_t len, uint8_t ret_leaf[TREE_HASH_SIZE])
{
	if (len == 0 || text[0] != '{')
		return segment_redaction_parse(text, len, ret_leaf);
	tree_leaf_hash(text, len, ret_leaf);
	return 0;
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
