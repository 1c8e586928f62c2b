/* SPDX-License-Identifier: Apache-2.0 */

#include "support/attacked_parts.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "audit/key_step.h"
#include "audit/line.h"
#include "audit/record.h"
#include "support/folder.h"

void attacked_replace(uint64_t seq, const char *from, const char *to)
{
	size_t len;
	char *at;

	attacked_load(attacked_index(seq));
	at = strstr(attacked_line(seq, &len), from);
	cr_assert_not_null(at);
	attacked_put(at, strlen(from), to, strlen(to));
	attacked_store(attacked_index(seq));
}

void attacked_cut_line(uint64_t seq)
{
	size_t len;
	char *at;

	attacked_load(attacked_index(seq));
	at = attacked_line(seq, &len);
	attacked_put(at, len, "", 0);
	attacked_store(attacked_index(seq));
}

void attacked_copy_line(uint64_t seq, uint64_t as_seq)
{
	char copy[RECORD_MAX];
	size_t len, number_len;
	char number[24];
	char *at;

	attacked_load(attacked_index(seq));
	at = attacked_line(seq, &len);
	memcpy(copy, at, len);
	attacked_put(at + len, 0, copy, len);
	number_len = (size_t)snprintf(number, sizeof(number), "%" PRIu64, seq);
	at += len + strlen("{\"v\":1,\"seq\":");
	(void)snprintf(number, sizeof(number), "%" PRIu64, as_seq);
	attacked_put(at, number_len, number, strlen(number));
	attacked_store(attacked_index(seq));
}

void attacked_swap_lines(uint64_t a, uint64_t b)
{
	char copy[RECORD_MAX];
	size_t a_len, b_len;
	char *at;

	attacked_load(attacked_index(a));
	at = attacked_line(a, &a_len);
	cr_assert_eq(attacked_line(b, &b_len), at + a_len);
	memcpy(copy, at, a_len);
	memmove(at, at + a_len, b_len);
	memcpy(at + b_len, copy, a_len);
	attacked_store(attacked_index(a));
}

void attacked_black_out(uint64_t seq)
{
	char hash[NOTE_HASH_TEXT];
	char line[SEGMENT_CHECK_MAX];
	size_t len;
	char *at;

	attacked_leaf(seq, hash);
	at = attacked_line(seq, &len);
	attacked_put(at, len, line, (size_t)snprintf(line, sizeof(line), "#red %s\n", hash));
	attacked_store(attacked_index(seq));
}

void attacked_unlink(const char *name)
{
	cr_assert_eq(unlink(attacked_path(name)), 0);
}

uint64_t attacked_first(unsigned int index)
{
	return attacked_firsts[index];
}

void attacked_unlink_segment(unsigned int index)
{
	cr_assert_eq(unlink(attacked_segment_path(index)), 0);
}

void attacked_pack_segment(unsigned int index, unsigned int cut)
{
	static char packed[TEXT_MAX];
	char name[SEGMENT_NAME_LEN + sizeof(LINE_PACKED_SUFFIX)];
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t len;

	attacked_load(index);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	len = ZSTD_compress2(context, packed, sizeof(packed), attacked_text, attacked_text_len);
	(void)ZSTD_freeCCtx(context);
	segment_name_format(attacked_firsts[index], name);
	strcat(name, LINE_PACKED_SUFFIX);
	cr_assert(folder_write(attacked_dir, name, packed, len - cut));
	attacked_unlink_segment(index);
}

void attacked_swap_segments(unsigned int a, unsigned int b)
{
	char path[128];

	strcpy(path, attacked_segment_path(a));
	cr_assert_eq(rename(path, attacked_path("swap")), 0);
	cr_assert_eq(rename(attacked_segment_path(b), path), 0);
	strcpy(path, attacked_path("swap"));
	cr_assert_eq(rename(path, attacked_segment_path(b)), 0);
}

