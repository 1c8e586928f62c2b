/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/use_volume.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *use_path(const struct use *use)
{
	for (size_t i = 0; i < use->n_volumes; i++) {
		if (use->volumes[i].path)
			return use->volumes[i].path;
	}
	return "";
}

const char *use_path_at(const struct use *use, size_t i)
{
	if (i >= use->n_volumes)
		return NULL;
	return use->volumes[i].path ? use->volumes[i].path : "";
}

bool use_has_path(const struct use *use, const char *path)
{
	for (size_t i = 0; i < use->n_volumes; i++) {
		if (use->volumes[i].path && strcmp(use->volumes[i].path, path) == 0)
			return true;
	}
	return false;
}

/* Of a company's nobody could see what is on it. */
static bool is_locked(const struct use_volume *volume)
{
	return !volume->path && !volume->use->medium.is_vendor &&
	       strcmp(volume->found.type, "crypto_LUKS") == 0;
}

const struct ipc_volume *use_locked_at(const struct use *use, size_t i)
{
	for (size_t n = 0; use->state == USE_MOUNTED && n < use->n_volumes; n++) {
		if (is_locked(&use->volumes[n]) && i-- == 0)
			return &use->volumes[n].found;
	}
	return NULL;
}

void use_tell(struct use *use, enum use_event event, const struct use_volume *volume,
	      const char *detail, const struct ipc_media_mounted *mounted)
{
	const struct watched *watched = volume ? &volume->watched : NULL;
	const struct use_news news = {
		.event = event,
		.path = volume && volume->path ? volume->path : "",
		.type = volume ? volume->found.type : "",
		.reason = use->reason,
		.detail = detail,
		.written = watched && watched->is_known ? &watched->last : NULL,
		.mounted = mounted,
	};

	use->owner->happened(use, &news);
}

static void tell(struct use *use, enum use_event event, const struct use_volume *volume,
		 const char *detail)
{
	use_tell(use, event, volume, detail, NULL);
}

static void drop_path(struct use_volume *volume)
{
	watched_end(&volume->watched);
	volume->watched.is_known = false;
	free(volume->path);
	volume->path = NULL;
}

void use_deinit(struct use *use)
{
	if (!use_is_on(use))
		return;
	probe_cancel(&use->probe);
	mount_cancel(&use->mount);
	loop_timer_deinit(use->owner->loop, &use->timer);
	for (size_t i = 0; i < use->n_volumes; i++)
		drop_path(&use->volumes[i]);
	free(use->volumes);
	*use = (struct use){ 0 };
}

static void be_over(struct use *use)
{
	const struct use_owner *owner = use->owner;

	use_deinit(use);
	owner->over(use);
}

static void end_next(struct use *use);

/* All were tried once. */
static void end_of_round(struct use *use)
{
	struct use_volume *busy = use->volumes;

	if (!*use_path(use)) {
		be_over(use);
		return;
	}
	while (!busy->path)
		busy++;
	if (use->end == USE_END_ASKED) {
		use->state = USE_MOUNTED;
		tell(use, USE_IS_BUSY, busy, busy->detail);
		use->reason = NULL;
	} else if (clock_read_us(CLOCK_BOOTTIME) < use->deadline_us) {
		loop_timer_set(&use->timer, USE_AGAIN_US);
	} else {
		use->end = USE_END_CUT;
		use->at = 0;
		end_next(use);
	}
}

/* Somebody else, who may, has unmounted it. */
static bool is_gone(int rc)
{
	return rc == -ENOENT || rc == -ENODEV || rc == -EINVAL;
}

static void ended(struct mount *mount, int rc, const struct ipc_media_mounted *answer)
{
	struct use *use = container_of(mount, struct use, mount);
	struct use_volume *volume = &use->volumes[use->at];

	use->is_asking = false;
	if (use->end == USE_END_CUT) {
		if (rc < 0 && !is_gone(rc))
			log_error("%s cannot be taken away: %s", volume->path,
				  mount_why(rc, answer));
		tell(use, USE_WAS_CUT, volume, volume->detail);
		use_tell_rest(volume);
		drop_path(volume);
	} else if (rc == 0 || is_gone(rc)) {
		tell(use, USE_WAS_ENDED, volume, "");
		use_tell_rest(volume);
		drop_path(volume);
	} else {
		(void)snprintf(volume->detail, sizeof(volume->detail), "%s", mount_why(rc, answer));
	}
	use->at++;
	end_next(use);
}

