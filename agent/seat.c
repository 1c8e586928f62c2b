/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/seat.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"
#include "core/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

#define SEAT_FILE "seats/seat0"
#define AGAIN_US (2 * CLOCK_US_PER_SEC)
#define ROOM_SIZE (1024 * 1024) /* bytes for one entry: a group comes with all its members */
#define NO_UID ((uid_t)-1)

/* logind renames its files into place, or links them there when there was none. */
#define WATCHED (IN_CREATE | IN_MOVE | IN_DELETE | IN_MOVE_SELF | IN_ONLYDIR)

/* The session shown, as logind's files have it. */
struct active {
	char session[SEAT_SESSION_MAX];
	uid_t uid;
};

static int fail_format(struct err *err)
{
	return err_set(err, -EBADMSG, "the file is not in the format of logind");
}

int seat_value(const char *text, size_t len, const char *key, char *ret, size_t size,
	       struct err *err)
{
	size_t key_len = strlen(key);
	const char *value = NULL;
	size_t value_len = 0;
	bool has_keys = false;

	if (memchr(text, '\0', len))
		return fail_format(err);
	for (size_t pos = 0, next; pos < len; pos = next) {
		const char *line = text + pos;
		const char *end = memchr(line, '\n', len - pos);
		size_t line_len = end ? (size_t)(end - line) : len - pos;
		const char *equals = memchr(line, '=', line_len);

		next = pos + line_len + 1;
		if (line_len == 0 || line[0] == '#')
			continue;
		if (!equals || equals == line)
			return fail_format(err);
		has_keys = true;
		if ((size_t)(equals - line) != key_len || memcmp(line, key, key_len) != 0)
			continue;
		/* A second one may have come in through a value that a user chose. */
		if (value)
			return fail_format(err);
		value = equals + 1;
		value_len = line_len - key_len - 1;
	}
	if (!has_keys || value_len >= size)
		return fail_format(err);
	if (value)
		memcpy(ret, value, value_len);
	ret[value_len] = '\0';
	return 0;
}

