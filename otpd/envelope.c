/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/envelope.h"

#include "core/err.h"
#include "core/lang.h"
#include "core/log.h"
#include "core/parse.h"
#include "ipc/lost.h"
#include "ipc/origin.h"
#include "mfa/envelopes.h"
#include "mfa/slots.h"
#include "otpd/answer.h"
#include "otpd/lost.h"
#include "otpd/request.h"
#include "otpd/verify.h"

#include <errno.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

/* Numbers of devices (Linux, admin-guide/devices.txt). */
#define TTY_MAJOR 4
#define TTYS_FIRST 64
#define HVC_MAJOR 229

#define LATE_US (10 * CLOCK_US_PER_SEC) /* what the log refused is sent again then */

_Static_assert(ENVELOPES_MAX <= IPC_PAPER_MAX && SYMBOLS_SIZE == IPC_PAPER_CODE, "on the wire");
_Static_assert(sizeof(struct envelopes) <= SLOTS_STATE_MAX, "one slot holds them");

/* An entry about a spent code, on its way to the log. */
struct entry {
	struct otpd *otpd; /* NULL: free */
	size_t index;      /* of the code */
	uint64_t set;      /* the salt's beginning: of which codes */
	uint64_t client;   /* who waits for the answer, 0: nobody */
	uint32_t tag;
};

struct sealed {
	struct otpd *otpd;
	struct envelopes envelopes;
	uint64_t generation; /* 0: there are none */
	struct loop_timer late;
	struct entry entries[ENVELOPES_MAX];
};

/* No host key is needed, so this is a checksum: the file's owner is what counts. */
static const uint8_t no_key[MFA_KEY_LEN];

static struct slots slots_of(const struct otpd *otpd)
{
	return (struct slots){ .dir_fd = otpd->lost.dir_fd,
			       .name = "envelopes",
			       .key = no_key,
			       .size = sizeof(struct envelopes) };
}

static uint64_t set_of(const struct sealed *sealed)
{
	uint64_t set;

	memcpy(&set, sealed->envelopes.salt, sizeof(set));
	return set;
}

static int save(struct sealed *sealed, struct err *err)
{
	const struct slots slots = slots_of(sealed->otpd);
	struct slots_state state = { sealed->generation, &sealed->envelopes };
	int rc = slots_write(&slots, &state, err);

	sealed->generation = state.generation;
	if (rc < 0)
		log_error("%s", err->text);
	return rc;
}

/* The log has it, or has not and will: whoever waits is let in either way. */
static void logged(void *ctx, int rc, uint64_t seq)
{
	struct entry *entry = ctx;
	struct otpd *otpd = entry->otpd;
	struct sealed *sealed = otpd->lost.sealed;
	struct ipc_otp_answer answer = lost_answer(IPC_OTP_ACCEPTED);
	struct err err = { 0 };

	(void)seq;
	if (entry->client != 0)
		ipc_reply(&otpd->server, entry->client, entry->tag, &answer, sizeof(answer));
	if (rc < 0) {
		log_warning("the log has not taken the use of envelope %zu; it is sent again",
			    entry->index + 1);
		loop_timer_set(&sealed->late, LATE_US);
	} else if (entry->set == set_of(sealed)) {
		sealed->envelopes.list[entry->index].state = ENVELOPE_SPENT;
		(void)save(sealed, &err);
	}
	*entry = (struct entry){ 0 };
}

/* @login: NULL for one that was let in before. */
static void submit(struct sealed *sealed, size_t index, const struct ipc_otp_verify *login,
		   const struct ipc_request *request)
{
	const struct envelope *envelope = &sealed->envelopes.list[index];
	struct ipc_otp_verify before = { 0 };
	struct ipc_log_append event;

	(void)snprintf(before.user, sizeof(before.user), "%s", envelope->user);
	lost_event(sealed->otpd, &event, "code.envelope", login ? login : &before);
	ipc_event_add(&event, "result", answer_word(IPC_OTP_ACCEPTED));
	ipc_event_add_number(&event, "latest", envelope->used_s);
	ipc_event_add_number(&event, "count", (int64_t)index + 1);
	if (!login)
		ipc_event_add(&event, "reason", "late");
	sealed->entries[index] = (struct entry){ .otpd = sealed->otpd,
						 .index = index,
						 .set = set_of(sealed),
						 .client = request ? request->client : 0,
						 .tag = request ? request->tag : 0 };
	ipc_submit(&sealed->otpd->log, &event, logged, &sealed->entries[index]);
}

static void send_late(struct loop_timer *timer)
{
	struct sealed *sealed = container_of(timer, struct sealed, late);

	for (size_t i = 0; i < ENVELOPES_MAX; i++) {
		if (sealed->envelopes.list[i].state == ENVELOPE_UNLOGGED &&
		    !sealed->entries[i].otpd)
			submit(sealed, i, NULL, NULL);
	}
}

