/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Who sits at the terminal: the user of the session that logind shows on seat0,
 * read from the files that sd-login(3) reads.  The daemons stay without
 * libsystemd; what these files hold beyond a few keys is not looked at.
 *
 * Nobody sits there while a greeter (LightDM shows one over a locked session too)
 * or a bare console is shown.  Not known is something else: whoever asks for a
 * user must then refuse.
 */

#pragma once

#include "core/err.h"
#include "core/loop.h"

#include <sys/types.h>

#define SEAT_DIR "/run/systemd" /* logind's files stand in seats/ and sessions/ below it */
#define SEAT_NAME_MAX 64        /* of a user or a group, bytes with NUL */
#define SEAT_GROUPS_MAX 64
#define SEAT_SESSION_MAX 32       /* bytes with NUL: "2", "c1" */
#define SEAT_FILE_MAX (64 * 1024) /* bytes */

struct seat {
	struct loop *loop;
	const char *dir;
	struct loop_source source; /* inotify */
	struct loop_timer again;   /* while it is not known */

	bool known;                                  /* false: the rest is empty */
	char session[SEAT_SESSION_MAX];              /* "" when nobody sits there */
	uid_t uid;                                   /* of the user, -1 when nobody sits there */
	gid_t gid;                                   /* his primary group, likewise */
	char user[SEAT_NAME_MAX];                    /* "" when nobody sits there */
	char groups[SEAT_GROUPS_MAX][SEAT_NAME_MAX]; /* sorted; the primary one is among them */
	size_t n_groups;
	bool groups_complete;      /* false: some are left out, having no name or no room */
	char detail[ERR_TEXT_MAX]; /* why it is not known, or empty */

	/* Set by the owner: known, user or groups are others now. */
	void (*changed)(struct seat *seat);
	/* Set by the owner: some session has begun or ended, maybe another seat's. */
	void (*sessions_changed)(struct seat *seat);
};

/**
 * seat_init() - look once, then watch
 * @dir:	SEAT_DIR, or what stands in for it; need not exist yet, must outlive @seat
 *
 * Does not call changed, which the owner sets afterwards.
 */
int seat_init(struct seat *seat, struct loop *loop, const char *dir, struct err *err);
void seat_deinit(struct seat *seat);

/*
 * Look names up once more.  Otherwise this is done when another session comes
 * up: a lookup asks NSS, which may wait for a daemon of its own.
 */
void seat_refresh(struct seat *seat);

/*
 * True while a session that was seen at the seat goes on, shown or not; also
 * when that cannot be found out: nobody loses his files over it.
 */
bool seat_session_lives(const struct seat *seat, const char *session);

/**
 * seat_value() - what one of logind's files says under a key
 * @text:	@len bytes, need not end in NUL
 * @ret:	the value, "" where the key is absent; set on success only
 * @size:	bytes at @ret
 *
 * Return: 0, or -EBADMSG when @text is not all KEY=VALUE and comments, holds no
 * key at all, or holds @key twice or with a value too long.
 */
int seat_value(const char *text, size_t len, const char *key, char *ret, size_t size,
	       struct err *err);
