/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/strays.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "ipc/event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static bool is_in_hands(const struct storage *storage, const char *path)
{
	for (const struct storage_disk *disk = storage->first; disk; disk = disk->next) {
		/* What is being asked about may be the one that is just mounted. */
		if (use_is_on(&disk->use) &&
		    (disk->use.state != USE_MOUNTED || use_has_path(&disk->use, path)))
			return true;
	}
	return false;
}

static bool find(const struct strays *strays, char *path, dev_t *ret_devnum)
{
	cleanup_closedir DIR *dir = opendir(IPC_MEDIA_ROOT);
	const struct dirent *entry;
	dev_t root;
	dev_t place;

	if (!dir || file_device(dirfd(dir), "", AT_EMPTY_PATH, &root) < 0)
		return false;
	while ((entry = readdir(dir))) {
		/* Its directory alone, with nothing mounted, is no stray: that is just being made.
		 */
		if (entry->d_name[0] == '.' ||
		    file_device(dirfd(dir), entry->d_name, AT_SYMLINK_NOFOLLOW, &place) < 0 ||
		    place == root)
			continue;
		(void)snprintf(path, IPC_TEXT_MAX, "%s/%s", IPC_MEDIA_ROOT, entry->d_name);
		*ret_devnum = place;
		if (!is_in_hands(strays->storage, path))
			return true;
	}
	return false;
}

static void tell(const struct strays *strays)
{
	struct ipc_log_append event;

	ipc_event_init(&event, strays->is_cut ? "medium.cut" : "medium.unmount");
	ipc_event_add(&event, "mount", strays->path);
	ipc_event_add(&event, "reason", "unwatched");
	ipc_event_add(&event, "detail", strays->detail);
	ipc_submit(strays->storage->judge->log, &event, NULL, NULL);
	log_warning("%s was mounted, and in nobody's hands", strays->path);
}

static void ended(struct mount *mount, int rc, const struct ipc_media_mounted *answer)
{
	struct strays *strays = container_of(mount, struct strays, mount);

	strays->is_asking = false;
	if (rc == 0) {
		tell(strays);
		strays->detail[0] = '\0';
		strays_look(strays);
	} else if (rc == -EBUSY && !strays->is_cut) {
		(void)snprintf(strays->detail, sizeof(strays->detail), "%s", mount_why(rc, answer));
		loop_timer_set(&strays->timer, STRAYS_GRACE_US);
	} else {
		log_error("%s cannot be unmounted: %s", strays->path, mount_why(rc, answer));
	}
}

static void end(struct strays *strays, bool cut)
{
	dev_t devnum = 0;

	if (strays->is_asking || !find(strays, strays->path, &devnum))
		return;
	strays->is_asking = true;
	strays->is_cut = cut;
	mount_end(&strays->mount, strays->loop, strays->mount_socket, strays->path, devnum, cut,
		  ended);
}

static void timer_expired(struct loop_timer *timer)
{
	end(container_of(timer, struct strays, timer), true);
}

void strays_look(struct strays *strays)
{
	end(strays, false);
}

int strays_init(struct strays *strays, struct loop *loop, const struct storage *storage,
		const char *mount_socket, struct err *err)
{
	*strays = (struct strays){ .loop = loop,
				   .storage = storage,
				   .mount_socket = mount_socket,
				   .timer.source.fd = -1 };
	return loop_timer_init(loop, &strays->timer, timer_expired, err);
}

void strays_deinit(struct strays *strays)
{
	if (strays->loop) {
		mount_cancel(&strays->mount);
		loop_timer_deinit(strays->loop, &strays->timer);
	}
}
