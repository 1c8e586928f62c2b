/* SPDX-License-Identifier: Apache-2.0 */

#include "media/watcher.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"
#include "ipc/connect.h"
#include "media/listing.h"
#include "media/lost.h"
#include "media/watch.h"
#include "media/watch_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#define EVENTS_MAX 64 /* at once, where each is an open file */
#define ROOM 16384    /* bytes, where none is */

/*
 * Many at a time: who copies thousands of files is not to share the processor
 * with somebody who is woken by each.  The kernel keeps 16384 of them.
 */
#define GATHER_NS 20000000
#define AGAIN_MS 100 /* between two tries to make it read-only */

/*
 * Who copies file after file leaves a moment between two, and FAT has one open for a
 * tenth of a second longer than the event of its closing says.
 */
#define MOMENTS 2000
#define MOMENT_NS 100000

enum watcher_state {
	WATCHER_ENDED = 0,
	WATCHER_ON = 1,
	WATCHER_ALONE = 2, /* sekishod is no more, and it can still be written to */
};

struct watcher {
	struct watch *watch;
	int connection; /* -1: gone */
	enum watcher_state state;
	bool is_hurried; /* nothing is read any more, only counted */
	bool has_said;   /* sekishod knows that some was missed */
	bool has_told;   /* it has the counts */
};

static void measure(struct watch *watch)
{
	char line[256];
	uint64_t now = 0;
	ssize_t n = pread(watch->stat, line, sizeof(line) - 1, 0);

	line[n < 0 ? 0 : n] = '\0';
	/* A device that has gone says nothing: what was known of it last stays. */
	if (written_bytes(line, &now) == 0 && now >= watch->before)
		watch->bytes = now - watch->before;
}

static int answer(struct watcher *watcher, uint32_t tag, int code)
{
	struct watch *watch = watcher->watch;
	struct ipc_media_written written = {
		.header = { .version = IPC_VERSION, .kind = IPC_MEDIA_WRITTEN, .tag = tag },
		.code = code,
		.files = watch->written.files,
		.bytes = watch->bytes,
	};
	struct err err = { 0 };
	int rc;

	if (watch->written.at_least)
		watch->flags |= IPC_WRITTEN_AT_LEAST;
	if (watch->listing && listing_is_cut(watch->listing))
		watch->flags |= IPC_WRITTEN_CUT;
	watcher->has_told = code == 0;
	if (watch->listing && code == 0) {
		rc = listing_close(watch->listing, &written.list, written.list_hash, &err);
		if (rc == 0)
			watch->flags |= IPC_WRITTEN_LISTED;
		else if (rc != -ENOENT)
			watch->flags |= IPC_WRITTEN_UNKEPT;
		if (rc < 0 && rc != -ENOENT)
			log_error("%s", err.text);
	}
	written.flags = watch->flags;
	return ipc_send_fd(watcher->connection, &written, sizeof(written), -1);
}

static int shut(const struct watch *watch, unsigned int moments)
{
	const struct timespec moment = { .tv_nsec = MOMENT_NS };
	int rc = watch_make_read_only(watch);

	while (rc == -EBUSY && moments-- > 0) {
		(void)nanosleep(&moment, NULL);
		rc = watch_make_read_only(watch);
	}
	return rc;
}

/* Who asked is no more: it goes read-only at once, also in the middle of a long file. */
static void be_alone(struct watcher *watcher, unsigned int moments)
{
	int rc;

	if (watcher->state == WATCHER_ON && !watcher->has_told)
		log_warning("%s: sekishod is no more, nothing is to be written",
			    watcher->watch->path);
	closep(&watcher->connection);
	watcher->connection = -1;
	rc = shut(watcher->watch, moments);
	/* Without the program that served it nothing is written either. */
	watcher->state =
		rc == 0 || rc == -ENOTCONN || watcher->has_told ? WATCHER_ENDED : WATCHER_ALONE;
}

/* While a file is read, which may take minutes. */
static bool go_on(void *ctx)
{
	struct watcher *watcher = ctx;
	struct pollfd gone = { .fd = watcher->connection };

	if (watcher->state == WATCHER_ON && poll(&gone, 1, 0) == 1 &&
	    (gone.revents & (POLLHUP | POLLERR)) != 0)
		be_alone(watcher, 0);
	return true;
}

/* What no other file has: a file system gives the number of a removed one to the next. */
struct identity {
	uint64_t inode;
	int64_t born_s; /* 0 where that is not kept */
	uint64_t born_ns;
};

static void add_file(struct watcher *watcher, int fd)
{
	struct watch *watch = watcher->watch;
	struct identity identity;
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		  STATX_TYPE | STATX_INO | STATX_SIZE | STATX_BTIME, &st) < 0 ||
	    !S_ISREG(st.stx_mode))
		return;
	identity = (struct identity){ .inode = st.stx_ino };
	if ((st.stx_mask & STATX_BTIME) != 0) {
		identity.born_s = st.stx_btime.tv_sec;
		identity.born_ns = st.stx_btime.tv_nsec;
	}
	written_add(&watch->written, &identity, sizeof(identity));
	if (watch->listing && watcher->is_hurried)
		watch->flags |= IPC_WRITTEN_CUT;
	else if (watch->listing)
		listing_add(watch->listing, fd, st.stx_size, watch->path, go_on, watcher);
}