static void end_next(struct use *use)
{
	while (use->at < use->n_volumes && !use->volumes[use->at].path)
		use->at++;
	if (use->at == use->n_volumes) {
		end_of_round(use);
		return;
	}
	use->is_settling = use_settle(&use->volumes[use->at]);
	if (!use->is_settling)
		use_end_volume(use);
}

void use_end_volume(struct use *use)
{
	use->is_settling = false;
	use->is_asking = true;
	mount_end(&use->mount, use->owner->loop, use->owner->mount_socket,
		  use->volumes[use->at].path, use->volumes[use->at].devnum, use->end == USE_END_CUT,
		  ended);
}

static void timer_expired(struct loop_timer *timer)
{
	struct use *use = container_of(timer, struct use, timer);

	use->at = 0;
	end_next(use);
}

/* By way of the timer: nobody who calls use_finish() finds it over on return. */
static void begin_end(struct use *use)
{
	use->state = USE_ENDING;
	if (use->end == USE_END_REQUIRED && *use_path(use))
		tell(use, USE_ENDS, NULL, "");
	loop_timer_set(&use->timer, 1);
}

void use_finish(struct use *use, enum use_end end, const char *reason)
{
	if (!use_is_on(use) || (use->reason && end <= use->end))
		return;
	use->reason = reason;
	use->end = end;
	use->deadline_us = clock_read_us(CLOCK_BOOTTIME) + USE_GRACE_US;
	switch (use->state) {
	case USE_NONE:
	case USE_MOUNTING: /* goes on when it is known what became of it */
		break;
	case USE_LOOKING:
		probe_cancel(&use->probe);
		begin_end(use);
		break;
	case USE_LISTING:
		mount_cancel(&use->mount);
		use->is_asking = false;
		begin_end(use);
		break;
	case USE_MOUNTED:
		begin_end(use);
		break;
	case USE_ENDING:
		if ((use->is_asking || use->is_settling) && end != USE_END_CUT)
			break;
		mount_cancel(&use->mount); /* what was asked for happens, too */
		use->is_asking = false;
		use->is_settling = false;
		begin_end(use);
		break;
	}
}

static bool keep_place(struct use_volume *volume, const struct ipc_media_mounted *answer)
{
	volume->path = strdup(answer->path);
	volume->devnum = answer->devnum;
	return volume->path;
}

/* Also of one that is mounted: that it can only be read, and why. */
static const char *said(int rc, const struct ipc_media_mounted *answer)
{
	return rc == 0 ? answer->detail : mount_why(rc, answer);
}

static void mounted(struct mount *mount, int rc, const struct ipc_media_mounted *answer)
{
	struct use *use = container_of(mount, struct use, mount);
	struct use_volume *volume = &use->volumes[use->at];

	use->is_asking = false;
	if ((rc == 0 || rc == -EEXIST || rc == -EOWNERDEAD) && answer &&
	    !keep_place(volume, answer))
		rc = -ENOMEM;
	if (mount->connection >= 0)
		use_watch(volume, mount->connection);
	if (rc == -EEXIST) { /* from before the agent was started again: another's, or writable */
		use_finish(use, USE_END_REQUIRED, "granted_anew");
	} else if (rc == -EOWNERDEAD) {
		tell(use, USE_UNWATCHED, volume, said(rc, answer));
		use_finish(use, USE_END_CUT, "unwatched");
	} else {
		tell(use,
		     rc == 0         ? USE_WAS_MOUNTED
		     : rc == -ENOKEY ? USE_IS_LOCKED
				     : USE_NOT_MOUNTED,
		     volume, said(rc, answer));
	}
	use->at++;
	use_mount_next(use);
}