void attacked_cut_behind(uint64_t size)
{
	unsigned int index = attacked_index(size - 1);
	char wanted[32];
	char *at;

	for (size_t i = attacked_n_firsts; i > index + 1; i--)
		attacked_unlink_segment((unsigned int)i - 1);
	attacked_load(index);
	(void)snprintf(wanted, sizeof(wanted), "\n#cp %" PRIu64 " ", size);
	at = strstr(attacked_text, wanted);
	cr_assert_not_null(at);
	attacked_text_len = (size_t)(strchr(at + 1, '\n') + 1 - attacked_text);
	attacked_store(index);
}

/* The checkpoint of the log at this size, or of a longer one, at the end of the log. */
void attacked_append_check(uint64_t size)
{
	char elsewhere[] = "/tmp/sekisho-attacked-XXXXXX";
	char line[SEGMENT_CHECK_MAX];
	char *at = NULL;

	cr_assert_not_null(mkdtemp(elsewhere));
	attacked_make(elsewhere, &(struct attacked){ .size = size, .one_segment = true });
	attacked_copy(elsewhere, "seg-000000000000.jsonl", "copy");
	folder_remove(elsewhere);
	for (char *next = attacked_text; (next = strstr(next, "\n#cp ")); next++)
		at = next;
	cr_assert_not_null(at);
	strcpy(line, at + 1);
	attacked_load((unsigned int)attacked_n_firsts - 1);
	attacked_put(attacked_text + attacked_text_len, 0, line, strlen(line));
	attacked_store((unsigned int)attacked_n_firsts - 1);
}

void attacked_append_hole(uint64_t bytes)
{
	cr_assert_eq(truncate(attacked_segment_path((unsigned int)attacked_n_firsts - 1),
			      (off_t)bytes),
		     0);
}

void attacked_drop_checks(void)
{
	for (unsigned int i = 0; i < attacked_n_firsts; i++) {
		char *at;

		attacked_load(i);
		while ((at = strstr(attacked_text, "\n#cp ")))
			attacked_put(at, (size_t)(strchr(at + 1, '\n') - at), "", 0);
		attacked_store(i);
	}
}

void attacked_drop_last_check(void)
{
	unsigned int index = (unsigned int)attacked_n_firsts - 1;
	char *last = NULL;

	attacked_load(index);
	for (char *at = attacked_text; (at = strstr(at, "\n#cp ")); at++)
		last = at;
	cr_assert_not_null(last);
	attacked_text_len = (size_t)(last + 1 - attacked_text);
	attacked_store(index);
}

/* Loads the file "epochs".  Return: its line that begins so; its length with the newline. */
static char *certificate(const char *line, size_t *ret_len)
{
	char *at;

	attacked_copy(attacked_dir, EPOCH_LIST_FILE, EPOCH_LIST_FILE);
	at = strstr(attacked_text, line);
	cr_assert_not_null(at, "%s", attacked_text);
	*ret_len = (size_t)(strchr(at, '\n') + 1 - at);
	return at;
}

static void store_certificates(void)
{
	cr_assert(folder_write(attacked_dir, EPOCH_LIST_FILE, attacked_text, attacked_text_len));
}

void attacked_swap_certificates(const char *a, const char *b)
{
	char first[KEY_TEXT_MAX];
	size_t len;
	char *at = certificate(a, &len);

	memcpy(first, at, len);
	attacked_put(at, len, "", 0);
	at = strstr(attacked_text, b);
	cr_assert_not_null(at);
	attacked_put(strchr(at, '\n') + 1, 0, first, len);
	store_certificates();
}

void attacked_drop_certificate(const char *line)
{
	size_t len;
	char *at = certificate(line, &len);

	attacked_put(at, len, "", 0);
	store_certificates();
}

void attacked_edit_certificate(const char *line, const char *from, const char *to)
{
	size_t len;
	char *at = strstr(certificate(line, &len), from);

	cr_assert_not_null(at);
	attacked_put(at, strlen(from), to, strlen(to));
	store_certificates();
}
