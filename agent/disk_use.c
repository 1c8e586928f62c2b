/* SPDX-License-Identifier: Apache-2.0 */

/* What is open, in the hands of the person at the terminal. */

#include "agent/disk.h"
#include "agent/enforce.h"
#include "agent/report.h"
#include "agent/storage.h"
#include "agent/use_volume.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"
#include "ipc/event.h"
#include "note/note.h"

#include <string.h>

static struct storage_disk *disk_of(struct use *use)
{
	return container_of(use, struct storage_disk, use);
}

/* Nobody at the terminal, or a greeter over it, takes nothing from whose session goes on. */
static bool is_whose(const struct use *use, const struct seat *seat)
{
	if (!seat->known)
		return true;
	if (seat->session[0] != '\0')
		return seat->uid == use->uid;
	return seat_session_lives(seat, use->session);
}

/* Whether names and hashes of what is written are kept, and for whom; of what is read only those
 * alone that a company brought in.
 */
static int find_record_key(const struct storage_disk *disk, struct use_medium *medium,
			   struct err *err)
{
	const struct judge *judge = disk->storage->judge;
	const struct policy *policy = judge->policy;
	struct note_key key;
	const char *text;

	if ((!medium->writable && !medium->is_vendor) || !policy ||
	    !policy->zones[judge->at->zone].record_files)
		return 0;
	text = policy_word(policy, policy->zones[judge->at->zone].record_files);
	if (note_key_parse(text, strlen(text), &key, err) < 0)
		return err_wrap(err, "record-files");
	_Static_assert(sizeof(medium->record_key) == NOTE_PUBLIC_SIZE, "as it is");
	medium->lists = true;
	memcpy(medium->record_key, key.public, sizeof(medium->record_key));
	return 0;
}

static void begin(struct storage_disk *disk)
{
	struct use_medium medium = {
		.node = disk->node,
		.devnum = disk->devnum,
		.diskseq = disk->diskseq,
		.writable = disk->judged.verdict == VERDICT_ALLOW,
	};
	struct enforce_disk identity = disk_medium(disk);
	cleanup_close int fd = -1;
	struct err err = { 0 };

	if (*disk->judged.permit != '\0')
		disk->storage->announced(disk->storage, disk, &medium);
	if (find_record_key(disk, &medium, &err) < 0 ||
	    enforce_look_at_disk(&identity, &fd, &err) < 0)
		log_warning("%s is not mounted: %s", disk->node, err.text);
	else
		use_begin(&disk->use, &disk->storage->use_owner, &medium, disk->storage->seat, fd);
}

void disk_follow(struct storage_disk *disk)
{
	const struct seat *seat = disk->storage->seat;
	bool writable = disk->judged.verdict == VERDICT_ALLOW;

	if (disk->is_gone || disk->state != MEDIUM_OPEN)
		return;
	if (!use_is_on(&disk->use)) {
		if (seat->known && seat->session[0] != '\0')
			begin(disk);
	} else if (!is_whose(&disk->use, seat)) {
		use_finish(&disk->use, USE_END_REQUIRED, "seat_changed");
	} else if (disk->use.medium.writable != writable) {
		use_finish(&disk->use, USE_END_REQUIRED, "granted_anew");
	}
}

void disk_eject(struct storage_disk *disk)
{
	disk->is_wanted_back = true;
	if (use_is_on(&disk->use))
		use_finish(&disk->use, USE_END_ASKED, "ejected");
	else
		disk_use_over(&disk->use);
}

static void give_back(struct storage_disk *disk)
{
	struct enforce_disk medium = disk_medium(disk);

	enforce_shut_disk(disk->storage->judge->gate_fd, &medium);
	disk->state = MEDIUM_EJECTED;
	log_info("guard: %s may be taken out", disk->node);
	disk->storage->given_back(disk->storage, disk);
}

void disk_use_over(struct use *use)
{
	struct storage_disk *disk = disk_of(use);

	if (disk->is_gone) {
		if (disk->state != MEDIUM_LOGGING)
			disk_drop(disk);
	} else if (disk->cut_after) {
		disk_cut(disk);
	} else if (disk->is_wanted_back) {
		give_back(disk);
	} else {
		disk_follow(disk);
	}
}

void disk_use_happened(struct use *use, const struct use_news *news)
{
	struct storage_disk *disk = disk_of(use);
	struct storage *storage = disk->storage;
	struct ipc_log_append event;

	if (news->event == USE_IS_BUSY)
		disk->is_wanted_back = false;
	if (report_use(&event, disk, news))
		ipc_submit(storage->judge->log, &event, NULL, NULL);
	if (*disk->judged.permit != '\0' &&
	    (news->event == USE_WAS_ENDED || news->event == USE_WAS_CUT))
		storage->used(storage, disk, news);
	if (news->event == USE_WAS_COMPARED && use_is_unexpected(news->listed))
		storage->unexpected(storage, disk);
	if (news->event == USE_UNWATCHED)
		disk->cut_after = true; /* what is open on it fails, and it is begun anew */
	if (news->event == USE_UNWATCHED || news->event == USE_MISSED || news->event == USE_LISTED)
		return;
	storage->happened(storage, disk, news);
}
