/* SPDX-License-Identifier: Apache-2.0 */

#include "support/attacked_parts.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/record.h"
#include "audit/report.h"
#include "core/err.h"
#include "support/folder.h"
#include "support/log_maker.h"

#include <sodium.h>

#define FIRSTS_MAX 32
#define TEXT_MAX 65536

struct verify_result attacked_result;
struct note_key attacked_key;

const char *attacked_verified = "";
char attacked_dir[64];
static const struct note_key *key;
static char witness[CHECKPOINT_MAX + 1];
uint64_t attacked_firsts[FIRSTS_MAX]; /* of the segments as they were written */
size_t attacked_n_firsts;
char attacked_text[TEXT_MAX]; /* of a segment that is edited */
size_t attacked_text_len;

static void learn_segments(const char *where)
{
	cleanup_close int dirfd = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_free uint64_t *list = NULL;
	struct err err = { 0 };

	cr_assert_eq(segment_list(dirfd, &list, &attacked_n_firsts, &err), 0, "%s", err.text);
	cr_assert_leq(attacked_n_firsts, FIRSTS_MAX);
	memcpy(attacked_firsts, list, attacked_n_firsts * sizeof(*list));
}

unsigned int attacked_index(uint64_t seq)
{
	unsigned int index = 0;

	while (index + 1 < attacked_n_firsts && attacked_firsts[index + 1] <= seq)
		index++;
	return index;
}

const char *attacked_path(const char *name)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", attacked_dir, name);
	return path;
}

const char *attacked_segment_path(unsigned int index)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name_format(attacked_firsts[index], name);
	return attacked_path(name);
}

void attacked_load(unsigned int index)
{
	FILE *in = fopen(attacked_segment_path(index), "re");

	cr_assert_not_null(in);
	attacked_text_len = fread(attacked_text, 1, sizeof(attacked_text) - 1, in);
	attacked_text[attacked_text_len] = '\0';
	(void)fclose(in);
}

void attacked_store(unsigned int index)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name_format(attacked_firsts[index], name);
	cr_assert(folder_write(attacked_dir, name, attacked_text, attacked_text_len));
}

/* The line of an entry in the loaded segment, and its length with the newline. */
char *attacked_line(uint64_t seq, size_t *ret_len)
{
	char wanted[48];
	char *line;

	(void)snprintf(wanted, sizeof(wanted), "\n{\"v\":1,\"seq\":%" PRIu64 ",", seq);
	line = strstr(attacked_text, wanted);
	cr_assert_not_null(line);
	*ret_len = (size_t)(strchr(line + 1, '\n') - line);
	return line + 1;
}

/* Puts @with in place of @len bytes. */
void attacked_put(char *at, size_t len, const char *with, size_t with_len)
{
	cr_assert_lt(attacked_text_len + with_len, sizeof(attacked_text));
	memmove(at + with_len, at + len,
		(size_t)(attacked_text + attacked_text_len + 1 - (at + len)));
	memcpy(at, with, with_len);
	attacked_text_len = attacked_text_len + with_len - len;
}

void attacked_leaf(uint64_t seq, char *hash)
{
	uint8_t leaf[TREE_HASH_SIZE];
	size_t len;
	const char *line;

	attacked_load(attacked_index(seq));
	line = attacked_line(seq, &len);
	tree_leaf_hash(line, len - 1, leaf);
	(void)sodium_bin2base64(hash, NOTE_HASH_TEXT, leaf, sizeof(leaf),
				sodium_base64_VARIANT_ORIGINAL);
}

/* What is asked for before it is done; its leaf is that of the log as it is now. */
static void add_redaction(struct log_maker *maker, uint64_t seq, const char *hash)
{
	char number[24];
	const struct audit_field fields[] = { { "seq_of", number },
					      { "leaf", hash },
					      { "user", "suzuki" },
					      { "approver", "tanaka" },
					      { "reason", "a name by mistake" } };

	(void)snprintf(number, sizeof(number), "%" PRIu64, seq);
	log_maker_add(maker, "log.redact", fields, 5);
}