struct ipc_media_mount use_request(const struct use_volume *volume)
{
	const struct use *use = volume->use;
	struct ipc_media_mount request = {
		.diskseq = use->medium.diskseq,
		.devnum = use->medium.devnum,
		.uid = use->uid,
		.gid = use->gid,
		.writable = use->medium.writable,
		.lists = use->medium.lists,
		.volume = volume->found,
	};

	memcpy(request.record_key, use->medium.record_key, sizeof(request.record_key));
	return request;
}

void use_mount_next(struct use *use)
{
	struct ipc_media_mount request;

	if (use->reason) {
		begin_end(use);
		return;
	}
	if (use->at == use->n_volumes) {
		use->state = USE_MOUNTED;
		return;
	}
	if (use->medium.is_vendor && !use->volumes[use->at].is_compared) {
		use_list(&use->volumes[use->at]);
		return;
	}
	request = use_request(&use->volumes[use->at]);
	use->is_asking = true;
	mount_start(&use->mount, use->owner->loop, use->owner->mount_socket, &request, mounted);
}

/* The others have had their turn before. */
static void unlocked(struct mount *mount, int rc, const struct ipc_media_mounted *answer)
{
	struct use *use = container_of(mount, struct use, mount);
	struct use_volume *volume = &use->volumes[use->at];
	use_unlocked *done = use->unlocked;

	use->is_asking = false;
	use->unlocked = NULL;
	if (rc == 0 && !keep_place(volume, answer))
		rc = -ENOMEM;
	if (mount->connection >= 0)
		use_watch(volume, mount->connection);
	use_tell(use, rc == 0 ? USE_WAS_MOUNTED : USE_NOT_MOUNTED, volume, said(rc, answer),
		 rc == 0 ? answer : NULL);
	done(use->unlocked_ctx, rc, answer);
	use->at = use->n_volumes;
	use_mount_next(use);
}

int use_unlock(struct use *use, uint64_t start, int secret_fd, use_unlocked *done, void *ctx)
{
	struct ipc_media_mount request;
	size_t i = 0;

	while (i < use->n_volumes &&
	       (use->volumes[i].found.start != start || !is_locked(&use->volumes[i])))
		i++;
	if (i == use->n_volumes)
		return -ENOENT;
	if (use->state != USE_MOUNTED)
		return -EBUSY;
	request = use_request(&use->volumes[i]);
	use->state = USE_MOUNTING;
	use->at = i;
	use->unlocked = done;
	use->unlocked_ctx = ctx;
	use->is_asking = true;
	mount_unlock(&use->mount, use->owner->loop, use->owner->mount_socket, &request, secret_fd,
		     unlocked);
	return 0;
}

static void looked(struct probe *probe, int rc, const struct ipc_media_found *found)
{
	struct use *use = container_of(probe, struct use, probe);

	use->state = USE_MOUNTING;
	use->at = 0;
	if (rc == 0 && found->n_volumes > 0)
		use->volumes = calloc(found->n_volumes, sizeof(*use->volumes));
	if (use->volumes)
		use->n_volumes = found->n_volumes;
	else
		tell(use, USE_NOT_MOUNTED, NULL,
		     rc < 0 ? strerrordesc_np(-rc) : tr("no file system was found on it"));
	for (size_t i = 0; i < use->n_volumes; i++)
		use->volumes[i] = (struct use_volume){ .use = use, .found = found->volumes[i] };
	use_mount_next(use);
}

void use_begin(struct use *use, const struct use_owner *owner, const struct use_medium *medium,
	       const struct seat *seat, int disk_fd)
{
	struct err err = { 0 };

	*use = (struct use){ .owner = owner,
			     .medium = *medium,
			     .uid = seat->uid,
			     .gid = seat->gid,
			     .timer.source.fd = -1 };
	(void)snprintf(use->user, sizeof(use->user), "%s", seat->user);
	(void)snprintf(use->session, sizeof(use->session), "%s", seat->session);
	if (loop_timer_init(owner->loop, &use->timer, timer_expired, &err) < 0) {
		log_error("%s is not mounted: %s", medium->node, err.text);
		return;
	}
	use->state = USE_LOOKING;
	probe_start(&use->probe, owner->loop, owner->media_socket, disk_fd, medium->diskseq,
		    looked);
}
