/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The code daemon: the only process that sees a secret, and the only writer of
 * replay and lock-out state.  Every decision goes: decide, persist, log,
 * answer; what cannot be persisted or logged is refused.
 */

#pragma once

#include "core/clock.h"
#include "core/loop.h"
#include "ipc/event.h"
#include "ipc/server.h"
#include "ipc/submit.h"
#include "mfa/drift.h"
#include "mfa/store.h"
#include "otpd/census.h"
#include "otpd/grace.h"
#include "otpd/rate.h"
#include "otpd/scope.h"

struct challenges;
struct err;
struct otpd_pending; /* answer.c */
struct otpd_import;  /* import.c */
struct sealed;       /* envelope.c */

/* Logging in without the token; otpd/lost.h. */
struct lost {
	int dir_fd;                    /* of their files, -1: none */
	struct challenges *challenges; /* NULL: no temporary code can be had */
	uint8_t *keys; /* sodium_malloc(): the host key, those of temporary codes and of recovery
			  codes */
	struct loop_timer keep; /* while a challenge is open, its time is made durable */
	bool has_timer;
	struct sealed *sealed; /* envelope.c; NULL: none */
};

struct otpd {
	struct loop loop;
	struct loop_signals signals;
	struct ipc_server server;
	struct ipc_submitter log;
	const char *log_socket;
	struct store *store; /* NULL: no host key, everything is refused */
	struct scope scope;
	struct graces graces;
	struct rates requests;
	struct rates attempts; /* those of them that the log has to take */
	struct lost lost;
	struct clock clock;
	struct throttle_now boot;      /* its id; boot_us is filled at each use */
	int64_t latest_s;              /* latest time that an accepted code proved */
	struct drift drift;            /* of the clock, as the last accepted codes say */
	bool drift_told;               /* that is in the log */
	struct census census;          /* who has which token */
	bool is_locked_up;             /* there is no host key, and users may have tokens */
	char key_detail[IPC_TEXT_MAX]; /* why there is no host key */
	struct otpd_pending *pending;  /* answers that wait for the log */
	struct otpd_import *import;    /* what has arrived of one, or NULL */
};

/*
 * No terminal runs this program before it was written: an earlier clock is
 * wrong, and codes computed with it would be guesses about the past.
 */
#define OTPD_EARLIEST_S INT64_C(1793491200) /* 2026-11-01 */
#define OTPD_ROLLBACK_MAX_S 600             /* behind the latest proved time */

struct otpd_options {
	const char *state_dir;
	struct scope_paths scope;
	const char *log_socket;
	const char *host_key; /* NULL: from the service manager's credentials */
};

int otpd_init(struct otpd *otpd, const struct otpd_options *options, struct err *err);
int otpd_run(struct otpd *otpd, struct err *err); /* until SIGTERM or SIGINT */
void otpd_deinit(struct otpd *otpd);

/* The file of @user was written anew: what is known of everybody follows. */
void otpd_heed_user(struct otpd *otpd, const struct mfa_user *user);

/* Somebody has a token, or may have one for all that is known. */
bool otpd_has_tokens(const struct otpd *otpd);

/* The wall clock, seconds since 1970. */
int64_t otpd_now_s(const struct otpd *otpd);

/* The clock is before this program was written, or behind what codes have proved. */
bool otpd_clock_is_wrong(const struct otpd *otpd);

/**
 * otpd_drifts() - whether the tokens of several people say that the clock is off
 * @ret_s:	seconds that it is slow, below 0: fast
 */
bool otpd_drifts(const struct otpd *otpd, uint32_t *ret_users, int32_t *ret_s);

/* A code of this token was accepted: what it says about the clock. */
void otpd_heed_clock(struct otpd *otpd, struct mfa_user *user, size_t token);

/* The time in which locks are reckoned. */
struct throttle_now otpd_boot_now(const struct otpd *otpd);

/* What the daemon answers; the table of rights. */
extern const struct ipc_service otpd_services[];
extern const size_t otpd_n_services;
