/* SPDX-License-Identifier: Apache-2.0 */

/* Bundles of files: what is written is read again, and nothing else is. */

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/bundle.h"
#include "audit/writer.h"
#include "audit/zip.h"
#include "core/err.h"

static char bytes[4096];
static size_t len;

static int file_of(const char *text, size_t n)
{
	int fd = memfd_create("zip", MFD_CLOEXEC);

	cr_assert_eq(write(fd, text, n), (ssize_t)n);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void make_zip(void)
{
	cleanup_zip struct zip zip = { 0 };
	int fd = memfd_create("zip", MFD_CLOEXEC);
	int from = file_of("a longer text\nand more", 22);
	struct err err = { 0 };

	zip_begin(&zip, fd);
	cr_assert_eq(zip_add_text(&zip, "readme.txt", "hello\n", 6, &err), 0, "%s", err.text);
	cr_assert_eq(zip_add_text(&zip, "empty", "", 0, &err), 0, "%s", err.text);
	cr_assert_eq(zip_add(&zip, "seg-000000000000.jsonl", from, 14, &err), 0, "%s", err.text);
	cr_assert_eq(zip_end(&zip, &err), 0, "%s", err.text);
	len = (size_t)pread(fd, bytes, sizeof(bytes), 0);
	(void)close(from);
	(void)close(fd);
}

TestSuite(zip, .init = make_zip);

static int open_bytes(const char *text, size_t n, struct zip *ret, int *ret_fd)
{
	struct err err = { 0 };

	*ret_fd = file_of(text, n);
	return zip_open(*ret_fd, ret, &err);
}

static void expect_content(const struct zip *zip, const char *name, const char *expected)
{
	const struct zip_member *member = zip_find(zip, name);
	struct err err = { 0 };
	char text[64] = "";
	int fd;

	cr_assert_not_null(member, "%s", name);
	cr_assert_eq(zip_extract(zip, member, &fd, &err), 0, "%s", err.text);
	cr_assert_geq(read(fd, text, sizeof(text) - 1), 0);
	cr_expect_str_eq(text, expected);
	(void)close(fd);
}

Test(zip, read_again)
{
	cleanup_zip struct zip zip = { 0 };
	int fd;

	cr_assert_eq(open_bytes(bytes, len, &zip, &fd), 0);
	cr_expect(zip_is(fd));
	cr_assert_eq(zip.n_members, 3);
	expect_content(&zip, "readme.txt", "hello\n");
	expect_content(&zip, "empty", "");
	expect_content(&zip, "seg-000000000000.jsonl", "a longer text\n");
	cr_expect_null(zip_find(&zip, "absent"));
	(void)close(fd);
}

/* Whatever byte is changed: it is refused, or it is content and its checksum says so. */
Test(zip, every_changed_byte_is_found)
{
	for (size_t at = 0; at < len; at++) {
		cleanup_zip struct zip zip = { 0 };
		bool found = false;
		int fd;

		bytes[at] ^= 0x11;
		if (open_bytes(bytes, len, &zip, &fd) < 0)
			found = true;
		for (size_t i = 0; !found && i < zip.n_members; i++) {
			struct err err = { 0 };
			int member = -1;

			if (zip_extract(&zip, &zip.members[i], &member, &err) == -EBADMSG)
				found = true;
			else
				(void)close(member);
		}
		cr_expect(found, "byte %zu", at);
		bytes[at] ^= 0x11;
		(void)close(fd);
	}
}

Test(zip, cut_or_longer)
{
	for (size_t n = 0; n < len; n++) {
		struct zip zip;
		int fd;

		cr_expect_eq(open_bytes(bytes, n, &zip, &fd), -EBADMSG, "%zu bytes", n);
		(void)close(fd);
	}
	bytes[len] = '\0';
	for (size_t n = len + 1; n < len + 3; n++) {
		struct zip zip;
		int fd;

		cr_expect_eq(open_bytes(bytes, n, &zip, &fd), -EBADMSG);
		(void)close(fd);
	}
}

/* The same name twice would let two programs read two different files. */
Test(zip, one_name_twice)
{
	cleanup_zip struct zip zip = { 0 };
	int fd = memfd_create("zip", MFD_CLOEXEC);
	struct err err = { 0 };
	struct zip again;

	zip_begin(&zip, fd);
	cr_assert_eq(zip_add_text(&zip, "vkey", "a", 1, &err), 0);
	cr_assert_eq(zip_add_text(&zip, "vkey", "b", 1, &err), 0);
	cr_assert_eq(zip_end(&zip, &err), 0);
	cr_expect_eq(zip_open(fd, &again, &err), -EBADMSG);
	(void)close(fd);
}

Test(zip, names_that_lead_elsewhere)
{
	static const char *const names[] = {
		"../vkey", "/etc/passwd", "a/b", ".hidden", "", "UPPER"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cleanup_zip struct zip zip = { 0 };
		int fd = memfd_create("zip", MFD_CLOEXEC);
		struct err err = { 0 };
		struct zip again;

		zip_begin(&zip, fd);
		cr_assert_eq(zip_add_text(&zip, names[i], "a", 1, &err), 0);
		cr_assert_eq(zip_end(&zip, &err), 0);
		cr_expect_eq(zip_open(fd, &again, &err), -EBADMSG, "%s", names[i]);
		(void)close(fd);
	}
}

/* Holes cost whoever sends them nothing. */
Test(zip, a_member_that_would_fill_the_memory)
{
	static const char *const names[] = { "seg-000000000000.jsonl", "checkpoint" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cleanup_zip struct zip zip = { 0 };
		int fd = memfd_create("zip", MFD_CLOEXEC);
		int hole = memfd_create("hole", MFD_CLOEXEC);
		struct err err = { 0 };
		struct bundle bundle;

		cr_assert_eq(ftruncate(hole, 2 * WRITER_SEGMENT_MAX + 1), 0);
		zip_begin(&zip, fd);
		cr_assert_eq(zip_add(&zip, names[i], hole, UINT64_MAX, &err), 0);
		cr_assert_eq(zip_end(&zip, &err), 0);
		cr_expect_eq(bundle_open(fd, &bundle, &err), -EBADMSG, "%s", names[i]);
		cr_expect_not_null(strstr(err.text, "far too long"), "%s", err.text);
		(void)close(hole);
		(void)close(fd);
	}
}