void envelope_open(struct otpd *otpd)
{
	const struct slots slots = slots_of(otpd);
	struct sealed *sealed = calloc(1, sizeof(*sealed));
	struct slots_state state = { .state = sealed ? &sealed->envelopes : NULL };
	struct err err = { 0 };
	int rc;

	otpd->lost.sealed = sealed;
	if (!sealed) {
		log_error("out of memory");
		return;
	}
	sealed->otpd = otpd;
	sealed->late.source.fd = -1;
	if (loop_timer_init(&otpd->loop, &sealed->late, send_late, &err) < 0) {
		log_error("%s", err.text);
		return;
	}
	rc = slots_read(&slots, &state, &err);
	if (rc < 0 && rc != -ENOENT)
		log_error("no code from an envelope can be accepted: %s", err.text);
	sealed->generation = state.generation;
	if (sealed->generation > 0)
		send_late(&sealed->late);
}

void envelope_close(struct otpd *otpd)
{
	struct sealed *sealed = otpd->lost.sealed;

	if (!sealed)
		return;
	loop_timer_deinit(&otpd->loop, &sealed->late);
	free(sealed);
	otpd->lost.sealed = NULL;
}

/* The device of a console of this machine; false: it is none, or one by another name. */
static bool is_console(dev_t device)
{
	return (major(device) == TTY_MAJOR && minor(device) > 0) || major(device) == HVC_MAJOR;
}

static bool console_named(const char *tty, dev_t *ret)
{
	static const struct {
		const char *name;
		unsigned int major, first, count;
	} consoles[] = { { "tty", TTY_MAJOR, 0, TTYS_FIRST },
			 { "ttyS", TTY_MAJOR, TTYS_FIRST, 192 },
			 { "hvc", HVC_MAJOR, 0, 64 } };
	uint64_t number;
	struct err ignored = { 0 };

	for (size_t i = 0; i < sizeof(consoles) / sizeof(consoles[0]); i++) {
		size_t len = strlen(consoles[i].name);

		if (strncmp(tty, consoles[i].name, len) != 0 ||
		    parse_u64(tty + len, consoles[i].count - 1, &number, &ignored) < 0)
			continue;
		*ret = makedev(consoles[i].major, consoles[i].first + (unsigned int)number);
		return is_console(*ret);
	}
	return false;
}

/* A display of this machine, by its number. */
static bool is_display(const char *tty)
{
	return tty[0] == ':' && tty[1] != '\0' && strspn(tty + 1, "0123456789") == strlen(tty + 1);
}

/*
 * In front of the machine: a virtual or serial console, or a display of its
 * own.  A root process may say so, and the kernel must too: anybody can start
 * su with another terminal on its standard input, also one who is elsewhere.
 * The greeter of a display belongs to no login and no terminal.
 */
