/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_segment.h"

#include "cli/log_indexed.h"
#include "core/err.h"

#include <errno.h>
#include <string.h>

#define REDACTED "#red "

bool log_entry_is_meant(const struct log_filter *filter, const struct line *line,
			struct log_entry *entry)
{
	struct seg_index_row row = { 0 };
	struct record_prefix prefix;

	entry->text = line->text;
	entry->len = line->len;
	entry->offset = line->offset;
	if (line->len > strlen(REDACTED) && memcmp(line->text, REDACTED, strlen(REDACTED)) == 0) {
		entry->kind = LOG_ENTRY_REDACTED;
		entry->seq++;
	} else if (record_scan(line->text, line->len, &prefix) < 0 ||
		   seg_index_row_read(line->text, line->len, &prefix, &row) < 0) {
		entry->kind = LOG_ENTRY_BROKEN;
		return true;
	} else {
		entry->kind = LOG_ENTRY_WHOLE;
		entry->seq = prefix.seq;
		entry->wall_us = prefix.wall_us;
	}
	return log_filter_has_seq(filter, entry->seq) &&
	       log_filter_has_time(filter, entry->wall_us, entry->wall_us) &&
	       log_filter_has_row(filter, &row);
}

bool log_entry_is_line(const struct line *line)
{
	return line->whole && line->len > 0 &&
	       (line->text[0] != '#' || (line->len > strlen(REDACTED) &&
					 memcmp(line->text, REDACTED, strlen(REDACTED)) == 0));
}

int log_segment_scan(struct line_reader *reader, struct log_entry *entry,
		     const struct log_filter *filter, log_take *take, void *ctx, struct err *err)
{
	struct line line;
	int rc;

	while ((rc = line_next(reader, &line)) == 1) {
		char text[LINE_MAX_LEN + 1];

		if (!log_entry_is_line(&line) || !log_entry_is_meant(filter, &line, entry))
			continue;
		memcpy(text, line.text, line.len);
		text[line.len] = '\0';
		entry->text = text;
		rc = take(entry, ctx, err);
		if (rc < 0)
			return rc;
	}
	if ((rc == -EBADMSG || rc == -EMSGSIZE) && filter->shows_damage) {
		entry->kind = LOG_ENTRY_BROKEN;
		entry->text = "";
		entry->len = 0;
		entry->offset = line.offset;
		return take(entry, ctx, err);
	}
	if (rc < 0)
		return err_set(err, rc,
			       "read the segment of entry %llu: %s; "
			       "remedy: run sekisho log verify",
			       (unsigned long long)entry->segment, strerror(-rc));
	return 0;
}

struct log_entry log_segment_begin(uint64_t first)
{
	return (struct log_entry){ .segment = first, .seq = first - 1 };
}

int log_segment_read(int dirfd, const struct log_segment *segment, const struct log_filter *filter,
		     log_take *take, void *ctx, struct err *err)
{
	cleanup_line_reader struct line_reader *reader = NULL;
	struct log_entry entry = log_segment_begin(segment->first);
	struct log_found found = { 0 };
	int rc = 0;

	if (log_indexed_read(dirfd, segment, filter, &found)) {
		for (size_t i = 0; rc == 0 && i < found.n; i++)
			rc = take(&found.list[i], ctx, err);
		log_found_free(&found);
		return rc;
	}
	rc = segment_open(dirfd, segment->first, &reader, err);
	return rc < 0 ? rc : log_segment_scan(reader, &entry, filter, take, ctx, err);
}
