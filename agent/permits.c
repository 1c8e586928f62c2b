/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/permits.h"

#include "agent/permit_store.h"
#include "agent/vendor.h"
#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_S 60 /* so often while one is approved: the clock may be set meanwhile */

static const int64_t warnings_s[PERMITS_WARNINGS] = { 600, 60 };

struct elapsed_now permits_now(const struct permits *permits)
{
	struct elapsed_now now = {
		.wall_s = clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC,
		.boot_us = clock_read_us(CLOCK_BOOTTIME),
	};

	memcpy(now.boot, permits->boot, sizeof(now.boot));
	return now;
}

static void keep(void *ctx, const struct permit *permit, const struct permit_record *record)
{
	struct permits *permits = ctx;
	struct permits_entry *entry = calloc(1, sizeof(*entry));

	if (!entry) {
		log_error("permit %s does not hold: no memory is left", permit->number);
		return;
	}
	entry->permit = *permit;
	entry->record = *record;
	entry->next = permits->first;
	permits->first = entry;
	permits->n++;
}

struct permits_entry *permits_find(const struct permits *permits, const char *number)
{
	struct permits_entry *entry = permits->first;

	while (entry && strcmp(entry->permit.number, number) != 0)
		entry = entry->next;
	return entry;
}

/* Seconds until something is to be done about it, INT64_MAX: nothing. */
static int64_t next_s(const struct permits_entry *entry, int64_t left)
{
	policy_minute now =
		policy_minute_from_clock(clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC);
	int64_t begin_s = (entry->permit.from - now) * 60;
	int64_t next = left;

	if (entry->n_warned < PERMITS_WARNINGS && left > warnings_s[entry->n_warned])
		next = left - warnings_s[entry->n_warned];
	return begin_s > 0 && begin_s < next ? begin_s : next;
}

static void expire(struct permits *permits, struct permits_entry *entry)
{
	struct permit_record record = entry->record;
	struct err err = { 0 };

	record.stage = PERMIT_EXPIRED;
	if (permits_change(permits, entry, &record, &err) < 0) {
		log_error("permit %s is over, and that cannot be kept: %s", entry->permit.number,
			  err.text);
		entry->record = record; /* it holds no more in any case */
	}
	permits->ended(permits, entry);
}

static void warn(struct permits *permits, struct permits_entry *entry, int64_t left)
{
	bool is_due = false;

	for (; entry->n_warned < PERMITS_WARNINGS && left <= warnings_s[entry->n_warned];
	     entry->n_warned++)
		is_due = true;
	if (is_due)
		permits->warn(permits, entry, left);
}

static bool is_to_be_kept(const struct elapsed *kept, const struct elapsed *now)
{
	return memcmp(kept->boot, now->boot, sizeof(kept->boot)) != 0 ||
	       now->since_us - kept->since_us >= ELAPSED_KEEP_S * CLOCK_US_PER_SEC ||
	       now->latest_s - kept->latest_s >= ELAPSED_KEEP_S;
}

/* Time goes by for one that is approved.  Return: seconds until something is to be done. */
static int64_t pass_one(struct permits *permits, struct permits_entry *entry,
			const struct elapsed_now *now)
{
	struct permit_record record = entry->record;
	struct err err = { 0 };
	int64_t left;

	elapsed_pass(&record.since_approval, now);
	left = permit_left_s(&entry->permit, &record,
			     policy_minute_from_clock(record.since_approval.latest_s));
	if (left == 0) {
		expire(permits, entry);
		return INT64_MAX;
	}
	if (is_to_be_kept(&entry->record.since_approval, &record.since_approval) &&
	    permits_change(permits, entry, &record, &err) < 0)
		log_error("the time of permit %s cannot be kept: %s", entry->permit.number,
			  err.text);
	left = vendor_left_s(entry, left, now->boot_us);
	warn(permits, entry, left);
	return next_s(entry, left);
}

/* Time goes by for all; sets the timer. */
static void pass(struct permits *permits)
{
	const struct elapsed_now now = permits_now(permits);
	int64_t next = INT64_MAX;

	for (struct permits_entry *entry = permits->first; entry; entry = entry->next) {
		int64_t its_next = entry->record.stage == PERMIT_APPROVED
					   ? pass_one(permits, entry, &now)
					   : INT64_MAX;

		next = its_next < next ? its_next : next;
	}
	if (next > LOOK_S && next != INT64_MAX)
		next = LOOK_S;
	/* The second after, so that the minute has begun. */
	loop_timer_set(&permits->timer, next == INT64_MAX ? 0 : (next + 1) * CLOCK_US_PER_SEC);
}

