/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

static char dir[] = "/tmp/sekisho-file-XXXXXX";
static int dir_fd;

static void make_dir(void)
{
	cr_assert_not_null(mkdtemp(dir));
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(dir_fd, 0);
}

static void remove_dir(void)
{
	char command[64];

	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_expect_eq(system(command), 0);
}

TestSuite(file, .init = make_dir, .fini = remove_dir);

static int read_back(const char *name, size_t max, char **ret)
{
	struct err err = { 0 };
	size_t len;

	return file_read_trusted(dir_fd, name, geteuid(), max, ret, &len, &err);
}

Test(file, replaces_and_reads_back)
{
	cleanup_free char *text = NULL;
	struct err err = { 0 };
	struct stat st;

	cr_assert_eq(file_replace(dir_fd, "a", "old", 3, 0640, &err), 0, "%s", err.text);
	cr_assert_eq(file_replace(dir_fd, "a", "newer", 5, 0640, &err), 0, "%s", err.text);
	cr_assert_eq(read_back("a", 5, &text), 0);
	cr_expect_str_eq(text, "newer");
	cr_assert_eq(fstatat(dir_fd, "a", &st, 0), 0);
	cr_expect_eq(st.st_mode & 0777, 0640);
	cr_expect_lt(faccessat(dir_fd, "a.new", F_OK, 0), 0, "the temporary file stayed");
}

Test(file, refuses_what_others_could_have_changed)
{
	cleanup_free char *text = NULL;
	struct err err = { 0 };

	cr_assert_eq(file_replace(dir_fd, "a", "x", 1, 0664, &err), 0, "%s", err.text);
	cr_expect_eq(read_back("a", 10, &text), -EPERM);
	cr_assert_eq(fchmodat(dir_fd, "a", 0644, 0), 0);
	if (geteuid() == 0) {
		cr_assert_eq(fchownat(dir_fd, "a", 12345, 0, 0), 0);
		cr_expect_eq(read_back("a", 10, &text), -EPERM);
		cr_assert_eq(fchownat(dir_fd, "a", 0, 0, 0), 0);
	}
	cr_expect_eq(read_back("a", 10, &text), 0);
}

Test(file, refuses_links_directories_and_oversize)
{
	cleanup_free char *text = NULL;
	struct err err = { 0 };

	cr_assert_eq(file_replace(dir_fd, "a", "12345", 5, 0600, &err), 0, "%s", err.text);
	cr_assert_eq(symlinkat("a", dir_fd, "link"), 0);
	cr_assert_eq(mkdirat(dir_fd, "d", 0700), 0);
	cr_assert_eq(mkfifoat(dir_fd, "fifo", 0600), 0);
	cr_expect_eq(read_back("link", 10, &text), -ELOOP);
	cr_expect_eq(read_back("d", 10, &text), -EINVAL);
	cr_expect_eq(read_back("fifo", 10, &text), -EINVAL);
	cr_expect_eq(read_back("missing", 10, &text), -ENOENT);
	cr_expect_eq(read_back("a", 4, &text), -EFBIG);
	cr_expect_null(text);
}

static int open_own(const char *name)
{
	cleanup_close int fd = -1;
	struct err ignored = { 0 };

	return file_open_own(dir_fd, name, O_RDONLY, &fd, &ignored);
}

Test(file, own_files_are_nobody_elses_too)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610, 0601 };
	struct err err = { 0 };

	cr_assert_eq(file_replace(dir_fd, "own", "x", 1, 0600, &err), 0);
	cr_expect_eq(open_own("own"), 0);
	cr_expect_eq(open_own("none"), -ENOENT);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		cr_assert_eq(fchmodat(dir_fd, "own", modes[i], 0), 0);
		cr_expect_eq(open_own("own"), -EPERM, "%o", modes[i]);
	}
	cr_assert_eq(fchmodat(dir_fd, "own", 0600, 0), 0);
	cr_assert_eq(symlinkat("own", dir_fd, "symlink"), 0);
	cr_expect_eq(open_own("symlink"), -ELOOP);
	cr_assert_eq(linkat(dir_fd, "own", dir_fd, "second", 0), 0);
	cr_expect_eq(open_own("own"), -EMLINK);
	cr_expect_eq(open_own("second"), -EMLINK);
	cr_assert_eq(unlinkat(dir_fd, "second", 0), 0);
	cr_expect_eq(open_own("own"), 0);
	if (geteuid() == 0) {
		cr_assert_eq(fchownat(dir_fd, "own", 65534, 65534, 0), 0);
		cr_expect_eq(open_own("own"), -EPERM);
	}
}

static int open_own_dir(const char *name)
{
	cleanup_close int fd = -1;
	char path[128];
	struct err ignored = { 0 };

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return file_open_own_dir(path, &fd, &ignored);
}

Test(file, own_directories_are_nobody_elses_too)
{
	cr_assert_eq(mkdirat(dir_fd, "own", 0700), 0);
	cr_expect_eq(open_own_dir("own"), 0);
	cr_assert_eq(symlinkat("own", dir_fd, "link"), 0);
	cr_expect_eq(open_own_dir("link"), -ENOTDIR);
	cr_assert_eq(fchmodat(dir_fd, "own", 0750, 0), 0);
	cr_expect_eq(open_own_dir("own"), -EPERM);
	cr_assert_eq(fchmodat(dir_fd, "own", 0701, 0), 0);
	cr_expect_eq(open_own_dir("own"), -EPERM);
	cr_expect_eq(open_own_dir("none"), -ENOENT);
}

Test(file, a_prepared_name_is_not_written_through)
{
	cleanup_free char *text = NULL;
	struct err err = { 0 };
	size_t len;

	cr_assert_eq(file_replace(dir_fd, "victim", "old", 3, 0600, &err), 0);
	cr_assert_eq(linkat(dir_fd, "victim", dir_fd, "file.new", 0), 0);
	cr_assert_eq(file_replace(dir_fd, "file", "new", 3, 0600, &err), 0, "%s", err.text);
	cr_assert_eq(file_read_own(dir_fd, "victim", 10, &text, &len, &err), 0, "%s", err.text);
	cr_expect_str_eq(text, "old");
}
