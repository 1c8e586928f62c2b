/* SPDX-License-Identifier: Apache-2.0 */

/* Which entries `sekisho log` chooses: with and without indexes, plain and compressed, the same. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/pack.h"
#include "audit/seg_index_layout.h"
#include "audit/writer.h"
#include "cli/log_fold.h"
#include "cli/log_mark.h"
#include "cli/log_read.h"
#include "core/err.h"
#include "core/file.h"
#include "support/folder.h"

#define CHOSEN_MAX 1024

static char dir[64];
static int log_fd = -1;
static uint64_t *firsts;
static size_t n_segments;
static int64_t minutes;

/* Each entry a minute after the one before. */
static int64_t slow_wall(void *ctx)
{
	(void)ctx;
	return minutes++ * 60 * CLOCK_US_PER_SEC;
}

static void add(struct writer *writer, const char *type, const struct audit_field *fields, size_t n)
{
	struct record event = { .type = type, .fields = fields, .n_fields = n };
	struct err err = { 0 };
	uint64_t seq;

	cr_assert_eq(writer_add(writer, &event, &seq, &err), 0, "%s", err.text);
	cr_assert_eq(writer_commit(writer, &err), 0, "%s", err.text);
}

static void user(struct writer *writer, const char *type, const char *name)
{
	add(writer, type, (const struct audit_field[]){ { "user", name } }, 1);
}

static void device(struct writer *writer, const char *type, const char *verdict, const char *rule)
{
	const struct audit_field fields[] = {
		{ "vid", "0781" },        { "pid", "55aF" },
		{ "serial", "60A44C41" }, { "product", "Ultra \"Fit\"" },
		{ "verdict", verdict },   { "rule", rule },
		{ "zone", "mynumber" },
	};

	add(writer, type, fields, sizeof(fields) / sizeof(fields[0]));
}

