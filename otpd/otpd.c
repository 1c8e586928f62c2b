/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/otpd.h"

#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/notify.h"
#include "ipc/client.h"
#include "ipc/lost.h"
#include "ipc/act.h"
#include "ipc/phone.h"
#include "ipc/redact.h"
#include "ipc/pairs.h"
#include "otpd/admin.h"
#include "otpd/answer.h"
#include "otpd/change.h"
#include "otpd/enroll.h"
#include "otpd/import.h"
#include "otpd/desk.h"
#include "otpd/envelope.h"
#include "otpd/lost.h"
#include "otpd/grant.h"
#include "otpd/phone.h"
#include "otpd/recover.h"
#include "otpd/redact.h"
#include "otpd/verify.h"
#include "otpd/witness.h"
#include "ipc/tokens.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What sekisho-otpd.service passes where sekisho-host-key.service could not open the key. */
#define NO_KEY "none"

const struct ipc_service otpd_services[] = {
	{ IPC_OTP_SCOPE, sizeof(struct ipc_otp_scope), IPC_RIGHT_ANYONE, verify_scope },
	{ IPC_OTP_VERIFY, sizeof(struct ipc_otp_verify), IPC_RIGHT_ANYONE, verify_login },
	{ IPC_OTP_PROVE, sizeof(struct ipc_otp_code), IPC_RIGHT_ANYONE, verify_prove },
	{ IPC_OTP_ENROLL, sizeof(struct ipc_otp_enroll), IPC_RIGHT_ADMIN, admin_enroll },
	{ IPC_OTP_CONFIRM, sizeof(struct ipc_otp_code), IPC_RIGHT_ADMIN, admin_confirm },
	{ IPC_OTP_ASSIGN, sizeof(struct ipc_otp_named), IPC_RIGHT_ADMIN, admin_assign },
	{ IPC_OTP_IMPORT, sizeof(struct ipc_otp_import), IPC_RIGHT_ADMIN, admin_import },
	{ IPC_OTP_RESYNC, sizeof(struct ipc_otp_resync), IPC_RIGHT_ADMIN, admin_resync },
	{ IPC_OTP_REVOKE, sizeof(struct ipc_otp_named), IPC_RIGHT_ADMIN, admin_revoke },
	{ IPC_OTP_UNLOCK, sizeof(struct ipc_otp_user), IPC_RIGHT_ADMIN, admin_unlock },
	{ IPC_OTP_LIST, sizeof(struct ipc_header), IPC_RIGHT_ADMIN, admin_list },
	{ IPC_OTP_STATUS, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, admin_status },
	{ IPC_OTP_CHALLENGE, sizeof(struct ipc_otp_verify), IPC_RIGHT_ANYONE, lost_challenge },
	{ IPC_OTP_END_TEMPORARY, sizeof(struct ipc_otp_user), IPC_RIGHT_ADMIN, lost_end_temporary },
	{ IPC_OTP_SEAL, sizeof(struct ipc_otp_seal), IPC_RIGHT_ROOT, envelope_seal },
	{ IPC_OTP_RECOVERY, sizeof(struct ipc_otp_recovery), IPC_RIGHT_ADMIN, recovery_request },
	{ IPC_OTP_ESCROW, sizeof(struct ipc_otp_escrow), IPC_RIGHT_ROOT, desk_escrow },
	{ IPC_OTP_KEY_CHANGE, sizeof(struct ipc_otp_key_change), IPC_RIGHT_ROOT, desk_key_change },
	{ IPC_OTP_DESK, sizeof(struct ipc_header), IPC_RIGHT_ANYONE, desk_key },
	{ IPC_OTP_ISSUE, sizeof(struct ipc_otp_issue), IPC_RIGHT_ADMIN, desk_issue },
	{ IPC_OTP_REDACT, sizeof(struct ipc_otp_redact), IPC_RIGHT_ADMIN, redact_request },
	{ IPC_OTP_WITNESS, sizeof(struct ipc_otp_witness), IPC_RIGHT_ROOT, witness_request },
	{ IPC_OTP_CALL, sizeof(struct ipc_otp_call), IPC_RIGHT_ROOT, phone_call },
	{ IPC_OTP_APPROVE, sizeof(struct ipc_otp_approve), IPC_RIGHT_ROOT, phone_approve },
	{ IPC_OTP_GRANT, sizeof(struct ipc_otp_grant), IPC_RIGHT_ADMIN, grant_request },
};
const size_t otpd_n_services = sizeof(otpd_services) / sizeof(otpd_services[0]);

struct throttle_now otpd_boot_now(const struct otpd *otpd)
{
	struct throttle_now now = otpd->boot;

	now.boot_us = otpd->clock.boot_us(otpd->clock.ctx);
	return now;
}

int64_t otpd_now_s(const struct otpd *otpd)
{
	return otpd->clock.wall_us(otpd->clock.ctx) / CLOCK_US_PER_SEC;
}