static void timer_expired(struct loop_timer *timer)
{
	struct permits *permits = container_of(timer, struct permits, timer);

	pass(permits);
	permits->changed(permits);
}

static void read_boot(struct permits *permits)
{
	char text[64] = "";
	size_t n = 0;

	(void)file_read_attribute(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text));
	for (const char *at = text; *at && n < 2 * sizeof(permits->boot); at++) {
		const char digit[] = { *at, '\0' };

		if (*at == '-')
			continue;
		permits->boot[n / 2] = (uint8_t)((unsigned long)permits->boot[n / 2] << 4 |
						 strtoul(digit, NULL, 16));
		n++;
	}
}

int permits_init(struct permits *permits, struct loop *loop, const char *state_dir, struct err *err)
{
	struct err why = { 0 };

	permits->loop = loop;
	permits->dirfd = -1;
	read_boot(permits);
	if (permit_store_open(state_dir, &permits->dirfd, &why) < 0)
		log_error("no permit holds: %s", why.text);
	else
		permit_store_each(permits->dirfd, keep, permits);
	return loop_timer_init(loop, &permits->timer, timer_expired, err);
}

void permits_deinit(struct permits *permits)
{
	for (struct permits_entry *entry = permits->first, *next; entry; entry = next) {
		next = entry->next;
		free(entry);
	}
	permits->first = NULL;
	if (permits->loop)
		loop_timer_deinit(permits->loop, &permits->timer);
	closep(&permits->dirfd);
}

void permits_start(struct permits *permits)
{
	pass(permits);
	permits->changed(permits);
}

int permits_next_number(struct permits *permits, const char *terminal, char *out, struct err *err)
{
	policy_minute now =
		policy_minute_from_clock(clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC);
	char year[24];
	uint64_t count;
	int rc = permits->dirfd < 0 ? err_set(err, -ENOTDIR,
					      "no permit can be kept; remedy: look at the journal "
					      "of sekishod")
				    : permit_store_count(permits->dirfd, &count, err);

	if (rc < 0)
		return rc;
	/* Reiwa 1 is 2019; a fiscal year bears the number of the year in which it begins. */
	policy_minute_print(permit_year_end(now), year);
	year[4] = '\0';
	(void)snprintf(out, PERMIT_NUMBER_MAX, "R%ld-%.32s-%" PRIu64, atol(year) - 1 - 2018,
		       terminal, count);
	return 0;
}

/* Nothing is to be done with it any more, and its file could not be taken in again. */
static bool is_done_with(const struct permits_entry *entry, policy_minute now)
{
	enum permit_stage stage = entry->record.stage;
	bool is_closed = stage == PERMIT_CLOSED || stage == PERMIT_DENIED ||
			 (permit_is_vendor(&entry->permit) && stage != PERMIT_APPROVED) ||
			 (entry->record.used == 0 && stage != PERMIT_APPROVED);

	return is_closed && entry->permit.until <= now;
}

/* The one that was over first. */
static void make_room(struct permits *permits)
{
	policy_minute now =
		policy_minute_from_clock(clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC);
	struct permits_entry **oldest = NULL;
	struct err err = { 0 };

	for (struct permits_entry **link = &permits->first; *link; link = &(*link)->next) {
		if (is_done_with(*link, now) &&
		    (!oldest || (*link)->permit.until < (*oldest)->permit.until))
			oldest = link;
	}
	if (oldest && permit_store_remove(permits->dirfd, (*oldest)->permit.number, &err) == 0) {
		struct permits_entry *gone = *oldest;

		*oldest = gone->next;
		free(gone);
		permits->n--;
	}
}

int permits_add(struct permits *permits, const struct permit *permit,
		const struct permit_record *record, struct err *err)
{
	int rc;

	if (permits->n >= PERMITS_MAX)
		make_room(permits);
	if (permits->n >= PERMITS_MAX)
		return err_set(err, -ENOSPC,
			       "%d permits are open; remedy: close those that are done with",
			       PERMITS_MAX);
	if (!permit_store_is_free(permits->dirfd, permit->number))
		return err_set(err, -EEXIST,
			       "no permit can have the number %s here; remedy: another number",
			       permit->number);
	rc = permit_store_write(permits->dirfd, permit, record, err);
	if (rc == 0)
		keep(permits, permit, record);
	if (rc == 0)
		pass(permits);
	return rc;
}

int permits_change(struct permits *permits, struct permits_entry *entry,
		   const struct permit_record *record, struct err *err)
{
	int rc = permit_store_write(permits->dirfd, &entry->permit, record, err);

	if (rc == 0)
		entry->record = *record;
	return rc;
}