/* It becomes a file name. */
static bool is_session_id(const char *id)
{
	static const char letters[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return id[0] != '\0' && id[strspn(id, letters)] == '\0';
}

/* "user", and later versions' "user-early" and the like. */
static bool is_class_of_person(const char *class)
{
	return strncmp(class, "user", 4) == 0 && (class[4] == '\0' || class[4] == '-');
}

/* What logind's file about a session says under a key; -ENOENT: it has ended. */
static int read_session(int dirfd, const char *session, const char *key, char *ret, size_t size,
			struct err *err)
{
	cleanup_free char *text = NULL;
	char name[sizeof("sessions/") + SEAT_SESSION_MAX];
	size_t len = 0;
	int rc;

	(void)snprintf(name, sizeof(name), "sessions/%s", session);
	rc = file_read_trusted(dirfd, name, geteuid(), SEAT_FILE_MAX, &text, &len, err);
	if (rc < 0)
		return rc;
	rc = seat_value(text, len, key, ret, size, err);
	return rc < 0 ? err_wrap(err, "%s", name) : 0;
}

static int find_person(int dirfd, const char *session, bool *ret, struct err *err)
{
	char class[32];
	int rc = read_session(dirfd, session, "CLASS", class, sizeof(class), err);

	*ret = false;
	if (rc == -ENOENT)
		return 0; /* it is just being made, or has just ended */
	if (rc < 0)
		return rc;
	*ret = is_class_of_person(class);
	if (!*ret && strcmp(class, "greeter") != 0 && strcmp(class, "lock-screen") != 0)
		return err_set(err, -EBADMSG, "sessions/%s: a session of an unknown class is shown",
			       session);
	return 0;
}

bool seat_session_lives(const struct seat *seat, const char *session)
{
	cleanup_close int dirfd = open(seat->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char state[32] = "";
	struct err ignored = { 0 };

	if (dirfd < 0)
		return true;
	if (read_session(dirfd, session, "STATE", state, sizeof(state), &ignored) == -ENOENT)
		return false;
	return strcmp(state, "closing") != 0;
}

static int read_seat(int dirfd, struct active *ret, struct err *err)
{
	cleanup_free char *text = NULL;
	char session[SEAT_SESSION_MAX];
	char number[16];
	size_t len = 0;
	uint64_t uid = NO_UID;
	int rc = file_read_trusted(dirfd, SEAT_FILE, geteuid(), SEAT_FILE_MAX, &text, &len, err);

	if (rc < 0)
		return rc;
	rc = seat_value(text, len, "ACTIVE", session, sizeof(session), err);
	if (rc == 0)
		rc = seat_value(text, len, "ACTIVE_UID", number, sizeof(number), err);
	if (rc == 0 && (session[0] != '\0' || number[0] != '\0') &&
	    (!is_session_id(session) || parse_u64(number, NO_UID - 1, &uid, err) < 0))
		rc = fail_format(err);
	if (rc < 0)
		return err_wrap(err, "%s", SEAT_FILE);
	strcpy(ret->session, session);
	ret->uid = (uid_t)uid;
	return 0;
}

/* Nobody sitting there is a session of "". */
static int find_active(const char *dir, struct active *ret, struct err *err)
{
	cleanup_close int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_person = false;
	int rc;

	if (dirfd < 0)
		return err_set(err, -errno, "%s: %m", dir);
	rc = read_seat(dirfd, ret, err);
	if (rc == 0 && ret->session[0] != '\0')
		rc = find_person(dirfd, ret->session, &is_person, err);
	if (!is_person)
		*ret = (struct active){ .uid = NO_UID };
	return rc;
}

/* A name that was cut could be another one's. */
static bool take_name(char out[static SEAT_NAME_MAX], const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= SEAT_NAME_MAX)
		return false;
	strcpy(out, name);
	return true;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void look_up_groups(struct seat *seat, gid_t primary, char *room)
{
	gid_t gids[SEAT_GROUPS_MAX];
	int n = SEAT_GROUPS_MAX;

	memset(gids, 0xff, sizeof(gids)); /* no group's: out of memory, the call sets none */
	seat->groups_complete = getgrouplist(seat->user, primary, gids, &n) >= 0;
	for (int i = 0; i < n && i < SEAT_GROUPS_MAX; i++) {
		struct group entry;
		struct group *found = NULL;

		(void)getgrgid_r(gids[i], &entry, room, ROOM_SIZE, &found);
		if (found && take_name(seat->groups[seat->n_groups], found->gr_name))
			seat->n_groups++;
		else
			seat->groups_complete = false;
	}
	qsort(seat->groups, seat->n_groups, sizeof(seat->groups[0]), compare_names);
}

static int look_up(struct seat *seat, uid_t uid, struct err *err)
{
	cleanup_free char *room = malloc(ROOM_SIZE);
	struct passwd entry;
	struct passwd *found = NULL;
	int rc;

	if (!room)
		return err_set(err, -ENOMEM, "out of memory");
	rc = getpwuid_r(uid, &entry, room, ROOM_SIZE, &found);
	if (!found && rc != 0) {
		errno = rc;
		return err_set(err, -rc, "the name of uid %u cannot be looked up: %m", uid);
	}
	if (!found || !take_name(seat->user, found->pw_name))
		return err_set(err, -ENOENT, "uid %u has no name that could be used", uid);
	seat->gid = found->pw_gid;
	look_up_groups(seat, found->pw_gid, room);
	return 0;
}

/* Again for the same directory changes nothing, so this is done with every look. */
static int watch(const struct seat *seat, struct err *err)
{
	static const char *const names[] = { "seats", "sessions" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cleanup_free char *path = NULL;

		if (asprintf(&path, "%s/%s", seat->dir, names[i]) < 0)
			return err_set(err, -ENOMEM, "out of memory");
		if (inotify_add_watch(seat->source.fd, path, WATCHED) < 0)
			return err_set(err, -errno, "%s: %m", path);
	}
	return 0;
}

static bool is_as(const struct seat *seat, const struct active *active)
{
	return seat->known && seat->uid == active->uid &&
	       strcmp(seat->session, active->session) == 0;
}

static void forget(struct seat *seat)
{
	seat->known = false;
	seat->session[0] = '\0';
	seat->uid = NO_UID;
	seat->gid = NO_UID;
	seat->user[0] = '\0';
	seat->n_groups = 0;
	seat->groups_complete = false;
	seat->detail[0] = '\0';
}

static void keep(struct seat *seat, const struct active *active)
{
	seat->known = true;
	strcpy(seat->session, active->session);
	seat->uid = active->uid;
	if (active->session[0] == '\0')
		seat->groups_complete = true; /* nobody has none */
}

static bool is_same(const struct seat *a, const struct seat *b)
{
	if (a->known != b->known || strcmp(a->user, b->user) != 0 || a->n_groups != b->n_groups ||
	    a->groups_complete != b->groups_complete)
		return false;
	for (size_t i = 0; i < a->n_groups; i++) {
		if (strcmp(a->groups[i], b->groups[i]) != 0)
			return false;
	}
	return true;
}

static void note_unknown(struct seat *seat, const char *before, const struct err *err)
{
	(void)snprintf(seat->detail, sizeof(seat->detail), "%s", err->text);
	if (strcmp(seat->detail, before) != 0)
		log_warning("who sits at the terminal is not known: %s", seat->detail);
	loop_timer_set(&seat->again, AGAIN_US);
}

/**
 * look() - find out who sits there now
 * @afresh:	look names up even for the session known already
 *
 * Return: true when that is somebody else than before, or of other groups.
 */
static bool look(struct seat *seat, bool afresh)
{
	const struct seat before = *seat;
	struct active active;
	struct err err = { 0 };
	int rc = watch(seat, &err);

	/* Watched first, read then: what changes in between is read twice, not never. */
	if (rc == 0)
		rc = find_active(seat->dir, &active, &err);
	if (rc == 0 && !afresh && is_as(seat, &active))
		return false;
	forget(seat);
	if (rc == 0 && active.session[0] != '\0')
		rc = look_up(seat, active.uid, &err);
	if (rc == 0)
		keep(seat, &active);
	else
		note_unknown(seat, before.detail, &err);
	return !is_same(seat, &before);
}

static void seat_run(struct loop_source *source, uint32_t events)
{
	struct seat *seat = container_of(source, struct seat, source);
	char told[4096];

	(void)events;
	/* What it was about does not matter, a look at both files costs little. */
	if (read(source->fd, told, sizeof(told)) <= 0)
		return;
	if (look(seat, false))
		seat->changed(seat);
	seat->sessions_changed(seat);
}

static void again_expired(struct loop_timer *timer)
{
	struct seat *seat = container_of(timer, struct seat, again);

	if (!seat->known && look(seat, false))
		seat->changed(seat);
}

void seat_refresh(struct seat *seat)
{
	if (look(seat, true))
		seat->changed(seat);
}

int seat_init(struct seat *seat, struct loop *loop, const char *dir, struct err *err)
{
	int rc;

	*seat = (struct seat){
		.loop = loop,
		.dir = dir,
		.source = { .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .run = seat_run },
		.again.source.fd = -1,
		.uid = NO_UID,
	};
	if (seat->source.fd < 0)
		return err_set(err, -errno, "inotify_init1: %m");
	rc = loop_add(loop, &seat->source, EPOLLIN, err);
	if (rc == 0)
		rc = loop_timer_init(loop, &seat->again, again_expired, err);
	if (rc == 0)
		(void)look(seat, false);
	return rc;
}

void seat_deinit(struct seat *seat)
{
	loop_timer_deinit(seat->loop, &seat->again);
	loop_remove(seat->loop, &seat->source);
	closep(&seat->source.fd);
	seat->source.fd = -1;
}
