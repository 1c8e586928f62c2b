/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho log export: a fiscal year in one file, or the log as other programs read it. */

#include "audit/bundle.h"
#include "audit/tiles.h"
#include "cli/fiscal_year.h"
#include "cli/log_commands.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#define README_MAX 8192

/* Stands in every bundle in both languages: who opens it may be anybody. */
static const char readme_text[] =
	N_("Audit log of a terminal, fiscal year %d (from April 1st to March 31st)\n"
	   "\n"
	   "Log: %s\n"
	   "\n"
	   "seg-*.jsonl      the log, one entry a line; .zst: compressed (zstd)\n"
	   "checkpoint       the newest signed head when this file was made\n"
	   "epochs           the keys that signed what comes before\n"
	   "consistency      proof that the newest head begins with these entries\n"
	   "redact-*         proofs of why an entry is blacked out\n"
	   "epochs-after     the keys that signed what comes after\n"
	   "key-*            proofs of later changes of the terminal's key\n"
	   "vkey             the key as the terminal says it\n"
	   "\n"
	   "Check it on any Linux machine, with the key that was registered at enrolment and\n"
	   "NOT with the file vkey, which whoever forged the log would have forged too:\n"
	   "\n"
	   "    sekisho-verify --key KEY THIS-FILE\n"
	   "\n"
	   "The lines and proofs are RFC 6962 and C2SP (c2sp.org): other programs can check\n"
	   "them as well.  Do not edit the files in it: one changed byte is tampering.\n");

static void write_readme(char out[README_MAX], const struct fiscal_year *year, const char *origin)
{
	static const enum lang languages[] = { LANG_JA, LANG_EN };
	size_t len = 0;

	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		if (i > 0)
			len += (size_t)snprintf(out + len, README_MAX - len,
						"\n--------------------\n\n");
		len += (size_t)snprintf(out + len, README_MAX - len,
					lang_text(languages[i], readme_text), year->year, origin);
	}
}

/* Never over another file; half of one is removed. */
static int write_bundle(int dirfd, const struct fiscal_year *year, const char *path,
			struct bundle_extent *ret, struct err *err)
{
	cleanup_close int out = -1;
	char readme[README_MAX];
	struct prove_head head;
	int rc = prove_head_read(dirfd, &head, err);

	if (rc < 0)
		return rc;
	out = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (out < 0)
		return err_set(err, -errno, "create %s: %m", path);
	write_readme(readme, year, head.checkpoint.origin);
	rc = bundle_write(dirfd, &head, year->begin_us, year->end_us, readme, out, ret, err);
	if (rc == 0 && fsync(out) < 0)
		rc = err_set(err, -errno, "write %s: %m", path);
	if (rc < 0)
		(void)unlink(path);
	return rc;
}

static int export_year(int dirfd, const struct log_request *request, struct err *err)
{
	struct bundle_extent extent;
	struct fiscal_year year;
	int rc = fiscal_year_parse(request->fiscal_year, &year, err);

	if (rc == 0)
		rc = write_bundle(dirfd, &year, request->words[0], &extent, err);
	if (rc < 0)
		return rc;
	printf(tr("%s: entries %" PRIu64 " to %" PRIu64 " in %zu segments\n"), request->words[0],
	       extent.first, extent.end - 1, extent.n_segments);
	return 0;
}

static int add_leaves(struct leaves *leaves, uint64_t size, struct tiles *tiles, struct err *err)
{
	struct leaf leaf;
	int rc = 1;

	while (rc > 0 && leaves->head.tree.size < size) {
		rc = leaves_next(leaves, &leaf, err);
		if (rc <= 0 || leaf.kind == LEAF_CHECK)
			continue;
		rc = tiles_add(tiles, leaf.text, leaf.len, leaf.hash, err);
		rc = rc < 0 ? rc : 1;
	}
	return rc < 0 ? rc : tiles_end(tiles, err);
}

/* The checkpoint comes last: it promises the tiles. */
static int write_tiles(int dirfd, int out, const struct prove_head *head, struct err *err)
{
	cleanup_leaves struct leaves leaves = { 0 };
	cleanup_tiles struct tiles *tiles = NULL;
	uint8_t root[TREE_HASH_SIZE];
	int rc = leaves_open(dirfd, 0, &leaves, err);

	if (rc == 0 && leaves.head.tree.size > 0)
		rc = err_set(err, -ENODATA,
			     "the log begins at entry %" PRIu64 ", and tiles begin at 0; remedy: "
			     "--fiscal-year",
			     leaves.head.tree.size);
	if (rc == 0)
		rc = tiles_begin(out, &tiles, err);
	if (rc == 0)
		rc = add_leaves(&leaves, head->checkpoint.size, tiles, err);
	if (rc < 0)
		return rc;
	tree_root(&leaves.head.tree, root);
	if (leaves.head.tree.size != head->checkpoint.size ||
	    memcmp(root, head->checkpoint.root, sizeof(root)) != 0)
		return err_set(err, -EBADMSG,
			       "the log is not what its head says; remedy: sekisho log verify");
	return file_replace(out, CHECKPOINT_FILE, head->note, strlen(head->note), 0644, err);
}

static int export_tiles(int dirfd, const char *folder, struct err *err)
{
	cleanup_close int out = -1;
	struct prove_head head;
	int rc = prove_head_read(dirfd, &head, err);

	if (rc < 0)
		return rc;
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return err_set(err, -errno, "create %s: %m", folder);
	out = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out < 0)
		return err_set(err, -errno, "open %s: %m", folder);
	rc = write_tiles(dirfd, out, &head, err);
	if (rc == 0)
		printf(tr("%s: %" PRIu64 " entries\n"), folder, head.checkpoint.size);
	return rc;
}

int log_export(const struct log_request *request, struct err *err)
{
	cleanup_close int dirfd = -1;

	if (!request->tiles == !request->fiscal_year || !request->words[0] != !request->fiscal_year)
		return err_set(err, -EINVAL, "wrong usage; remedy: sekisho log export --help");
	dirfd = log_open(request, err);
	if (dirfd < 0)
		return dirfd;
	return request->tiles ? export_tiles(dirfd, request->tiles, err)
			      : export_year(dirfd, request, err);
}
