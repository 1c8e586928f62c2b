/* SPDX-License-Identifier: Apache-2.0 */

/* The order of entries: forward as they are read, else from the newest segment back. */

#include "cli/log_read.h"

#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* The newest entries of one segment, in a ring once there are as many as are wanted. */
struct kept {
	struct log_entry *list;
	size_t size;
	uint64_t max;
	uint64_t n; /* ever put in */
};

static void kept_done(struct kept *kept)
{
	for (size_t i = 0; i < kept->size && i < kept->n; i++)
		free((void *)(uintptr_t)kept->list[i].text);
	free(kept->list);
}

static int keep(const struct log_entry *entry, void *ctx, struct err *err)
{
	struct kept *kept = ctx;
	struct log_entry *place;

	if (kept->n == kept->size && kept->size < kept->max) {
		size_t size = kept->size ? 2 * kept->size : 64;
		struct log_entry *more;

		if (size > kept->max)
			size = kept->max;
		more = reallocarray(kept->list, size, sizeof(*more));
		if (!more)
			return err_set(err, -ENOMEM, "out of memory");
		kept->list = more;
		kept->size = size;
	}
	place = &kept->list[kept->n % kept->size];
	if (kept->n >= kept->size)
		free((void *)(uintptr_t)place->text);
	*place = *entry;
	place->text = strndup(entry->text, entry->len);
	kept->n++;
	return place->text ? 0 : err_set(err, -ENOMEM, "out of memory");
}

static uint64_t kept_count(const struct kept *kept)
{
	return kept->n < kept->size ? kept->n : kept->size;
}

static int show_kept(const struct kept *kept, bool reverse, log_take *show, void *ctx,
		     struct err *err)
{
	uint64_t n = kept_count(kept);
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		uint64_t at = reverse ? kept->n - 1 - i : kept->n - n + i;

		rc = show(&kept->list[at % kept->size], ctx, err);
	}
	return rc;
}

struct segments {
	uint64_t *firsts;
	size_t n;
};

static struct log_segment segment_at(const struct segments *segments, size_t i)
{
	bool is_newest = i + 1 == segments->n;

	return (struct log_segment){ .first = segments->firsts[i],
				     .is_newest = is_newest,
				     .next_first = is_newest ? 0 : segments->firsts[i + 1] };
}

static bool is_in_range(const struct log_segment *segment, const struct log_filter *filter)
{
	return segment->first <= filter->seq_last &&
	       (segment->is_newest || segment->next_first > filter->seq_first);
}

static int read_one(int dirfd, const struct log_segment *segment, const struct log_query *query,
		    log_take *take, void *ctx, struct err *err)
{
	if (!is_in_range(segment, &query->filter))
		return 0;
	return log_segment_read(dirfd, segment, &query->filter, take, ctx, err);
}

static int read_forward(int dirfd, const struct segments *segments, const struct log_query *query,
			log_take *show, void *ctx, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < segments->n; i++) {
		struct log_segment segment = segment_at(segments, i);

		rc = read_one(dirfd, &segment, query, show, ctx, err);
	}
	return rc;
}

/* From the newest segment on; what a reversed query does not show at once is in @kept. */
static int read_backward(int dirfd, const struct segments *segments, const struct log_query *query,
			 struct kept *kept, log_take *show, void *ctx, struct err *err)
{
	uint64_t left = query->newest ? query->newest : SIZE_MAX;
	int rc = 0;

	for (size_t i = segments->n; rc == 0 && left > 0 && i-- > 0;) {
		struct log_segment segment = segment_at(segments, i);

		kept[i].max = left;
		rc = read_one(dirfd, &segment, query, keep, &kept[i], err);
		left -= query->newest ? kept_count(&kept[i]) : 0;
		if (rc == 0 && query->reverse) {
			rc = show_kept(&kept[i], true, show, ctx, err);
			kept_done(&kept[i]);
			kept[i] = (struct kept){ 0 };
		}
	}
	for (size_t i = 0; rc == 0 && !query->reverse && i < segments->n; i++)
		rc = show_kept(&kept[i], false, show, ctx, err);
	return rc;
}

int log_open_dir(const char *dir, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == EACCES)
		return err_set(err, -errno,
			       "open %s: %m; remedy: ask to be put into the group sekisho-audit",
			       dir);
	return fd < 0 ? err_set(err, -errno, "open %s: %m", dir) : fd;
}

int log_read(int dirfd, const struct log_query *query, log_take *show, void *ctx, struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	cleanup_free struct kept *kept = NULL;
	struct segments segments = { 0 };
	int rc = segment_list(dirfd, &firsts, &segments.n, err);

	segments.firsts = firsts;
	if (rc < 0)
		return rc;
	if (query->newest == 0 && !query->reverse)
		return read_forward(dirfd, &segments, query, show, ctx, err);
	kept = calloc(segments.n + 1, sizeof(*kept));
	if (!kept)
		return err_set(err, -ENOMEM, "out of memory");
	rc = read_backward(dirfd, &segments, query, kept, show, ctx, err);
	for (size_t i = 0; i < segments.n; i++)
		kept_done(&kept[i]);
	return rc;
}
