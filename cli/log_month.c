/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/log_month.h"

#include "audit/bundle.h"
#include "audit/leaves.h"
#include "audit/verify_front.h"
#include "audit/writer.h"
#include "cli/log_read.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>

#define LOG_DIR "/var/lib/sekisho/audit"
#define OWN_KEY LOG_DIR "/" WRITER_VKEY_FILE
#define LIVE_TRIES 5 /* a commit may be half written at the moment we read */
#define LIVE_PAUSE_MS 50

struct reading {
	struct log_month *month;
	const char *const *types;
	log_month_take *take;
	void *ctx;
	struct gaps_reading gaps;
	bool any;
	bool is_stopped;    /* the last entry says that the log was stopped */
	uint64_t first_seq; /* of what is here */
	int64_t first_us;
	int64_t last_us; /* of the newest entry so far */
};

static int verify(struct log_month *month, struct err *err)
{
	struct verify_front front = { .path = month->path ? month->path : LOG_DIR,
				      .key = month->key };
	struct verify_result result = { 0 };
	int rc = 0;

	if (!month->path && !month->key)
		front.key = OWN_KEY;
	for (int i = 0; i < LIVE_TRIES && rc == 0 && result.outcome != VERIFY_PROVEN; i++) {
		if (i > 0)
			(void)poll(NULL, 0, LIVE_PAUSE_MS);
		rc = verify_front_run(&front, &result, err);
		if (month->path || result.outcome == VERIFY_TAMPERED)
			break;
	}
	if (rc < 0)
		return rc;
	month->outcome = result.outcome;
	strcpy(month->reason, result.reason);
	strcpy(month->origin, result.origin);
	return 0;
}

static bool is_wanted(const struct reading *reading, const struct record_prefix *prefix)
{
	for (const char *const *type = reading->types; *type; type++) {
		size_t len = strlen(*type);

		if (prefix->type_len >= len && memcmp(prefix->type, *type, len) == 0 &&
		    (prefix->type_len == len || prefix->type[len] == '.'))
			return true;
	}
	return false;
}

static bool reaches_into(const struct log_month *month, int64_t from_us, int64_t until_us)
{
	return from_us <= month->until_us && until_us >= month->since_us;
}

static int take_entry(struct reading *reading, const struct leaf *leaf, struct err *err)
{
	const struct record_prefix *prefix = &leaf->prefix;
	uint64_t n_gaps = reading->gaps.found.n[GAP_UNEXPLAINED];
	json_auto_t *entry = NULL;

	gaps_follow(&reading->gaps, prefix, leaf->text, leaf->len);
	if (reading->gaps.found.n[GAP_UNEXPLAINED] > n_gaps &&
	    reaches_into(reading->month, reading->last_us, prefix->wall_us))
		reading->month->n_gaps++;
	if (!reading->any)
		reading->first_us = prefix->wall_us;
	reading->any = true;
	reading->last_us = prefix->wall_us;
	reading->is_stopped = prefix->type_len == strlen("log.stop") &&
			      memcmp(prefix->type, "log.stop", prefix->type_len) == 0;
	if (!is_wanted(reading, prefix))
		return 0;
	entry = json_loadb(leaf->text, leaf->len, JSON_REJECT_DUPLICATES, NULL);
	if (!entry)
		return err_set(err, -EBADMSG,
			       "entry %" PRIu64 " cannot be read; remedy: sekisho log verify",
			       prefix->seq);
	return reading->take(reading->ctx, prefix, entry, err);
}

static int read_leaves(struct reading *reading, struct leaves *leaves, struct err *err)
{
	struct leaf leaf;
	int rc;

	gaps_begin(&reading->gaps);
	reading->first_seq = leaves->head.tree.size;
	while ((rc = leaves_next(leaves, &leaf, err)) > 0) {
		if (leaf.kind == LEAF_ENTRY) {
			rc = take_entry(reading, &leaf, err);
			if (rc < 0)
				return rc;
		}
		/* It has no time of its own: that of the entry before it. */
		if (leaf.kind == LEAF_REDACTED &&
		    reaches_into(reading->month, reading->last_us, reading->last_us))
			reading->month->n_redacted++;
	}
	return rc;
}

/* A log that is damaged is read as far as it goes: that it is tampered with was found. */
static int read_all(struct reading *reading, struct err *err)
{
	const char *path = reading->month->path ? reading->month->path : LOG_DIR;
	cleanup_bundle struct bundle bundle = { .zip = { .fd = -1 } };
	cleanup_leaves struct leaves leaves = { 0 };
	cleanup_close int dirfd = -1;
	cleanup_close int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc;

	if (file >= 0 && bundle_is(file)) {
		rc = bundle_open(file, &bundle, err);
		rc = rc == 0 ? leaves_open_bundle(&bundle, &leaves, err) : rc;
	} else {
		dirfd = log_open_dir(path, err);
		rc = dirfd < 0 ? dirfd : leaves_open(dirfd, 0, &leaves, err);
	}
	if (rc == 0)
		rc = read_leaves(reading, &leaves, err);
	return rc == -EBADMSG && reading->month->outcome == VERIFY_TAMPERED ? 0 : rc;
}

int log_month_read(struct log_month *month, const char *const *types, log_month_take *take,
		   void *ctx, struct err *err)
{
	struct reading reading = { .month = month, .types = types, .take = take, .ctx = ctx };
	int64_t now_us = clock_read_us(CLOCK_REALTIME);
	int rc;

	if (sodium_init() < 0)
		return err_set(err, -EIO, "libsodium does not start");
	rc = verify(month, err);
	if (rc == 0)
		rc = read_all(&reading, err);
	if (rc < 0)
		return rc;
	/* The first entry of all begins no gap: the terminal was set up then. */
	month->begins_late = reading.first_seq > 0 && reading.first_us > month->since_us;
	month->ends_early =
		!reading.any || (month->until_us < now_us && reading.last_us < month->until_us &&
				 !reading.is_stopped);
	return 0;
}

bool log_month_is_whole(const struct log_month *month)
{
	return month->outcome == VERIFY_PROVEN && month->n_gaps == 0 && month->n_redacted == 0 &&
	       !month->begins_late && !month->ends_early;
}

void log_month_print(const struct log_month *month, FILE *out)
{
	if (month->outcome == VERIFY_TAMPERED)
		fprintf(out, tr("The log is TAMPERED WITH: %s\n"), month->reason);
	if (month->outcome == VERIFY_INCOMPLETE)
		fputs(tr("The log is not proven; remedy: sekisho log verify, with --key\n"), out);
	if (month->n_gaps > 0)
		fprintf(out, tr("%" PRIu64 " gaps in that time that nothing explains\n"),
			month->n_gaps);
	if (month->n_redacted > 0)
		fprintf(out, tr("%" PRIu64 " entries of that time are blacked out\n"),
			month->n_redacted);
	if (month->begins_late)
		fputs(tr("What is before the first entry here was pruned; remedy: the bundle of "
			 "its "
			 "fiscal year\n"),
		      out);
	if (month->ends_early)
		fputs(tr("The log ends before that time does.\n"), out);
}

json_t *log_month_json(const struct log_month *month)
{
	static const char *const outcomes[] = { "tampered", "incomplete", "proven" };

	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:b, s:b, s:b}", "origin", month->origin,
			 "outcome", outcomes[month->outcome], "reason", month->reason, "gaps",
			 (json_int_t)month->n_gaps, "redacted", (json_int_t)month->n_redacted,
			 "begins_late", month->begins_late, "ends_early", month->ends_early,
			 "whole", log_month_is_whole(month));
}