/* Behind the event, from the kernel: what open_by_handle_at(2) would take. */
static void add_handle(struct watcher *watcher, const struct fanotify_event_metadata *event)
{
	const struct fanotify_event_info_fid *fid = (const void *)(event + 1);

	if (event->event_len >= sizeof(*event) + sizeof(*fid) &&
	    fid->hdr.info_type == FAN_EVENT_INFO_TYPE_FID &&
	    fid->hdr.len <= event->event_len - sizeof(*event))
		written_add(&watcher->watch->written, fid, fid->hdr.len);
}

static void missed(struct watcher *watcher)
{
	watcher->watch->flags |= IPC_WRITTEN_OVERFLOW;
	log_warning("%s: more was written at once than could be watched", watcher->watch->path);
}

/* Return: whether there was anything. */
static bool take_some(struct watcher *watcher)
{
	_Alignas(struct fanotify_event_metadata) char room[ROOM];
	struct fanotify_event_metadata *e = (void *)room;
	size_t size = watcher->watch->opens ? EVENTS_MAX * sizeof(*e) : sizeof(room);
	ssize_t n;

	if (!watch_is_on(watcher->watch))
		return false;
	n = read(watcher->watch->group, room, size);
	if (n <= 0) {
		/* One that cannot be opened any more takes the whole answer with it. */
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			missed(watcher);
		return n < 0 && errno != EAGAIN;
	}
	for (; FAN_EVENT_OK(e, n); e = FAN_EVENT_NEXT(e, n)) {
		if ((e->mask & FAN_Q_OVERFLOW) != 0)
			missed(watcher);
		else if (!watcher->watch->opens)
			add_handle(watcher, e);
		else if (e->fd >= 0)
			add_file(watcher, e->fd);
		if (e->fd >= 0)
			(void)close(e->fd);
	}
	return true;
}

static void take_all(struct watcher *watcher)
{
	while (take_some(watcher))
		;
	measure(watcher->watch);
	if ((watcher->watch->flags & IPC_WRITTEN_OVERFLOW) != 0 && !watcher->has_said &&
	    watcher->connection >= 0) {
		watcher->has_said = true;
		(void)answer(watcher, 0, -EINPROGRESS);
	}
}

/*
 * Nothing waits here for a medium that may have gone, nor for the program that
 * serves it.  It is watched until sekishod has taken it away.
 */
static void tell_at_once(struct watcher *watcher, uint32_t tag)
{
	watcher->is_hurried = true;
	take_all(watcher);
	(void)answer(watcher, tag, 0);
}

/* What was closed before it became read-only has been seen when this answers. */
static void settle(struct watcher *watcher, uint32_t tag)
{
	int rc = watch_make_read_only(watcher->watch);

	take_all(watcher);
	if (watcher->state != WATCHER_ON)
		return; /* sekishod has not waited */
	if (rc == 0) {
		watcher->state = WATCHER_ENDED;
		watch_let_go(watcher->watch);
	}
	(void)answer(watcher, tag, rc);
}

static bool is_question(const struct ipc_media_settle *request, ssize_t size)
{
	return size == (ssize_t)sizeof(*request) && request->header.version == IPC_VERSION &&
	       request->header.kind == IPC_MEDIA_SETTLE;
}

static void be_asked(struct watcher *watcher)
{
	struct ipc_media_settle request;
	ssize_t n = recv(watcher->connection, &request, sizeof(request), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (!is_question(&request, n))
		be_alone(watcher, 0);
	else if (request.emergency)
		tell_at_once(watcher, request.header.tag);
	else
		settle(watcher, request.header.tag);
}

static void turn(struct watcher *watcher)
{
	const struct timespec gather = { .tv_nsec = GATHER_NS };
	struct pollfd sources[] = {
		{ .fd = watcher->connection, .events = POLLIN },
		{ .fd = watcher->watch->listener, .events = POLLIN },
		{ .fd = watcher->watch->group, .events = POLLIN },
	};

	if (poll(sources, 3, watcher->state == WATCHER_ALONE ? AGAIN_MS : -1) < 0)
		return;
	if (sources[0].revents != 0)
		be_asked(watcher);
	if (watcher->state == WATCHER_ALONE)
		be_alone(watcher, sources[2].revents != 0 ? MOMENTS : 0);
	if (sources[2].revents != 0 && watcher->state == WATCHER_ON)
		(void)nanosleep(&gather, NULL);
	if (sources[2].revents != 0 && watcher->state != WATCHER_ENDED)
		take_all(watcher);
	/* Another watches from here on.  Its connection is closed with this process. */
	if (sources[1].revents != 0)
		watcher->state = WATCHER_ENDED;
}

int watcher_run(struct watch *watch, int connection, struct err *err)
{
	struct watcher watcher = { .watch = watch, .connection = connection, .state = WATCHER_ON };
	int rc = watch_filter_install(err);

	if (rc < 0)
		return rc;
	/* Told to stop with everything else, it stays until sekishod has: that is read-only then.
	 */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGXCPU, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	while (watcher.state != WATCHER_ENDED)
		turn(&watcher);
	if (watcher.has_told)
		return 0;
	take_all(&watcher);
	watch_let_go(watch);
	lost_report(watch);
	return 0;
}