bool otpd_clock_is_wrong(const struct otpd *otpd)
{
	int64_t now = otpd_now_s(otpd);

	return now < OTPD_EARLIEST_S || now < otpd->latest_s - OTPD_ROLLBACK_MAX_S;
}

bool otpd_drifts(const struct otpd *otpd, uint32_t *ret_users, int32_t *ret_s)
{
	*ret_s = 0;
	*ret_users = drift_estimate(&otpd->drift, ret_s);
	return *ret_users > 0 && abs(*ret_s) >= DRIFT_WARN_S;
}

/* Said once; again only after it was right in between, or by the next start. */
static void tell_drift(struct otpd *otpd)
{
	struct ipc_log_append event;
	char detail[64];
	uint32_t n_users;
	int32_t slow_s;
	bool off = otpd_drifts(otpd, &n_users, &slow_s);

	if (off && !otpd->drift_told) {
		(void)snprintf(detail, sizeof(detail), "%d s %s", abs(slow_s),
			       slow_s > 0 ? "slow" : "fast");
		ipc_event_init(&event, "clock.drift");
		ipc_event_add_number(&event, "count", n_users);
		ipc_event_add(&event, "detail", detail);
		ipc_submit(&otpd->log, &event, NULL, NULL);
	}
	otpd->drift_told = off;
}

void otpd_heed_clock(struct otpd *otpd, struct mfa_user *user, size_t token)
{
	const struct totp_use *use = &user->state.uses[token];
	int64_t proved_s = totp_proved_s(&user->tokens[token].totp, use);

	if (proved_s > user->state.proved_s)
		user->state.proved_s = proved_s;
	if (proved_s > otpd->latest_s)
		otpd->latest_s = proved_s;
	drift_note(&otpd->drift, user->name, use->last_used_s, use->offset_s);
	tell_drift(otpd);
}

/* His last code of a token that he still has. */
static void note_drift(struct otpd *otpd, const struct mfa_user *user)
{
	const struct totp_use *last = NULL;

	drift_forget(&otpd->drift, user->name);
	for (size_t i = 0; i < MFA_TOKENS_MAX; i++) {
		const struct totp_use *use = &user->state.uses[i];

		if (user->tokens[i].state == TOKEN_ACTIVE && use->last_used_s > 0 &&
		    (!last || use->last_used_s > last->last_used_s))
			last = use;
	}
	if (last)
		drift_note(&otpd->drift, user->name, last->last_used_s, last->offset_s);
}

void otpd_heed_user(struct otpd *otpd, const struct mfa_user *user)
{
	char file[STORE_NAME_SIZE];

	store_file(otpd->store, user->name, file);
	census_note(&otpd->census, file, user);
	note_drift(otpd, user);
}

static void count_user(const struct store_visit *visit, void *ctx)
{
	struct otpd *otpd = ctx;

	census_note(&otpd->census, visit->file, visit->rc == 0 ? visit->user : NULL);
	if (visit->rc < 0)
		return;
	if (visit->user->state.proved_s > otpd->latest_s)
		otpd->latest_s = visit->user->state.proved_s;
	note_drift(otpd, visit->user);
}

/* The one time that everybody's file is read. */
static void take_stock(struct otpd *otpd)
{
	struct err err = { 0 };

	if (otpd->store && store_each(otpd->store, count_user, otpd, &err) < 0) {
		log_error("%s", err.text);
		otpd->census.is_broken = true;
	}
	if (otpd->census.n_damaged > 0)
		log_error("%u damaged state files; their users are refused",
			  otpd->census.n_damaged);
}

bool otpd_has_tokens(const struct otpd *otpd)
{
	return otpd->census.n_active + otpd->census.n_damaged > 0 || otpd->census.is_broken ||
	       otpd->is_locked_up;
}

