/* SPDX-License-Identifier: Apache-2.0 */

/* What a permit means for a device, and how often it was used. */

#include "agent/permits.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define DISKS "/sys/class/block"

static bool has_diskseq(int dirfd, const char *disk, uint64_t diskseq)
{
	char name[300], text[32];
	uint64_t found;
	struct err ignored = { 0 };

	(void)snprintf(name, sizeof(name), "%s/diskseq", disk);
	return file_read_attribute(dirfd, name, text, sizeof(text)) == 0 &&
	       parse_u64(text, UINT64_MAX, &found, &ignored) == 0 && found == diskseq;
}

/* The medium of the last use is still in: also for an agent that was started again. */
static bool goes_on(const struct permits *permits, const struct permit_record *record)
{
	cleanup_close int fd = -1;
	cleanup_closedir DIR *dir = NULL;
	const struct dirent *entry;

	if (record->used == 0 ||
	    memcmp(record->use_boot, permits->boot, sizeof(permits->boot)) != 0)
		return false;
	fd = open(DISKS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : file_list(fd, ".");
	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name != '.' && has_diskseq(fd, entry->d_name, record->use_diskseq))
			return true;
	}
	return false;
}

bool permits_holds(const struct permits *permits, const struct permits_entry *entry,
		   const char *medium, const char *terminal, const struct policy_circumstances *at)
{
	const struct elapsed_now now = permits_now(permits);
	struct permit_record record = entry->record;
	struct permit_moment moment = { .medium = medium,
					.terminal = terminal,
					.user = at->seat_known ? at->user : "",
					.now = at->now,
					.latest = policy_latest(at) };
	policy_minute seen;

	if (record.stage != PERMIT_APPROVED || strcmp(entry->permit.medium, medium) != 0)
		return false; /* nearly all of them: no disk is looked for */
	elapsed_pass(&record.since_approval, &now);
	seen = policy_minute_from_clock(record.since_approval.latest_s);
	moment.latest = seen > moment.latest ? seen : moment.latest;
	moment.is_same_use = goes_on(permits, &record);
	return permit_ask(&entry->permit, &record, &moment) == PERMIT_HOLDS;
}

static bool is_better(const struct permit *permit, const struct permit *than)
{
	bool writes = permit->access & PERMIT_WRITE;

	if (!than || writes != (bool)(than->access & PERMIT_WRITE))
		return !than || writes;
	return permit->until < than->until;
}

void permits_fill(const struct permits *permits, const char *terminal,
		  const struct policy_circumstances *at, struct policy_device *facts)
{
	const struct permit *best = NULL;

	for (const struct permits_entry *entry = permits->first;
	     entry && *facts->medium_number != '\0'; entry = entry->next) {
		if (!permit_is_vendor(&entry->permit) &&
		    permits_holds(permits, entry, facts->medium_number, terminal, at) &&
		    is_better(&entry->permit, best))
			best = &entry->permit;
	}
	(void)snprintf(facts->permit, sizeof(facts->permit), "%s", best ? best->number : "");
	facts->permit_for = best ? permit_is_for(best) : PERMITS_NOTHING;
}

int permits_check_use(const struct permits *permits, const char *number, uint64_t diskseq,
		      const struct permits_entry **ret_entry, struct err *err)
{
	const struct permits_entry *entry = permits_find(permits, number);
	const struct permit_record *record;

	if (!entry || entry->record.stage != PERMIT_APPROVED)
		return err_set(err, -ENOENT, "permit %s holds no more", number);
	record = &entry->record;
	*ret_entry = entry;
	if (record->used > 0 && record->use_diskseq == diskseq &&
	    memcmp(record->use_boot, permits->boot, sizeof(permits->boot)) == 0)
		return 0;
	if (record->used >= entry->permit.uses)
		return err_set(err, -EDQUOT, "permit %s was used %u times, which is all", number,
			       record->used);
	return 1;
}

int permits_begin_use(struct permits *permits, const char *number, uint64_t diskseq,
		      struct err *err)
{
	const struct permits_entry *ignored;
	struct permits_entry *entry = permits_find(permits, number);
	struct permit_record record;
	int rc = permits_check_use(permits, number, diskseq, &ignored, err);

	if (rc <= 0)
		return rc;
	record = entry->record;
	record.used++;
	record.use_diskseq = diskseq;
	memcpy(record.use_boot, permits->boot, sizeof(record.use_boot));
	return permits_change(permits, entry, &record, err);
}

void permits_end_use(struct permits *permits, const char *number, uint64_t bytes, uint64_t files)
{
	struct permits_entry *entry = permits_find(permits, number);
	struct permit_record record;
	struct err err = { 0 };

	if (!entry)
		return;
	record = entry->record;
	record.bytes_written += bytes;
	record.files_written += files;
	if (permits_change(permits, entry, &record, &err) < 0)
		log_error("what was written under permit %s cannot be kept: %s", number, err.text);
}
