/* SPDX-License-Identifier: Apache-2.0 */

#include "logd/tend.h"

#include "audit/pack.h"
#include "audit/seg_index.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "logd/prune.h"
#include "logd/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool has_index(int dirfd, uint64_t first)
{
	struct seg_index index;
	bool has = seg_index_open(dirfd, first, &index) == 0;

	if (has) {
		has = seg_index_load_body(&index) == 0;
		seg_index_close(&index);
	}
	return has;
}

static int make_index(int dirfd, uint64_t first, struct err *err)
{
	char path[sizeof(SEG_INDEX_DIR) + SEG_INDEX_NAME_MAX] = SEG_INDEX_DIR "/";
	cleanup_line_reader struct line_reader *reader = NULL;
	cleanup_free char *bytes = NULL;
	size_t len = 0;
	int rc = segment_open(dirfd, first, &reader, err);

	if (rc == 0)
		rc = seg_index_build(reader, &bytes, &len, err);
	seg_index_name_format(first, path + strlen(path));
	return rc < 0 ? rc : file_replace(dirfd, path, bytes, len, 0640, err);
}

/*
 * Where a segment is not sound, verification says so; here it only stays as it is.  The last of the
 * closed ones is not packed: should the power cut take the newest, it is written to again.
 */
static int tend_segment(int dirfd, uint64_t first, bool pack, struct err *err)
{
	char name[SEGMENT_NAME_LEN + 1];
	struct stat found;
	int rc = 0;

	segment_name_format(first, name);
	if (!has_index(dirfd, first))
		rc = make_index(dirfd, first, err);
	if (rc == 0 && pack && fstatat(dirfd, name, &found, AT_SYMLINK_NOFOLLOW) == 0)
		rc = pack_segment(dirfd, first, err);
	return rc < 0 ? err_wrap(err, "%s", name) : 0;
}

static int prune(const struct tend_options *options, int dirfd, const uint64_t *firsts, size_t n,
		 struct err *err)
{
	struct settings settings;
	int rc = settings_load(options->config, &settings, err);

	if (rc < 0 || settings.keep_days == SETTINGS_KEEP_FOREVER)
		return rc;
	rc = prune_run(&(struct prune_plan){ .dirfd = dirfd,
					     .firsts = firsts,
					     .n = n,
					     .keep_days = settings.keep_days,
					     .now_us = clock_read_us(CLOCK_REALTIME),
					     .socket = options->socket },
		       err);
	if (rc > 0)
		log_info("%d segments are past %u days and were removed", rc, settings.keep_days);
	return rc < 0 ? rc : 0;
}

int tend_run(const struct tend_options *options, struct err *err)
{
	cleanup_close int dirfd = open(options->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int lock_fd = -1;
	cleanup_free uint64_t *firsts = NULL;
	size_t n = 0;
	int worst = 0;
	int rc;

	if (dirfd < 0)
		return err_set(err, -errno, "open %s: %m", options->state_dir);
	rc = seg_index_lock(dirfd, &lock_fd, err);
	if (rc == 0 && mkdirat(dirfd, SEG_INDEX_DIR, 0750) < 0 && errno != EEXIST)
		rc = err_set(err, -errno, "make %s: %m", SEG_INDEX_DIR);
	if (rc == 0)
		rc = segment_list(dirfd, &firsts, &n, err);
	for (size_t i = 0; rc == 0 && i + 1 < n; i++) {
		struct err one = { 0 };

		if (tend_segment(dirfd, firsts[i], i + 2 < n, &one) < 0) {
			log_error("%s", one.text);
			*err = one;
			worst = one.code;
		}
	}
	if (rc == 0 && worst == 0) /* damage is evidence: everything stays */
		rc = prune(options, dirfd, firsts, n, err);
	return rc < 0 ? rc : worst;
}
