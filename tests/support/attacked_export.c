/* SPDX-License-Identifier: Apache-2.0 */

/* The export of a log that is attacked, and what can be done to its members. */

#include "support/attacked_parts.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/bundle.h"
#include "core/err.h"
#include "support/folder.h"

#define EXPORT_FILE "year.zip"
#define FIRST_SECOND_US INT64_C(1775000000000000) /* when log_maker begins */
#define MEMBER_MAX 65536

struct edit {
	const char *name; /* how the names of those begin that are changed */
	const char *from; /* NULL: they go */
	const char *to;
	const char *export; /* instead, as they are in this one; or NULL */
};

static void write_export(const char *where)
{
	char path[128];
	cleanup_close int dirfd = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int out = -1;
	struct bundle_extent extent;
	struct prove_head head;
	struct err err = { 0 };

	(void)snprintf(path, sizeof(path), "%s/%s", where, EXPORT_FILE);
	out = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	cr_assert_geq(out, 0);
	cr_assert_eq(prove_head_read(dirfd, &head, &err), 0, "%s", err.text);
	cr_assert_eq(bundle_write(dirfd, &head, FIRST_SECOND_US, FIRST_SECOND_US + 1, "", out,
				  &extent, &err),
		     0, "%s", err.text);
	cr_assert_eq(extent.n_segments, 1);
}

void attacked_export(void)
{
	write_export(attacked_dir);
	attacked_verified = EXPORT_FILE;
}

static size_t read_member(const struct zip *zip, const struct zip_member *member, char *out)
{
	cleanup_close int fd = -1;
	struct err err = { 0 };
	ssize_t len;

	cr_assert_eq(zip_extract(zip, member, &fd, &err), 0, "%s", err.text);
	len = read(fd, out, MEMBER_MAX);
	cr_assert_eq(len, (ssize_t)member->size);
	return (size_t)len;
}

static void replace(char *text, size_t *len, const char *from, const char *to)
{
	char *at = memmem(text, *len, from, strlen(from));

	cr_assert_not_null(at, "%s", from);
	cr_assert_eq(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
}

static void change_member(struct zip *out, const struct zip *zip, const struct zip_member *member,
			  const struct edit *edit)
{
	static char text[MEMBER_MAX];
	struct err err = { 0 };
	size_t len;

	if (edit->export) {
		cleanup_close int fd = open(edit->export, O_RDONLY | O_CLOEXEC);
		cleanup_bundle struct bundle other = { .zip = { .fd = -1 } };
		const struct zip_member *theirs;

		cr_assert_eq(bundle_open(fd, &other, &err), 0, "%s", err.text);
		theirs = zip_find(&other.zip, member->name);
		cr_assert_not_null(theirs, "%s", member->name);
		len = read_member(&other.zip, theirs, text);
	} else {
		len = read_member(zip, member, text);
		replace(text, &len, edit->from, edit->to);
	}
	cr_assert_eq(zip_add_text(out, member->name, text, len, &err), 0, "%s", err.text);
}

static void keep_member(struct zip *out, const struct zip *zip, const struct zip_member *member)
{
	cleanup_close int fd = -1;
	struct err err = { 0 };

	cr_assert_eq(zip_extract(zip, member, &fd, &err), 0, "%s", err.text);
	cr_assert_eq(zip_add(out, member->name, fd, UINT64_MAX, &err), 0, "%s", err.text);
}

static void rewrite(const struct edit *edit)
{
	cleanup_close int fd = open(attacked_path(EXPORT_FILE), O_RDONLY | O_CLOEXEC);
	cleanup_close int out_fd = -1;
	cleanup_bundle struct bundle bundle = { .zip = { .fd = -1 } };
	cleanup_zip struct zip out = { 0 };
	struct err err = { 0 };
	size_t n_changed = 0;

	cr_assert_eq(bundle_open(fd, &bundle, &err), 0, "%s", err.text);
	cr_assert_eq(unlink(attacked_path(EXPORT_FILE)), 0);
	out_fd = open(attacked_path(EXPORT_FILE), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	zip_begin(&out, out_fd);
	for (size_t i = 0; i < bundle.zip.n_members; i++) {
		const struct zip_member *member = &bundle.zip.members[i];
		bool changed = strncmp(member->name, edit->name, strlen(edit->name)) == 0;

		n_changed += changed;
		if (!changed)
			keep_member(&out, &bundle.zip, member);
		else if (edit->from || edit->export)
			change_member(&out, &bundle.zip, member, edit);
	}
	cr_assert_gt(n_changed, 0, "%s", edit->name);
	cr_assert_eq(zip_end(&out, &err), 0, "%s", err.text);
}

void attacked_drop_members(const char *name)
{
	rewrite(&(struct edit){ .name = name });
}

void attacked_edit_member(const char *name, const char *from, const char *to)
{
	rewrite(&(struct edit){ .name = name, .from = from, .to = to });
}

void attacked_take_member(const char *name, const struct attacked *version)
{
	char elsewhere[] = "/tmp/sekisho-attacked-XXXXXX";
	char path[128];

	cr_assert_not_null(mkdtemp(elsewhere));
	attacked_make(elsewhere, version);
	write_export(elsewhere);
	(void)snprintf(path, sizeof(path), "%s/%s", elsewhere, EXPORT_FILE);
	rewrite(&(struct edit){ .name = name, .export = path });
	folder_remove(elsewhere);
}
