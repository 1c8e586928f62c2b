/* SPDX-License-Identifier: Apache-2.0 */

/* Choosing entries: the fixed prefix decides most, so that JSON is parsed only where it must. */

#include "cli/log_view.h"

#include "audit/line.h"
#include "audit/record.h"
#include "audit/segment.h"
#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

/* The newest entries found so far, in a ring. */
struct newest {
	char **lines;
	uint64_t size;
	uint64_t n; /* ever put in */
};

struct reading {
	const struct log_filter *filter;
	log_show *show;
	void *ctx;
	struct newest newest;
	struct line_reader reader;
};

static bool is_of_type(const struct record_prefix *prefix, const char *type)
{
	size_t len = strlen(type);

	if (prefix->type_len < len || memcmp(prefix->type, type, len) != 0)
		return false;
	return prefix->type_len == len || prefix->type[len] == '.';
}

static bool is_of_user(const char *line, size_t len, const char *user)
{
	json_auto_t *entry = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	const char *found = json_string_value(json_object_get(entry, "user"));

	return found && strcmp(found, user) == 0;
}

/* A line that is no entry is shown, not hidden: it must not be the way to hide one. */
static bool is_chosen(const struct log_filter *filter, const struct line *line)
{
	struct record_prefix prefix;

	if (line->len == 0 || line->text[0] == '#')
		return false;
	if (record_scan(line->text, line->len, &prefix) < 0)
		return true;
	return prefix.wall_us >= filter->since_us && prefix.wall_us <= filter->until_us &&
	       (!filter->type || is_of_type(&prefix, filter->type)) &&
	       (!filter->user || is_of_user(line->text, line->len, filter->user));
}

static int take(struct reading *reading, const struct line *line, struct err *err)
{
	struct newest *newest = &reading->newest;
	cleanup_free char *copy = strndup(line->text, line->len);

	if (!copy)
		return err_set(err, -ENOMEM, "out of memory");
	if (newest->size == 0) {
		reading->show(copy, reading->ctx);
		return 0;
	}
	free(newest->lines[newest->n % newest->size]);
	newest->lines[newest->n++ % newest->size] = take_ptr(&copy);
	return 0;
}

static int read_segment(struct reading *reading, int dirfd, uint64_t first, struct err *err)
{
	char name[SEGMENT_NAME_LEN + 1];
	cleanup_close int fd = -1;
	struct line line;
	int rc;

	segment_name_format(first, name);
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_set(err, -errno, "open %s: %m", name);
	line_reader_init(&reading->reader, fd, 0);
	while ((rc = line_next(&reading->reader, &line)) == 1) {
		if (line.whole && is_chosen(reading->filter, &line) &&
		    take(reading, &line, err) < 0)
			return err->code;
	}
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "read %s: %m; remedy: run sekisho log verify", name);
	}
	return 0;
}

static void show_newest(struct reading *reading)
{
	struct newest *newest = &reading->newest;
	uint64_t first = newest->n > newest->size ? newest->n - newest->size : 0;

	for (uint64_t i = first; i < newest->n; i++)
		reading->show(newest->lines[i % newest->size], reading->ctx);
}

static void reading_free(struct reading *reading)
{
	for (uint64_t i = 0; reading->newest.lines && i < reading->newest.size; i++)
		free(reading->newest.lines[i]);
	free(reading->newest.lines);
	free(reading);
}

DEFINE_CLEANUP(struct reading *, reading_free)
#define cleanup_reading cleanup_with(reading_freep)

int log_view_read(const char *dir, const struct log_filter *filter, log_show *show, void *ctx,
		  struct err *err)
{
	cleanup_close int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_reading struct reading *reading = calloc(1, sizeof(*reading));
	cleanup_free uint64_t *firsts = NULL;
	size_t n = 0;
	int rc;

	if (!reading)
		return err_set(err, -ENOMEM, "out of memory");
	if (dirfd < 0 && errno != EACCES)
		return err_set(err, -errno, "open %s: %m", dir);
	if (dirfd < 0)
		return err_set(err, -errno,
			       "open %s: %m; remedy: ask to be put into the group sekisho-audit",
			       dir);
	reading->filter = filter;
	reading->show = show;
	reading->ctx = ctx;
	if (filter->newest > 0) {
		reading->newest.size = filter->newest;
		reading->newest.lines = calloc(filter->newest, sizeof(char *));
		if (!reading->newest.lines)
			return err_set(err, -ENOMEM, "out of memory");
	}
	rc = segment_list(dirfd, &firsts, &n, err);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = read_segment(reading, dirfd, firsts[i], err);
	if (reading->newest.size > 0)
		show_newest(reading);
	return rc;
}