static void add_pruning(struct log_maker *maker, const uint8_t root[TREE_HASH_SIZE],
			const struct attacked *version)
{
	bool counts = version->rotated_early && version->early_form == LOG_MAKER_KEY_SIGNED;
	char number[24];
	char hash[NOTE_HASH_TEXT];
	const struct audit_field fields[] = { { "first", number },
					      { "root", hash },
					      { "reason", "retention" },
					      { "count", counts ? "2" : "0" } };

	(void)snprintf(number, sizeof(number), "%" PRIu64, attacked_firsts[1]);
	(void)sodium_bin2base64(hash, sizeof(hash), root, TREE_HASH_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	log_maker_add(maker, "log.prune", fields, version->uncounted ? 3 : 4);
}

static void add_raw(struct log_maker *maker, uint64_t seq, const char *fields)
{
	char line[512];
	int len = snprintf(line, sizeof(line),
			   "{\"v\":1,\"seq\":%" PRIu64 ",\"t\":\"2026-04-01T00:00:00.000000Z\","
			   "\"bt\":1,\"boot\":\"7a06d5dd4ef9487f\",\"type\":\"device.block\","
			   "\"by\":{\"uid\":0,\"pid\":1}%s,\"n\":\"AAAAAAAAAAAAAAAAAAAAAA\"}",
			   seq, fields);

	log_maker_raw(maker, line, (size_t)len);
}

static void add_entry(struct log_maker *maker, const struct attacked *version, uint64_t seq)
{
	const struct audit_field edited = { "reason", "something else" };

	if (version->raw && seq == version->raw_at)
		add_raw(maker, seq, version->raw);
	else if (version->edited > 0 && seq == version->edited)
		log_maker_add(maker, NULL, &edited, 1);
	else if (version->rotated && seq == ATTACKED_SIZE - 2)
		log_maker_rotate(maker, LOG_MAKER_KEY_SIGNED);
	else if (seq > 0 && (seq == version->rotated_at[0] || seq == version->rotated_at[1]))
		log_maker_rotate(maker, version->late_form);
	else if (version->rotated_early && (seq == 3 || seq == 6))
		log_maker_rotate(maker, version->early_form);
	else
		log_maker_add(maker, NULL, NULL, 0);
}

void attacked_make(const char *where, const struct attacked *version)
{
	const struct log_maker_options options = { .dir = where,
						   .terminal = "test",
						   .origin = version->origin,
						   .seed = version->seed ? version->seed : 7,
						   .segment_max = version->one_segment ? 0 : 4000,
						   .taken_in_epoch = version->taken_in_epoch,
						   .taken_size = version->taken_size,
						   .forged_from = version->forged_from };
	cleanup_log_maker struct log_maker *maker = log_maker_new(&options);
	uint64_t size = version->size ? version->size : ATTACKED_SIZE;
	uint8_t root[TREE_HASH_SIZE] = { 0 };
	char leaf[NOTE_HASH_TEXT];

	cr_assert_not_null(maker);
	if (version->redacted > 0)
		attacked_leaf(version->redacted_leaf_of ? version->redacted_leaf_of
							: version->redacted,
			      leaf);
	for (uint64_t seq = 0; seq < size; seq++) {
		if (attacked_n_firsts > 1 && seq == attacked_firsts[1])
			memcpy(root, log_maker_head(maker)->check.root, sizeof(root));
		if (seq % 9 == 8) {
			log_maker_epoch(maker, "time");
			continue;
		}
		if (version->redacted > 0 && seq == ATTACKED_SIZE - 2)
			add_redaction(maker, version->redacted, leaf);
		else if (version->pruned && seq == ATTACKED_SIZE - 2)
			add_pruning(maker, root, version);
		else
			add_entry(maker, version, seq);
		if (seq % 9 % 2 == 1 || seq + 1 == size)
			log_maker_commit(maker);
	}
	cr_assert(log_maker_finish(maker) && (!version->pruned || log_maker_certify(maker)));
	if (where == attacked_dir && !attacked_key.name[0])
		attacked_key = *log_maker_key(maker);
}

void attacked_begin(void)
{
	attacked_key = (struct note_key){ 0 };
	attacked_n_firsts = 0;
	witness[0] = '\0';
	attacked_verified = "";
	strcpy(attacked_dir, "/tmp/sekisho-attacked-XXXXXX");
	cr_assert_not_null(mkdtemp(attacked_dir));
	attacked_make(attacked_dir, &(struct attacked){ 0 });
	key = &attacked_key;
	learn_segments(attacked_dir);
	cr_assert_geq(attacked_n_firsts, 4);
}

void attacked_end(void)
{
	folder_remove(attacked_dir);
}

void attacked_write(const struct attacked *version)
{
	char elsewhere[] = "/tmp/sekisho-attacked-XXXXXX";

	cr_assert_not_null(mkdtemp(elsewhere));
	attacked_make(elsewhere, version);
	if (version->pruned) { /* what it says of its segments is what they are now */
		char path[128];

		learn_segments(elsewhere);
		attacked_make(elsewhere, version);
		(void)snprintf(path, sizeof(path), "%s/seg-%012" PRIu64 ".jsonl", elsewhere,
			       attacked_firsts[0]);
		cr_assert_eq(unlink(path), 0);
	}
	folder_remove(attacked_dir);
	cr_assert_eq(rename(elsewhere, attacked_dir), 0);
	learn_segments(attacked_dir);
}

void attacked_copy(const char *where, const char *name, const char *as)
{
	char path[128];
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s/%s", where, name);
	in = fopen(path, "re");
	cr_assert_not_null(in);
	attacked_text_len = fread(attacked_text, 1, sizeof(attacked_text) - 1, in);
	attacked_text[attacked_text_len] = '\0';
	(void)fclose(in);
	cr_assert(folder_write(attacked_dir, as, attacked_text, attacked_text_len));
}

/* Copies these files of another version, the second under another name. */
static void copy_files(const struct attacked *version, const char *const names[2], const char *as)
{
	char elsewhere[] = "/tmp/sekisho-attacked-XXXXXX";

	cr_assert_not_null(mkdtemp(elsewhere));
	attacked_make(elsewhere, version);
	if (names[0])
		attacked_copy(elsewhere, names[0], names[0]);
	attacked_copy(elsewhere, names[1], as);
	folder_remove(elsewhere);
}

void attacked_write_heads(const struct attacked *version)
{
	copy_files(version, (const char *const[2]){ "head", "checkpoint" }, "checkpoint");
}

void attacked_certify(const struct attacked *version)
{
	struct attacked pruned = *version;

	pruned.pruned = true;
	copy_files(&pruned, (const char *const[2]){ NULL, "epochs" }, "epochs");
}

void attacked_add_segment_of(const struct attacked *version)
{
	char name[SEGMENT_NAME_LEN + 1];

	segment_name_format(ATTACKED_SIZE, name);
	copy_files(version, (const char *const[2]){ NULL, "seg-000000000000.jsonl" }, name);
}

void attacked_witness(uint64_t size)
{
	char elsewhere[] = "/tmp/sekisho-attacked-XXXXXX";
	char path[128];
	FILE *in;

	cr_assert_not_null(mkdtemp(elsewhere));
	attacked_make(elsewhere, &(struct attacked){ .size = size });
	(void)snprintf(path, sizeof(path), "%s/checkpoint", elsewhere);
	in = fopen(path, "re");
	witness[fread(witness, 1, sizeof(witness) - 1, in)] = '\0';
	(void)fclose(in);
	folder_remove(elsewhere);
}

void attacked_forget_key(void)
{
	key = NULL;
}

static char *verify(enum verify_depth depth, unsigned int n_threads)
{
	struct verify_options options = { .key = key,
					  .depth = depth,
					  .n_threads = n_threads,
					  .witness = *witness ? witness : NULL,
					  .witness_len = strlen(witness) };
	struct err err = { 0 };
	char *json = NULL;
	size_t size;
	FILE *out = open_memstream(&json, &size);

	cr_assert_eq(verify_log_with(attacked_path(attacked_verified), &options, &attacked_result,
				     &err),
		     0, "%s", err.text);
	report_print_json(&attacked_result, out);
	(void)fclose(out);
	return json;
}

/* Leaves the result of the full verification. */
static void verify_all_ways(bool same)
{
	cleanup_free char *alone = verify(VERIFY_DEPTH_PROOF, 1);
	struct verify_result proof = attacked_result;
	cleanup_free char *together = verify(VERIFY_DEPTH_PROOF, 4);
	cleanup_free char *full = verify(VERIFY_DEPTH_DEEP, 1);

	cr_expect_str_eq(alone, together);
	cr_expect(attacked_result.deep && !proof.deep);
	if (!same)
		return;
	cr_expect_eq(proof.outcome, attacked_result.outcome, "%s%s", alone, full);
	cr_expect_eq(proof.bad_first, attacked_result.bad_first);
	cr_expect_eq(proof.bad_last, attacked_result.bad_last);
	cr_expect_eq(proof.bad_offset, attacked_result.bad_offset);
	cr_expect_str_eq(proof.reason, attacked_result.reason);
}

void attacked_is_proven(uint64_t proven_end)
{
	verify_all_ways(true);
	cr_expect_eq(report_exit_status(&attacked_result), 0, "%s", attacked_result.reason);
	cr_expect_eq(attacked_result.proven_end, proven_end);
}

void attacked_is_incomplete(uint64_t proven_end)
{
	verify_all_ways(true);
	cr_expect_eq(report_exit_status(&attacked_result), 2, "%s", attacked_result.reason);
	cr_expect_eq(attacked_result.proven_end, proven_end);
}

void attacked_is_tampered(uint64_t first, uint64_t last, const char *reason)
{
	verify_all_ways(true);
	cr_expect_eq(report_exit_status(&attacked_result), 1);
	cr_expect_eq(attacked_result.bad_first, first, "%" PRIu64, attacked_result.bad_first);
	cr_expect_eq(attacked_result.bad_last, last, "%" PRIu64, attacked_result.bad_last);
	cr_expect_str_eq(attacked_result.reason, reason);
}

void attacked_is_found_in_full(uint64_t seq, const char *reason)
{
	cleanup_free char *proof = verify(VERIFY_DEPTH_PROOF, 1);

	cr_expect_eq(report_exit_status(&attacked_result), 0, "%s", proof);
	verify_all_ways(false);
	cr_expect_eq(report_exit_status(&attacked_result), 1);
	cr_expect_eq(attacked_result.bad_first, seq);
	cr_expect_eq(attacked_result.bad_last, seq);
	cr_expect_str_eq(attacked_result.reason, reason);
}