static int read_host_key(const char *path, uint8_t key[static MFA_KEY_LEN], struct err *err)
{
	cleanup_free char *credential = NULL;
	cleanup_free char *bytes = NULL;
	const char *directory = secure_getenv("CREDENTIALS_DIRECTORY");
	size_t len;
	int rc;

	if (!path && !directory)
		return err_set(err, -ENOKEY,
			       "no host key was passed; remedy: systemctl restart "
			       "sekisho-host-key sekisho-otpd");
	if (!path && asprintf(&credential, "%s/host-key", directory) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	rc = file_read_trusted(AT_FDCWD, path ? path : credential, geteuid(), MFA_KEY_LEN, &bytes,
			       &len, err);
	if (rc == 0 && len == strlen(NO_KEY) && memcmp(bytes, NO_KEY, len) == 0)
		rc = err_set(
			err, -ENOKEY,
			"the host key does not open on this terminal, as after another TPM or "
			"mainboard; remedy: systemctl status sekisho-host-key says why, sekisho "
			"key restore puts a backup back");
	else if (rc == 0 && len != MFA_KEY_LEN)
		rc = err_set(err, -EBADMSG, "the host key is damaged; remedy: sekisho key restore");
	if (rc == 0)
		memcpy(key, bytes, MFA_KEY_LEN);
	if (bytes)
		sodium_memzero(bytes, len);
	return rc;
}

/* Without the key the daemon stays up, to say so; it then refuses every code. */
static void open_store(struct otpd *otpd, const struct otpd_options *options)
{
	uint8_t key[MFA_KEY_LEN];
	struct err err = { 0 };

	if (read_host_key(options->host_key, key, &err) == 0)
		(void)store_open(options->state_dir, key, &otpd->store, &err);
	lost_open(otpd, options->state_dir, otpd->store ? key : NULL);
	sodium_memzero(key, sizeof(key));
	if (!otpd->store) {
		otpd->is_locked_up = store_may_have_users(options->state_dir);
		log_error("no code can be accepted: %s", err.text);
		(void)snprintf(otpd->key_detail, sizeof(otpd->key_detail), "%s", err.text);
	}
}

static void read_boot_id(struct otpd *otpd)
{
	char text[64] = "";
	size_t len = 0;

	(void)file_read_attribute(AT_FDCWD, "/proc/sys/kernel/random/boot_id", text, sizeof(text));
	(void)sodium_hex2bin(otpd->boot.boot, sizeof(otpd->boot.boot), text, strlen(text), "-",
			     &len, NULL);
}

static void signal_caught(struct loop_signals *signals, int number)
{
	struct otpd *otpd = container_of(signals, struct otpd, signals);

	(void)number;
	loop_stop(&otpd->loop);
}

/* What the log remembers of the terminal. */
static int recall(void *ctx, struct witness *ret, struct err *err)
{
	const struct otpd *otpd = ctx;
	struct ipc_log_recall request = { .header = ipc_header(IPC_LOG_RECALL),
					  .type = "terminal.state" };
	struct ipc_log_recalled reply = { 0 };
	const char *key, *value;
	size_t pos = 0;
	int rc = ipc_call(otpd->log_socket, &request, sizeof(request), IPC_LOG_RECALLED, &reply,
			  sizeof(reply), err);

	if (rc < 0)
		return rc;
	if ((reply.code != 0 && reply.code != -ENOENT) ||
	    !pairs_are_valid(reply.fields, sizeof(reply.fields), reply.fields_len))
		return err_set(err, -EPROTO, "the log's answer makes no sense");
	witness_reach(ret, reply.wall_us);
	while (reply.code == 0 && pairs_next(reply.fields, reply.fields_len, &pos, &key, &value)) {
		if (!witness_set(ret, key, value))
			return err_set(err, -EPROTO, "the log's answer makes no sense");
	}
	return 0;
}

static bool admit(void *ctx, const struct ipc_peer *peer)
{
	struct otpd *otpd = ctx;

	return rate_admit(&otpd->requests, peer->uid, otpd->clock.boot_us(otpd->clock.ctx));
}

int otpd_init(struct otpd *otpd, const struct otpd_options *options, struct err *err)
{
	static const int numbers[] = { SIGTERM, SIGINT, 0 };
	int listen_fd;
	int rc;

	*otpd = (struct otpd){
		.loop = { .epoll_fd = -1 },
		.signals = { .source = { .fd = -1 } },
		.server = { .listener = { .fd = -1 } },
		.clock = clock_system(),
		.requests.limits = RATE_REQUESTS,
		.attempts.limits = RATE_ATTEMPTS,
	};
	if (sodium_init() < 0)
		return err_set(err, -EIO, "libsodium does not start");
	read_boot_id(otpd);
	otpd->log_socket = options->log_socket;
	rc = scope_init(&otpd->scope, &options->scope, otpd->clock, recall, otpd, err);
	if (rc == 0)
		rc = loop_init(&otpd->loop, err);
	if (rc == 0)
		rc = loop_signals_init(&otpd->loop, &otpd->signals, numbers, signal_caught, err);
	if (rc == 0)
		rc = ipc_submitter_init(&otpd->log, &otpd->loop, options->log_socket, err);
	if (rc == 0)
		rc = answer_init(otpd, err);
	if (rc == 0)
		rc = notify_listen_fd(&listen_fd, err);
	if (rc == 0)
		rc = ipc_server_init(&otpd->server, &otpd->loop, listen_fd, otpd_services,
				     otpd_n_services, otpd, err);
	if (rc < 0)
		return rc;
	otpd->server.admit = admit;
	open_store(otpd, options);
	take_stock(otpd);
	return 0;
}

int otpd_run(struct otpd *otpd, struct err *err)
{
	notify_send("READY=1");
	return loop_run(&otpd->loop, err);
}

void otpd_deinit(struct otpd *otpd)
{
	if (otpd->server.loop)
		ipc_server_deinit(&otpd->server);
	if (otpd->log.loop)
		ipc_submitter_deinit(&otpd->log);
	answer_deinit(otpd);
	import_forget(otpd);
	lost_close(otpd);
	scope_deinit(&otpd->scope);
	census_done(&otpd->census);
	store_free(otpd->store);
	loop_signals_deinit(&otpd->loop, &otpd->signals);
	loop_deinit(&otpd->loop);
}