static bool is_local(const struct ipc_request *request, const struct ipc_otp_verify *login)
{
	const char *tty = login->tty;
	enum origin origin;
	dev_t named = 0, controlling = 0;

	if (request->peer.uid != 0 || *login->rhost != '\0' ||
	    !origin_terminal(request->peer.pid, &controlling))
		return false;
	origin = origin_of(request->peer.pid);
	if (is_display(tty))
		return controlling == 0 && origin == ORIGIN_SERVICE;
	if (origin != ORIGIN_SERVICE && origin != ORIGIN_SEAT)
		return false;
	if (strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	if (strcmp(tty, "console") == 0)
		return is_console(controlling);
	return console_named(tty, &named) && named == controlling;
}

static void refuse(struct otpd *otpd, const struct ipc_request *request,
		   const struct ipc_otp_verify *login, enum ipc_otp_result result)
{
	const struct throttle_now now = otpd_boot_now(otpd);
	struct ipc_otp_answer answer = lost_answer(result);
	struct ipc_log_append event;

	answer.wait_sec = throttle_wait(&otpd->lost.sealed->envelopes.throttle, &now);
	grace_forget(&otpd->graces, login->user);
	lost_event(otpd, &event, "code.fail", login);
	ipc_event_add(&event, "result", answer_word(result));
	if (answer.wait_sec > 0)
		ipc_event_add_number(&event, "wait", answer.wait_sec);
	answer_result_after_log(otpd, request, &event, &answer);
}

bool envelope_login(struct otpd *otpd, const struct ipc_request *request,
		    const struct ipc_otp_verify *login)
{
	const struct throttle_now now = otpd_boot_now(otpd);
	int64_t wall_s = otpd->clock.wall_us(otpd->clock.ctx) / CLOCK_US_PER_SEC;
	struct sealed *sealed = otpd->lost.sealed;
	char code[SYMBOLS_SIZE] = "";
	struct err err = { 0 };
	int index;

	if (!sealed || sealed->generation == 0 || !is_local(request, login))
		return false;
	switch (symbols_read(login->code, ENVELOPES_SYMBOLS, true, code)) {
	case SYMBOLS_OTHER:
		return false;
	case SYMBOLS_MISTYPED:
		answer_now(otpd, request, IPC_OTP_MISTYPED);
		return true;
	case SYMBOLS_WHOLE:
		break;
	}
	index = envelopes_try(&sealed->envelopes, code, login->user, wall_s, &now);
	sodium_memzero(code, sizeof(code));
	if (index == -EAGAIN || index == -ENOMEM) {
		refuse(otpd, request, login,
		       index == -EAGAIN ? IPC_OTP_LOCKED : IPC_OTP_UNAVAILABLE);
		return true;
	}
	if (save(sealed, &err) < 0) {
		refuse(otpd, request, login, IPC_OTP_UNAVAILABLE);
		return true;
	}
	if (index < 0)
		refuse(otpd, request, login, IPC_OTP_WRONG);
	else
		submit(sealed, (size_t)index, login, request);
	return true;
}

static bool is_admin(const char *user)
{
	const struct passwd *known = getpwnam(user);

	return known && (known->pw_uid == 0 || ipc_uid_in_group(known->pw_uid, "sekisho-admin") ||
			 ipc_uid_in_group(known->pw_uid, "sudo"));
}

/* New codes, and those before are void: also for the log's unwritten entries, which go first. */
static int make(struct otpd *otpd, uint8_t count, struct ipc_otp_paper *reply, struct err *err)
{
	struct sealed *sealed = otpd->lost.sealed;
	const struct slots slots = slots_of(otpd);
	char codes[ENVELOPES_MAX][SYMBOLS_SIZE];
	struct envelopes envelopes;
	struct slots_state state = { 0, &envelopes };
	int rc;

	for (size_t i = 0; i < ENVELOPES_MAX && sealed->generation > 0; i++) {
		if (sealed->envelopes.list[i].state == ENVELOPE_UNLOGGED)
			return err_set(err, -EBUSY,
				       "the log lacks the use of an envelope; remedy: sekisho "
				       "status, and again when the log writes");
	}
	rc = envelopes_make(count, &envelopes, codes) ? slots_create(&slots, &state, err)
						      : err_set(err, -ENOMEM, "out of memory");
	if (rc == 0) {
		sealed->envelopes = envelopes;
		sealed->generation = state.generation;
		memcpy(reply->codes, codes, count * sizeof(codes[0]));
		reply->count = count;
	}
	sodium_memzero(codes, sizeof(codes));
	return rc;
}

void envelope_seal(struct ipc_server *server, const struct ipc_request *request)
{
	const struct ipc_otp_seal *ask = request->message;
	struct otpd *otpd = server->ctx;
	const struct ipc_otp_paper fallback = { .header.kind = IPC_OTP_PAPER,
						.result = IPC_OTP_UNAVAILABLE };
	struct ipc_otp_paper reply = fallback;
	const struct proof proof = { .user = ask->admin,
				     .code = ask->code,
				     .not_seen_by = VERIFY_ANYBODY };
	struct ipc_log_append event;
	struct err err = { 0 };

	if (!otpd->lost.sealed || !request_is_user(ask->admin, sizeof(ask->admin)) ||
	    strnlen(ask->code, sizeof(ask->code)) == sizeof(ask->code) || ask->count == 0 ||
	    ask->count > ENVELOPES_MAX)
		(void)err_set(&err, -EINVAL, "that is no question for envelopes");
	else if (!is_admin(ask->admin))
		(void)err_set(&err, -EPERM,
			      "%s is no administrator; remedy: somebody of sekisho-admin",
			      ask->admin);
	else
		reply.result = (uint8_t)verify_proof(otpd, &proof, &reply.wait_sec);
	lost_terminal(otpd, reply.terminal);
	if (err.code == 0 && reply.result == IPC_OTP_UNAVAILABLE)
		(void)err_set(&err, -EIO,
			      "the code of %s could not be checked; envelopes sealed before stay "
			      "valid; remedy: sekisho status",
			      ask->admin);
	if (reply.result == IPC_OTP_ACCEPTED)
		(void)make(otpd, ask->count, &reply, &err);
	if (err.code != 0) {
		ipc_reply_error(server, request->client, request->tag, &err);
	} else if (reply.result != IPC_OTP_ACCEPTED) {
		ipc_reply(server, request->client, request->tag, &reply, sizeof(reply));
	} else {
		ipc_event_init(&event, "token.envelope");
		ipc_event_add(&event, "user", ask->admin);
		ipc_event_add_number(&event, "uid", request->peer.uid);
		ipc_event_add_number(&event, "count", ask->count);
		answer_after_log(otpd, request, &event, &reply, &fallback, sizeof(reply));
	}
	sodium_memzero(&reply, sizeof(reply));
}
