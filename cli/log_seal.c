/* SPDX-License-Identifier: Apache-2.0 */

/* sekisho log seal, check-seal: the head of the log on paper. */

#include "audit/bundle.h"
#include "audit/seal.h"
#include "cli/log_commands.h"
#include "cli/log_time.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define LABEL_WIDTH 14 /* columns */

/* A head, and when the last entry was made that it counts. */
struct moment {
	struct checkpoint checkpoint;
	int64_t last_us;
};

static void print_label(const char *label)
{
	size_t width = text_width(tr(label));

	printf("%s%*s", tr(label), (int)(width < LABEL_WIDTH ? LABEL_WIDTH - width : 1), "");
}

static void print_moment(const struct moment *moment)
{
	time_t seconds = moment->last_us / CLOCK_US_PER_SEC;
	char text[32] = "";
	struct tm tm;

	print_label(N_("log"));
	printf("%s\n", moment->checkpoint.origin);
	print_label(N_("entries"));
	printf("%" PRIu64 "\n", moment->checkpoint.size);
	if (moment->last_us && localtime_r(&seconds, &tm) &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) > 0) {
		print_label(N_("last entry"));
		puts(text);
	}
}

static void note_moment(const struct leaves *leaves, int64_t last_us, struct moment *ret)
{
	*ret = (struct moment){ .checkpoint.size = leaves->head.tree.size, .last_us = last_us };
	strcpy(ret->checkpoint.origin, leaves->head.origin);
	tree_root(&leaves->head.tree, ret->checkpoint.root);
}

/*
 * The newest checkpoint whose last entry is before @at_us.  All is read up to
 * the signed head, so that what is sealed is a beginning of what was signed.
 */
static int find_moment(int dirfd, int64_t at_us, const struct checkpoint *head, struct moment *ret,
		       struct err *err)
{
	cleanup_leaves struct leaves leaves = { 0 };
	uint64_t from = at_us == INT64_MAX && head->size > 0 ? head->size - 1 : 0;
	uint8_t root[TREE_HASH_SIZE];
	int64_t last_us = 0;
	struct leaf leaf;
	int rc = leaves_open(dirfd, from, &leaves, err);

	while (rc >= 0 && leaves.head.tree.size < head->size) {
		rc = leaves_next(&leaves, &leaf, err);
		if (rc == 0)
			break;
		if (rc > 0 && leaf.kind == LEAF_ENTRY)
			last_us = leaf.prefix.wall_us;
		if (rc > 0 && leaf.kind == LEAF_CHECK && last_us < at_us)
			note_moment(&leaves, last_us, ret);
	}
	if (rc < 0)
		return rc;
	tree_root(&leaves.head.tree, root);
	if (leaves.head.tree.size != head->size || memcmp(root, head->root, sizeof(root)) != 0)
		return err_set(err, -EBADMSG,
			       "the log is not what its head says; remedy: sekisho log verify");
	if (last_us < at_us)
		note_moment(&leaves, last_us, ret);
	return 0;
}

int log_seal(const struct log_request *request, struct err *err)
{
	cleanup_close int dirfd = log_open(request, err);
	struct moment moment = { 0 };
	struct prove_head head;
	char text[SEAL_TEXT_SIZE];
	int64_t at_us = INT64_MAX;
	struct seal seal;
	int rc = dirfd < 0 ? dirfd : 0;

	if (rc == 0 && request->at)
		rc = log_time_parse(request->at, LOG_TIME_UNTIL, clock_read_us(CLOCK_REALTIME),
				    &at_us, err);
	if (rc == 0)
		rc = prove_head_read(dirfd, &head, err);
	if (rc == 0)
		rc = find_moment(dirfd, at_us, &head.checkpoint, &moment, err);
	if (rc == 0 && moment.checkpoint.size == 0)
		rc = err_set(err, -ENODATA, "the log here has nothing from before %s",
			     request->at ? request->at : "now");
	if (rc == 0)
		rc = seal_make(&moment.checkpoint, &seal, err);
	if (rc < 0)
		return rc;
	seal_format(&seal, text);
	print_label(N_("seal"));
	puts(text);
	print_moment(&moment);
	return 0;
}