static void write_log(void)
{
	cleanup_writer struct writer *writer = NULL;
	struct err err = { 0 };
	struct writer_options options = {
		.dir = dir, .terminal_id = "test", .segment_max = 1500, .clock = clock_system()
	};

	options.clock.wall_us = slow_wall;
	strcpy(dir, "/tmp/sekisho-read-XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	log_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(mkdirat(log_fd, SEG_INDEX_DIR, 0750), 0);
	cr_assert_eq(writer_open(&options, &writer, &err), 0, "%s", err.text);
	minutes = 0;
	user(writer, "mfa.fail", "alice");
	user(writer, "mfa.success", "alice");
	user(writer, "mfa.success", "b\\ob");
	device(writer, "device.block", "block", "default");
	user(writer, "token.enroll", "alice");
	device(writer, "device.allow", "allow", "tax-stick");
	device(writer, "device.remove", "", "");
	user(writer, "mfa.fail", "alice");
	user(writer, "mfa.fail", "carol");
	user(writer, "mfa.fail", "carol");
	cr_assert_eq(segment_list(log_fd, &firsts, &n_segments, &err), 0, "%s", err.text);
	cr_assert_geq(n_segments, 3);
}

static void remove_log(void)
{
	free(firsts);
	(void)close(log_fd);
	folder_remove(dir);
}

TestSuite(log_read, .init = write_log, .fini = remove_log);

static int note_seq(const struct log_entry *entry, void *ctx, struct err *err)
{
	char *seqs = ctx;
	size_t used = strlen(seqs);

	(void)err;
	cr_assert_eq(entry->kind, LOG_ENTRY_WHOLE);
	cr_assert_eq(strlen(entry->text), entry->len);
	(void)snprintf(seqs + used, CHOSEN_MAX - used, "%c", (char)('0' + entry->seq));
	return 0;
}

static const char *chosen(const struct log_query *query)
{
	static char seqs[CHOSEN_MAX];
	struct err err = { 0 };

	*seqs = '\0';
	cr_assert_eq(log_read(log_fd, query, note_seq, seqs, &err), 0, "%s", err.text);
	return seqs;
}

static void index_segment(uint64_t first)
{
	char path[64] = SEG_INDEX_DIR "/";
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_free char *bytes = NULL;
	struct err err = { 0 };
	size_t len = 0;

	seg_index_name_format(first, path + strlen(path));
	cr_assert_eq(segment_open(log_fd, first, &reader, &err), 0, "%s", err.text);
	cr_assert_eq(seg_index_build(reader, &bytes, &len, &err), 0, "%s", err.text);
	cr_assert_eq(file_replace(log_fd, path, bytes, len, 0640, &err), 0, "%s", err.text);
}

#define MINUTE (60 * CLOCK_US_PER_SEC)
#define ALL .since_us = INT64_MIN, .until_us = INT64_MAX, .seq_last = UINT64_MAX

static const struct question {
	struct log_query query;
	const char *seqs;
} questions[] = {
	{ { .filter = { ALL } }, "0123456789" },
	{ { .filter = { ALL }, .reverse = true }, "9876543210" },
	{ { .filter = { ALL }, .newest = 2 }, "89" },
	{ { .filter = { ALL }, .newest = 7 }, "3456789" },
	{ { .filter = { ALL }, .newest = 7, .reverse = true }, "9876543" },
	{ { .filter = { ALL }, .newest = 99 }, "0123456789" },
	{ { .filter = { ALL, .types = "mfa" } }, "012789" },
	{ { .filter = { ALL, .types = "mfa.*" } }, "012789" },
	{ { .filter = { ALL, .types = "mfa.success" } }, "12" },
	{ { .filter = { ALL, .types = "mfa.success,device,token.enroll" } }, "123456" },
	{ { .filter = { ALL, .types = "mf" } }, "" },
	{ { .filter = { ALL, .types = "*" } }, "0123456789" },
	{ { .filter = { ALL, .user = "alice" } }, "0147" },
	{ { .filter = { ALL, .user = "alice" }, .newest = 1 }, "7" },
	{ { .filter = { ALL, .user = "alice" }, .newest = 3 }, "147" },
	{ { .filter = { ALL, .user = "b\\ob" } }, "2" },
	{ { .filter = { ALL, .user = "lice" } }, "" },
	{ { .filter = { ALL, .user = "alice", .types = "mfa.fail" } }, "07" },
	{ { .filter = { ALL, .device = "0781:55AF" } }, "356" },
	{ { .filter = { ALL, .device = "0781:55af:60A44C41" } }, "356" },
	{ { .filter = { ALL, .device = "0781:55af:60a44c41" } }, "" },
	{ { .filter = { ALL, .device = "0781:55ae" } }, "" },
	{ { .filter = { ALL, .device = "\"fit" } }, "356" },
	{ { .filter = { ALL, .device = "4C4" } }, "356" },
	{ { .filter = { ALL, .verdict = "block" } }, "3" },
	{ { .filter = { ALL, .rule = "tax-stick" } }, "5" },
	{ { .filter = { ALL, .zone = "mynumber" } }, "356" },
	{ { .filter = { .since_us = INT64_MIN,
			.until_us = INT64_MAX,
			.seq_first = 4,
			.seq_last = 6 } },
	  "456" },
	{ { .filter = { .since_us = MINUTE, .until_us = 3 * MINUTE, .seq_last = UINT64_MAX } },
	  "123" },
	{ { .filter = { .since_us = MINUTE + 1,
			.until_us = 8 * MINUTE - 1,
			.seq_last = UINT64_MAX,
			.types = "mfa" } },
	  "27" },
	{ { .filter = { .since_us = MINUTE,
			.until_us = INT64_MAX,
			.seq_last = UINT64_MAX,
			.user = "alice" } },
	  "147" },
};

static void ask(const char *when)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		cr_expect_str_eq(chosen(&questions[i].query), questions[i].seqs,
				 "question %zu, %s: %s", i, when, chosen(&questions[i].query));
}

/* An entry that the writer adds by itself would make the numbers others. */
Test(log_read, the_same_with_and_without_indexes)
{
	struct err err = { 0 };

	ask("by reading");
	for (size_t i = 0; i + 1 < n_segments; i++)
		index_segment(firsts[i]);
	ask("by the indexes");
	for (size_t i = 0; i + 1 < n_segments; i++)
		cr_assert_eq(pack_segment(log_fd, firsts[i], &err), 0, "%s", err.text);
	ask("compressed");
	cr_assert_eq(unlinkat(log_fd, SEG_INDEX_DIR "/seg-000000000000.idx", 0), 0);
	ask("compressed, one index gone");
}

static void replace_index(uint64_t first, uint64_t by)
{
	char from[64] = SEG_INDEX_DIR "/";
	char to[64] = SEG_INDEX_DIR "/";

	seg_index_name_format(by, from + strlen(from));
	seg_index_name_format(first, to + strlen(to));
	cr_assert_eq(unlinkat(log_fd, to, 0), 0);
	cr_assert_eq(linkat(log_fd, from, log_fd, to, 0), 0);
}

Test(log_read, an_index_of_another_segment_hides_nothing)
{
	for (size_t i = 0; i + 1 < n_segments; i++)
		index_segment(firsts[i]);
	replace_index(firsts[0], firsts[1]);
	ask("another segment's index");
}

