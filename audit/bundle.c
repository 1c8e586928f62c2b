/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/bundle.h"

#include "audit/writer.h"
#include "core/err.h"

#include <errno.h>
#include <string.h>

#define BUNDLE_MEMBER_MAX (2 * WRITER_SEGMENT_MAX) /* bytes; a segment ends soon after the half */
#define BUNDLE_EPOCHS_MAX (512 * 1024 * 1024)      /* one a minute, six years long */

bool bundle_is(int fd)
{
	return zip_is(fd);
}

void bundle_close(struct bundle *bundle)
{
	zip_free(&bundle->zip);
	free(bundle->firsts);
	bundle->firsts = NULL;
	bundle->n_segments = 0;
}

/* "seg-N.jsonl", or compressed. */
static bool is_segment(const char *name, uint64_t *ret_first)
{
	char plain[ZIP_NAME_MAX];
	size_t len = strlen(name);
	size_t suffix = strlen(LINE_PACKED_SUFFIX);

	strcpy(plain, name);
	if (len > suffix && strcmp(plain + len - suffix, LINE_PACKED_SUFFIX) == 0)
		plain[len - suffix] = '\0';
	return segment_name_parse(plain, ret_first);
}

static bool is_known(const char *name)
{
	static const char *const names[] = { BUNDLE_README,   IDENTITY_VKEY_FILE,
					     CHECKPOINT_FILE, EPOCH_LIST_FILE,
					     BUNDLE_GROWTH,   BUNDLE_EPOCHS_AFTER };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return strncmp(name, BUNDLE_REDACTION, strlen(BUNDLE_REDACTION)) == 0 ||
	       strncmp(name, BUNDLE_KEY, strlen(BUNDLE_KEY)) == 0;
}

/* What is unpacked lies in memory: a hole in a file is cheap to send. */
static int check_size(const struct zip_member *member, struct err *err)
{
	bool of_epochs = strcmp(member->name, EPOCH_LIST_FILE) == 0 ||
			 strcmp(member->name, BUNDLE_EPOCHS_AFTER) == 0;
	uint32_t max = of_epochs ? BUNDLE_EPOCHS_MAX : BUNDLE_MEMBER_MAX;

	return member->size > max ? err_set(err, -EBADMSG, "%s is far too long", member->name) : 0;
}

/* Damage on the way is said at once, wherever it is; segments follow when they are read. */
static int check_member(const struct zip *zip, const struct zip_member *member, struct err *err)
{
	cleanup_close int fd = -1;

	if (!is_known(member->name))
		return err_set(err, -EBADMSG, "%s does not belong to the export of a log",
			       member->name);
	return zip_extract(zip, member, &fd, err);
}

int bundle_open(int fd, struct bundle *ret, struct err *err)
{
	cleanup_bundle struct bundle bundle = { .zip = { .fd = -1 } };
	int rc = zip_open(fd, &bundle.zip, err);

	if (rc < 0)
		return rc;
	bundle.firsts = calloc(bundle.zip.n_members + 1, sizeof(*bundle.firsts));
	if (!bundle.firsts)
		return err_set(err, -ENOMEM, "out of memory");
	for (size_t i = 0; rc == 0 && i < bundle.zip.n_members; i++) {
		const char *name = bundle.zip.members[i].name;
		uint64_t first;

		rc = check_size(&bundle.zip.members[i], err);
		if (rc < 0)
			return rc;
		if (is_segment(name, &first)) {
			if (bundle.n_segments > 0 && first <= bundle.firsts[bundle.n_segments - 1])
				return err_set(err, -EBADMSG, "%s stands in the wrong place", name);
			bundle.firsts[bundle.n_segments++] = first;
		} else {
			rc = check_member(&bundle.zip, &bundle.zip.members[i], err);
		}
	}
	if (rc < 0)
		return rc;
	*ret = bundle;
	bundle = (struct bundle){ .zip = { .fd = -1 } };
	return 0;
}

int bundle_segment_open(const struct bundle *bundle, size_t index, struct line_reader **ret,
			struct err *err)
{
	char name[ZIP_NAME_MAX];
	cleanup_close int fd = -1;
	const struct zip_member *member;
	int rc;

	segment_name_format(bundle->firsts[index], name);
	member = zip_find(&bundle->zip, name);
	if (!member)
		member = zip_find(&bundle->zip, strcat(name, LINE_PACKED_SUFFIX));
	if (!member)
		return err_set(err, -ENOENT, "%s is missing in the export", name);
	rc = zip_extract(&bundle->zip, member, &fd, err);
	if (rc == 0)
		rc = line_reader_open(fd, ret, err);
	if (rc == 0)
		(void)take_fd(&fd);
	return rc;
}

int bundle_text(const struct bundle *bundle, const char *name, size_t max, char **ret,
		size_t *ret_len, struct err *err)
{
	const struct zip_member *member = zip_find(&bundle->zip, name);
	cleanup_free char *text = NULL;
	cleanup_close int fd = -1;
	int rc;

	if (!member)
		return err_set(err, -ENOENT, "%s is missing in the export", name);
	if (member->size > max)
		return err_set(err, -EBADMSG, "%s is far too long", name);
	rc = zip_extract(&bundle->zip, member, &fd, err);
	if (rc < 0)
		return rc;
	text = calloc(1, member->size + 1);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	if (read(fd, text, member->size) != (ssize_t)member->size)
		return err_set(err, -EIO, "read the file: %m");
	*ret = take_ptr(&text);
	*ret_len = member->size;
	return 0;
}

static bool is_type(const struct proof_text *text, const char *type)
{
	struct record_prefix prefix;

	return record_scan(text->entry, text->entry_len, &prefix) == 0 &&
	       prefix.type_len == strlen(type) && memcmp(prefix.type, type, prefix.type_len) == 0;
}

int bundle_entry(const struct bundle *bundle, const char *name, const char *type,
		 const struct checkpoint *head, struct proof_text *ret, struct err *err)
{
	cleanup_free struct proof_text *text = calloc(1, sizeof(*text));
	cleanup_free char *bytes = NULL;
	uint8_t hash[TREE_HASH_SIZE];
	struct err wrong = { 0 };
	size_t len = 0;
	int rc = bundle_text(bundle, name, PROOF_TEXT_MAX, &bytes, &len, err);

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	if (rc < 0)
		return rc;
	if (proof_text_parse(bytes, len, text, &wrong) < 0 || text->of_growth)
		return 0;
	tree_leaf_hash(text->entry, text->entry_len, hash);
	if (!proof_shows_entry(&text->proof, text->number, head->size, hash, head->root) ||
	    !is_type(text, type))
		return 0;
	text->note = NULL;
	text->note_len = 0;
	*ret = *text;
	return 1;
}
