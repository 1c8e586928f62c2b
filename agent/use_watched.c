/* SPDX-License-Identifier: Apache-2.0 */

/* The part of a use that never lets a medium be writable and unwatched. */

#include "agent/use_volume.h"
#include "core/err.h"
#include "core/log.h"

#include <errno.h>

/* Who watched was killed, or has ended by itself: nothing is taken on trust from there on. */
static void lost(struct watched *watched)
{
	struct use_volume *volume = container_of(watched, struct use_volume, watched);
	struct use *use = volume->use;
	bool is_waited_for =
		use->state == USE_ENDING && use->is_settling && volume == &use->volumes[use->at];

	if (volume->has_counts)
		return;
	watched->is_known = false; /* what was said before is not all of it */
	use_tell(use, USE_UNWATCHED, volume, "", NULL);
	if (is_waited_for && use->end == USE_END_CUT)
		use_end_volume(use);
	else
		use_finish(use, USE_END_CUT, "unwatched");
}

static void missed(struct watched *watched)
{
	struct use_volume *volume = container_of(watched, struct use_volume, watched);

	use_tell(volume->use, USE_MISSED, volume, "", NULL);
}

static void settled(struct watched *watched, int rc)
{
	struct use_volume *volume = container_of(watched, struct use_volume, watched);

	volume->has_counts = rc == 0;
	if (rc < 0 && rc != -EBUSY) {
		errno = -rc;
		log_warning("%s: what was written to it is not known: %m", volume->path);
	}
	if (rc == 0 && volume->use->end != USE_END_CUT)
		watched_end(watched);
	use_end_volume(volume->use);
}

void use_watch(struct use_volume *volume, int fd)
{
	struct use *use = volume->use;
	struct err err = { 0 };

	volume->watched = (struct watched){ .lost = lost, .missed = missed };
	volume->has_counts = false;
	if (watched_begin(&volume->watched, use->owner->loop, fd, &err) < 0) {
		log_error("%s: %s", volume->path, err.text);
		lost(&volume->watched);
	}
}

bool use_settle(struct use_volume *volume)
{
	return watched_settle(&volume->watched, volume->use->end == USE_END_CUT, settled) == 0;
}

void use_tell_rest(struct use_volume *volume)
{
	const struct watched *watched = &volume->watched;

	if (watched->is_known && (watched->last.flags & ~(uint32_t)IPC_WRITTEN_OVERFLOW) != 0)
		use_tell(volume->use, USE_LISTED, volume, "", NULL);
}