/* The same numbers, other entries: the head of the next segment knows better. */
Test(log_read, an_index_of_another_tree_hides_nothing)
{
	char path[64] = SEG_INDEX_DIR "/";
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_free char *bytes = NULL;
	struct seg_index index;
	struct err err = { 0 };
	size_t len = 0;
	char *alice;

	cr_assert_eq(segment_open(log_fd, firsts[0], &reader, &err), 0, "%s", err.text);
	cr_assert_eq(seg_index_build(reader, &bytes, &len, &err), 0, "%s", err.text);
	alice = memmem(bytes, len, "alice", 5);
	cr_assert_not_null(alice);
	memcpy(alice, "carol", 5);
	cr_assert_eq(seg_index_head_parse((uint8_t *)bytes, &index), 0);
	index.root[0] ^= 1;
	seg_index_head_format(&index, bytes + SEG_INDEX_HEAD_SIZE, (uint8_t *)bytes);
	seg_index_name_format(firsts[0], path + strlen(path));
	cr_assert_eq(file_replace(log_fd, path, bytes, len, 0640, &err), 0, "%s", err.text);
	ask("an index of another tree");
}

/* What a redaction does: the tree is the same, the lines are not. */
Test(log_read, an_index_that_is_older_than_its_segment_hides_nothing)
{
	const struct log_query query = { .filter = { ALL, .user = "alic" } };
	cleanup_free char *text = NULL;
	char name[SEGMENT_NAME_LEN + 1];
	struct err err = { 0 };
	size_t len = 0;
	char *alice;

	index_segment(firsts[0]);
	segment_name_format(firsts[0], name);
	cr_assert_eq(file_read_trusted(log_fd, name, getuid(), 1 << 20, &text, &len, &err), 0);
	alice = strstr(text, "\"alice\"");
	cr_assert_not_null(alice);
	memmove(alice + 5, alice + 6, len - (size_t)(alice + 6 - text));
	cr_assert_eq(file_replace(log_fd, name, text, len - 1, 0640, &err), 0);
	cr_expect_str_eq(chosen(&query), "0");
	cr_expect_eq(seg_index_check(log_fd, firsts[0], &err), -EBADMSG);
}

Test(log_read, seq_ranges)
{
	static const struct {
		const char *text;
		uint64_t first, last;
		int rc;
	} ranges[] = {
		{ "7", 7, 7, 0 },          { "7..9", 7, 9, 0 },       { "7..", 7, UINT64_MAX, 0 },
		{ "..9", 0, 9, 0 },        { "9..7", 0, 0, -EINVAL }, { "", 0, 0, -EINVAL },
		{ "x", 0, 0, -EINVAL },    { "-1", 0, 0, -EINVAL },   { "1...2", 0, 0, -EINVAL },
		{ "1..x", 0, 0, -EINVAL },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct log_filter filter = log_filter_all();
		struct err err = { 0 };

		cr_expect_eq(log_filter_set_seq(&filter, ranges[i].text, &err), ranges[i].rc,
			     "'%s'", ranges[i].text);
		if (ranges[i].rc == 0)
			cr_expect(filter.seq_first == ranges[i].first &&
					  filter.seq_last == ranges[i].last,
				  "'%s'", ranges[i].text);
	}
}

Test(log_read, types_that_no_entry_has)
{
	struct err err = { 0 };

	cr_expect_eq(log_filter_check_types("device.block,mfa,log.*", &err), 0);
	cr_expect_eq(log_filter_check_types("device.blok", &err), -EINVAL);
	cr_expect_not_null(strstr(err.text, "'device.blok'"), "%s", err.text);
	cr_expect_eq(log_filter_check_types("mfa,", &err), 0);
	cr_expect_eq(log_filter_check_types(",", &err), -EINVAL);
}

static struct note_key load_key(void)
{
	struct note_key key;
	struct err err = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/" WRITER_VKEY_FILE, dir);
	cr_assert_eq(note_key_load(path, &key, &err), 0, "%s", err.text);
	return key;
}

Test(log_read, marks_are_of_the_newest_checkpoint)
{
	struct note_key key = load_key();
	struct err err = { 0 };
	struct log_marks marks = log_marks_read(log_fd, &key, &err);

	cr_assert_eq(err.code, 0, "%s", err.text);
	cr_expect(marks.is_checked);
	cr_expect_eq(marks.signed_end, 10);
	cr_expect_str_eq(marks.origin, key.name);

	marks = log_marks_read(log_fd, NULL, &err);
	cr_expect_not(marks.is_checked);
	cr_expect_eq(err.code, -ENOKEY);

	err = (struct err){ 0 };
	key.public[0] ^= 1;
	marks = log_marks_read(log_fd, &key, &err);
	cr_expect_not(marks.is_checked, "another key");
	cr_expect_eq(err.code, -EBADMSG);
}