/* The head of that size; fewer entries than that are not an error here. */
static int read_up_to(struct leaves *leaves, const struct seal *seal, struct moment *ret,
		      struct err *err)
{
	int64_t last_us = 0;
	struct leaf leaf;
	int rc = 0;

	note_moment(leaves, 0, ret);
	if (seal_compare(seal, &ret->checkpoint) == SEAL_FOREIGN)
		return err_set(err, -EBADMSG, "the seal is of another log than %s",
			       ret->checkpoint.origin);
	if (leaves->head.tree.size > seal->size)
		return err_set(err, -ENODATA,
			       "the log begins at entry %" PRIu64 ", what was sealed is pruned; "
			       "remedy: the bundle of its fiscal year",
			       leaves->head.tree.size);
	while (rc >= 0 && leaves->head.tree.size < seal->size) {
		rc = leaves_next(leaves, &leaf, err);
		if (rc == 0)
			break;
		if (rc > 0 && leaf.kind == LEAF_ENTRY)
			last_us = leaf.prefix.wall_us;
	}
	if (rc < 0)
		return rc;
	note_moment(leaves, last_us, ret);
	return 0;
}

static int read_directory(const struct log_request *request, const struct seal *seal,
			  struct moment *ret, struct err *err)
{
	cleanup_leaves struct leaves leaves = { 0 };
	cleanup_close int dirfd = log_open(request, err);
	int rc = dirfd < 0 ? dirfd : leaves_open(dirfd, 0, &leaves, err);

	return rc < 0 ? rc : read_up_to(&leaves, seal, ret, err);
}

/* A part of a log ends before it does: that is no sign of anything. */
static int read_bundle(int fd, const struct seal *seal, struct moment *ret, struct err *err)
{
	cleanup_leaves struct leaves leaves = { 0 };
	cleanup_bundle struct bundle bundle = { .zip = { .fd = -1 } };
	int rc = bundle_open(fd, &bundle, err);

	if (rc == 0)
		rc = leaves_open_bundle(&bundle, &leaves, err);
	if (rc == 0)
		rc = read_up_to(&leaves, seal, ret, err);
	if (rc == 0 && ret->checkpoint.size < seal->size)
		rc = err_set(err, -ENODATA,
			     "the export ends with entry %" PRIu64 ", and %" PRIu64 " were sealed; "
			     "remedy: the export of the next fiscal year, or the log",
			     ret->checkpoint.size - 1, seal->size);
	return rc;
}

static int judge(const struct seal *seal, const struct moment *moment, struct err *err)
{
	if (moment->checkpoint.size < seal->size)
		return err_set(err, -EBADMSG,
			       "the log was cut: it has %" PRIu64 " entries, and %" PRIu64
			       " were sealed",
			       moment->checkpoint.size, seal->size);
	if (seal_compare(seal, &moment->checkpoint) != SEAL_HELD)
		return err_set(err, -EBADMSG,
			       "the log was changed: its first %" PRIu64 " entries are not those "
			       "that were sealed",
			       seal->size);
	return 0;
}

int log_check_seal(const struct log_request *request, struct err *err)
{
	struct log_request where = *request;
	struct moment moment;
	struct seal seal;
	int rc = seal_parse(request->words[0], &seal, err);
	cleanup_close int file = -1;

	if (rc < 0)
		return rc;
	if (request->words[1])
		where.dir = request->words[1];
	file = open(where.dir, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	rc = file >= 0 && bundle_is(file) ? read_bundle(file, &seal, &moment, err)
					  : read_directory(&where, &seal, &moment, err);
	if (rc == 0)
		rc = judge(&seal, &moment, err);
	if (rc < 0)
		return rc;
	puts(tr("The log holds what was sealed."));
	print_moment(&moment);
	return 0;
}
