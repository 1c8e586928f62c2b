/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/survey.h"

#include "audit/cursor.h"
#include "audit/key_step.h"
#include "audit/line.h"
#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool survey_head(struct survey *survey, const struct line *line, uint64_t first)
{
	struct segment_head head;

	if (!line->whole || segment_head_parse(line->text, line->len, &head) < 0 ||
	    head.tree.size != first || strcmp(head.origin, survey->origin) != 0 ||
	    (first > 0 ? !segment_check_verify(&head.check, head.origin, &head.signer)
		       : !epoch_begins(&head.next, head.origin)))
		return false;
	survey->tree = survey->as_is = head.tree;
	survey->next = survey->newest = head.next;
	survey->at = head.check;
	survey->signer = head.signer;
	return true;
}

static bool is_type(const struct record_prefix *prefix, const char *type)
{
	return prefix->type_len == strlen(type) &&
	       memcmp(prefix->type, type, prefix->type_len) == 0;
}

static void survey_identity(struct survey *survey, const struct line *line)
{
	struct cursor key;
	size_t len;

	if (!record_field(line->text, line->len, "key", &key))
		return;
	len = (size_t)(key.end - key.at);
	if (len >= sizeof(survey->identity))
		return;
	memcpy(survey->identity, key.at, len);
	survey->identity[len] = '\0';
}

/* An entry that names the next key ends what its commit brought. */
static bool survey_entry(struct survey *survey, const struct line *line)
{
	struct record_prefix prefix;
	struct epoch_step step;
	uint8_t hash[TREE_HASH_SIZE];

	if (record_scan(line->text, line->len, &prefix) < 0 || prefix.seq != survey->tree.size ||
	    survey->has_coming || !record_is_text(line->text, line->len))
		return false;
	if (is_type(&prefix, KEY_ENTRY))
		survey_identity(survey, line);
	if (is_type(&prefix, EPOCH_ENTRY)) {
		if (!epoch_step_read(line->text, line->len, &step) ||
		    !epoch_step_verify(&step, &survey->next, survey->origin))
			return false;
		survey->coming = step;
		survey->has_coming = true;
	}
	tree_leaf_hash(line->text, line->len, hash);
	tree_append(&survey->tree, hash);
	memcpy(survey->boot, prefix.boot, RECORD_BOOT_LEN);
	return true;
}

/* What is left of an entry counts as its leaf; whether it may be so is for the verifier to say. */
static bool survey_redaction(struct survey *survey, const uint8_t leaf[TREE_HASH_SIZE])
{
	if (survey->has_coming)
		return false;
	tree_append(&survey->tree, leaf);
	return true;
}

static bool survey_check(struct survey *survey, const struct line *line)
{
	struct segment_check check;
	uint8_t root[TREE_HASH_SIZE];

	if (segment_check_parse(line->text, line->len, &check) < 0 ||
	    check.size != survey->tree.size || check.size <= survey->at.size ||
	    check.epoch != survey->next.number)
		return false;
	tree_root(&survey->tree, root);
	if (memcmp(root, check.root, sizeof(root)) != 0 ||
	    (survey->every_signature &&
	     !segment_check_verify(&check, survey->origin, &survey->next)))
		return false;
	survey->at = check;
	survey->signer = survey->next;
	if (survey->has_coming)
		survey->next = survey->coming.next;
	survey->has_coming = false;
	return true;
}

/* What a line says on its own, without what stands before it. */
static void survey_as_is(struct survey *survey, const struct line *line)
{
	struct epoch_step step;
	uint8_t hash[TREE_HASH_SIZE];

	if (line->whole && segment_redaction_parse(line->text, line->len, hash) == 0)
		tree_append(&survey->as_is, hash);
	if (!line->whole || line->len == 0 || line->text[0] != '{')
		return;
	tree_leaf_hash(line->text, line->len, hash);
	tree_append(&survey->as_is, hash);
	if (epoch_step_read(line->text, line->len, &step))
		survey->newest = step.next;
}

/* A checkpoint behind a wrong line, of an epoch that is known: what it covered was proven once. */
static bool is_proof(const struct survey *survey, const struct line *line)
{
	struct segment_check check;

	return line->whole && segment_check_parse(line->text, line->len, &check) == 0 &&
	       (segment_check_verify(&check, survey->origin, &survey->next) ||
		segment_check_verify(&check, survey->origin, &survey->newest));
}

static bool survey_whole(struct survey *survey, const struct line *line)
{
	uint8_t leaf[TREE_HASH_SIZE];

	if (line->len > 0 && line->text[0] == '{')
		return survey_entry(survey, line);
	if (segment_redaction_parse(line->text, line->len, leaf) == 0)
		return survey_redaction(survey, leaf);
	return survey_check(survey, line);
}

static void survey_line(struct survey *survey, const struct line *line)
{
	survey_as_is(survey, line);
	if (survey->stopped) {
		survey->proven_after = survey->proven_after || is_proof(survey, line);
		return;
	}
	if (line->whole && survey_whole(survey, line))
		survey->end = line->offset + line->len + 1;
	else
		survey->stopped = true;
}

static int survey_file(struct survey *survey, struct line_reader *reader, int fd, uint64_t first,
		       struct err *err)
{
	struct line line;
	struct stat st;
	int rc;

	if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_set(err, -errno, "read the newest segment: %m");
	survey->size = (uint64_t)st.st_size;
	line_reader_init(reader, fd, 0);
	rc = line_next(reader, &line);
	if (rc == 1 && survey_head(survey, &line, first)) {
		survey->has_head = true;
		survey->end = line.offset + line.len + 1;
	}
	while (survey->has_head && (rc = line_next(reader, &line)) == 1)
		survey_line(survey, &line);
	if (rc < 0 && rc != -EMSGSIZE) {
		errno = -rc;
		return err_set(err, rc, "read the newest segment: %m");
	}
	return 0;
}

int survey_segment(const char *origin, int fd, uint64_t first, struct survey *ret, struct err *err)
{
	cleanup_free struct line_reader *reader = malloc(sizeof(*reader));
	int rc;

	if (!reader)
		return err_set(err, -ENOMEM, "out of memory");
	*ret = (struct survey){ .origin = origin, .tree.size = first };
	rc = survey_file(ret, reader, fd, first, err);
	if (rc < 0 || ret->at.size == 0 || segment_check_verify(&ret->at, origin, &ret->signer))
		return rc;
	*ret = (struct survey){ .origin = origin, .every_signature = true, .tree.size = first };
	return survey_file(ret, reader, fd, first, err);
}