/* The file says more than the segments do. */
Test(log_read, no_marks_for_a_log_that_was_cut)
{
	struct note_key key = load_key();
	char name[SEGMENT_NAME_LEN + 1];
	struct err err = { 0 };
	struct log_marks marks;

	segment_name_format(firsts[n_segments - 1], name);
	cr_assert_eq(unlinkat(log_fd, name, 0), 0);
	marks = log_marks_read(log_fd, &key, &err);
	if (marks.is_checked) /* then it ended with the segment before */
		cr_expect_eq(marks.signed_end, firsts[n_segments - 1]);
	else
		cr_expect_eq(err.code, -EBADMSG);
}

/* That what segment @i ends with leads to the newest checkpoint; and that another root does not. */
static void expect_leads(struct log_fold *fold, size_t i, bool leads)
{
	struct note_key key = load_key();
	cleanup_line_reader struct line_reader *reader = NULL;
	struct checkpoint newest;
	struct segment_head head;
	struct log_tree tree;
	struct err err = { 0 };
	struct line line;

	cr_assert(checkpoint_read(log_fd, CHECKPOINT_FILE, &key, &newest, NULL));
	cr_assert_eq(segment_open(log_fd, firsts[i + 1], &reader, &err), 0, "%s", err.text);
	cr_assert_eq(line_next(reader, &line), 1);
	cr_assert_eq(segment_head_parse(line.text, line.len, &head), 0);
	tree.size = head.tree.size;
	memcpy(tree.root, head.check.root, sizeof(tree.root));
	cr_expect_eq(log_fold_leads(fold, log_fd, &tree, &newest), leads, "segment %zu", i);
	tree.root[31] ^= 1;
	cr_expect_not(log_fold_leads(fold, log_fd, &tree, &newest), "another root, %zu", i);
}

static void expect_all_lead(void)
{
	struct log_fold forward = { 0 };
	struct log_fold backward = { 0 };

	for (size_t i = 0; i + 1 < n_segments; i++) {
		expect_leads(&forward, i, true);
		expect_leads(&backward, n_segments - 2 - i, true);
	}
	free(forward.known);
	free(backward.known);
}

Test(log_read, trees_lead_to_the_checkpoint)
{
	struct log_fold fold = { 0 };
	struct log_tree tree = { .size = firsts[1] + 1 };
	struct checkpoint newest;
	struct note_key key = load_key();
	struct err err = { 0 };

	expect_all_lead();
	for (size_t i = 0; i + 1 < n_segments; i++) {
		index_segment(firsts[i]);
		cr_assert_eq(pack_segment(log_fd, firsts[i], &err), 0, "%s", err.text);
		expect_all_lead();
	}
	cr_assert(checkpoint_read(log_fd, CHECKPOINT_FILE, &key, &newest, NULL));
	cr_expect_not(log_fold_leads(&fold, log_fd, &tree, &newest), "no segment begins there");
	free(fold.known);
	newest.root[0] ^= 1;
	fold = (struct log_fold){ 0 };
	tree.size = newest.size - 1;
	cr_expect_not(log_fold_leads(&fold, log_fd, &tree, &newest));
	free(fold.known);
}

/* Another line without an index, then an index of another segment's hashes: what is after it leads.
 */
Test(log_read, trees_before_what_was_changed_do_not)
{
	struct log_fold fold = { 0 };
	cleanup_free char *text = NULL;
	char name[SEGMENT_NAME_LEN + 1];
	struct err err = { 0 };
	size_t last = n_segments - 2;
	size_t len = 0;
	char *salt;

	for (size_t i = 0; i < last; i++)
		index_segment(firsts[i]);
	segment_name_format(firsts[last], name);
	cr_assert_eq(file_read_trusted(log_fd, name, getuid(), 1 << 20, &text, &len, &err), 0);
	salt = strstr(text, "\"n\":\"");
	cr_assert_not_null(salt);
	salt[5] = salt[5] == 'A' ? 'B' : 'A';
	cr_assert_eq(file_replace(log_fd, name, text, len, 0640, &err), 0);
	expect_leads(&fold, last, true);
	expect_leads(&fold, last - 1, false);
	expect_leads(&fold, last, true);
	expect_leads(&fold, 0, false);
	free(fold.known);
	fold = (struct log_fold){ 0 };
	index_segment(firsts[last]); /* of what stands there now */
	expect_leads(&fold, last, true);
	expect_leads(&fold, 0, false);
	expect_leads(&fold, last, true);
	free(fold.known);
}
