/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/site_install.h"

#include "agent/site_tokens.h"
#include "core/cleanup.h"
#include "core/file.h"
#include "core/lang.h"
#include "core/log.h"
#include "ipc/event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int site_open_order(const char *bytes, size_t len, struct note *ret_note, struct order *ret,
		    struct err *err)
{
	cleanup_diags struct diags diags = { 0 };
	int rc = note_parse(bytes, len, ret_note, err);

	if (rc == 0 && order_load(SITE_ORDER, ret_note->text, ret_note->text_len, ret, &diags) < 0)
		rc = diags_to_err(&diags, err);
	return rc;
}

static void add_pair(void *ctx, const char *key, const char *value)
{
	ipc_event_add(ctx, key, value);
}

static void submit_state(struct site *site, const struct witness *witness, ipc_submitted *done,
			 void *ctx)
{
	struct ipc_log_append event;

	ipc_event_init(&event, "terminal.state");
	witness_each(witness, add_pair, &event);
	ipc_submit(site->log, &event, done, ctx);
}

static void raise_state(struct site *site, ipc_submitted *done, void *ctx)
{
	site->witness.exists = true;
	witness_reach(&site->witness, site->latest.wall_us);
	submit_state(site, &site->witness, done, ctx);
}

void site_raise_version(struct site *site, uint64_t version, ipc_submitted *done, void *ctx)
{
	if (version > site->witness.version)
		site->witness.version = version;
	raise_state(site, done, ctx);
}

void site_raise_register(struct site *site, uint64_t version, ipc_submitted *done, void *ctx)
{
	if (version > site->witness.register_version)
		site->witness.register_version = version;
	raise_state(site, done, ctx);
}

static int open_state(const struct site *site, struct err *err)
{
	int fd = open(site->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_set(err, -errno, "%s: %m", site->state_dir) : fd;
}

void site_finish_files(struct site *site)
{
	struct err err = { 0 };
	cleanup_close int dirfd = open_state(site, &err);

	if (dirfd < 0 || renameat(dirfd, SITE_ORDER_NEXT, dirfd, SITE_ORDER) < 0 ||
	    fsync(dirfd) < 0)
		log_error("the new zone order is in force, but has not got its place: %m");
}

/* Whatever happens now, this installation is over. */
static void end(struct site *site, const struct err *err)
{
	struct site_installation installation = site->installation;

	site->installation.is_running = false;
	if (err->code < 0) {
		log_error("zone order: %s", err->text);
		(void)snprintf(site->detail, sizeof(site->detail), "%s", err->text);
	}
	site->changed(site);
	if (installation.done)
		installation.done(installation.ctx, err);
	if (site->is_unfinished)
		site->again(site);
}

static void fail(struct site *site, int code, const char *what)
{
	struct err err = { 0 };

	(void)err_set(&err, code, "%s", what);
	end(site, &err);
}

/* It may have been written, or not: until that is known the stricter zone counts. */
static void leave_unfinished(struct site *site, int rc)
{
	site->is_unfinished = true;
	fail(site, rc,
	     N_("the log did not take the new state: until it does, the stricter zone counts"));
}

/* The new state is durable: from here on it counts, whatever becomes of the file's name. */
static void state_logged(void *ctx, int rc, uint64_t seq)
{
	struct site *site = ctx;
	struct site_installation *installation = &site->installation;
	struct err none = { 0 };

	(void)seq;
	if (rc < 0) {
		const struct witness tried = site->witness;

		site->witness = installation->before;
		/* A policy or a register may have been taken up meanwhile. */
		site->witness.version = tried.version;
		site->witness.register_version = tried.register_version;
		leave_unfinished(site, rc);
		return;
	}
	site->is_unfinished = site->is_orphan = false;
	site->detail[0] = '\0';
	site->has_order = true;
	site->order = installation->order;
	site->zone = installation->order.zone;
	site->latest = (struct clock_mark){ (int64_t)site->witness.latest_s * CLOCK_US_PER_SEC,
					    clock_read_us(CLOCK_BOOTTIME) };
	site_finish_files(site);
	end(site, &none);
}

static void become_witness(struct site *site)
{
	struct site_installation *installation = &site->installation;
	struct witness *witness = &site->witness;

	installation->before = *witness;
	witness->exists = true;
	witness->zone = installation->order.zone;
	witness->order = installation->order.number;
	(void)snprintf(witness->terminal, sizeof(witness->terminal), "%s",
		       installation->order.terminal);
	order_hash(installation->bytes, installation->len, witness->order_hash);
	if (installation->order.number > installation->before.order)
		witness->latest_s = 0; /* a clock that was ahead once is forgotten */
	witness_reach(witness, clock_read_us(CLOCK_REALTIME));
	submit_state(site, witness, state_logged, site);
}

static int write_next(const struct site *site, struct err *err)
{
	const struct site_installation *installation = &site->installation;
	cleanup_close int dirfd = open_state(site, err);

	return dirfd < 0 ? dirfd
			 : file_replace(dirfd, SITE_ORDER_NEXT, installation->bytes,
					installation->len, 0644, err);
}

static bool remove_next(const struct site *site)
{
	struct err ignored = { 0 };
	cleanup_close int dirfd = open_state(site, &ignored);

	return dirfd >= 0 && (unlinkat(dirfd, SITE_ORDER_NEXT, 0) == 0 || errno == ENOENT) &&
	       fsync(dirfd) == 0;
}

/* Nothing has changed; what was unfinished before, or can still be found after a crash, is. */
static void turn_back(struct site *site)
{
	if (!site->is_unfinished && remove_next(site))
		site->zone = site->installation.zone_before;
	else
		site->is_unfinished = true;
}

/* A log that said nothing may have the entry all the same. */
static bool is_answer(int rc)
{
	return rc != -ETIMEDOUT && rc != -ECONNRESET && rc != -EPROTO;
}

static void change_logged(void *ctx, int rc, uint64_t seq)
{
	struct site *site = ctx;

	(void)seq;
	if (rc == 0) {
		become_witness(site);
	} else if (!is_answer(rc)) {
		leave_unfinished(site, rc);
	} else {
		turn_back(site);
		fail(site, rc, N_("the log did not take the change: the zone stays as it is"));
	}
}

static void submit_change(struct site *site, const char *people)
{
	const struct order *order = &site->installation.order;
	struct ipc_log_append event;

	ipc_event_init(&event, "zone.change");
	ipc_event_add(&event, "terminal", order->terminal);
	ipc_event_add(&event, "zone", zone_name(order->zone));
	ipc_event_add(&event, "found", zone_name(site->witness.zone));
	ipc_event_add_number(&event, "order", (int64_t)order->number);
	ipc_event_add(&event, "signer", people);
	ipc_event_add(&event, "ticket", order->ticket);
	ipc_event_add(&event, "detail", order->reason);
	ipc_event_add(&event, "certificate", order->erase_certificate);
	ipc_submit(site->log, &event, change_logged, site);
}

static void report_refusal(struct site *site, const struct err *err)
{
	struct ipc_log_append event;

	ipc_event_init(&event, "order.reject");
	ipc_event_add(&event, "detail", err->text);
	ipc_submit(site->log, &event, NULL, NULL);
	log_error("zone order refused: %s", err->text);
}

/* The order that the log knows, brought back after its file was lost or changed. */
static bool restores(const struct site *site, const char *bytes, size_t len)
{
	char hash[ORDER_HASH_MAX];

	order_hash(bytes, len, hash);
	return site_is_cut_off(site) && strcmp(hash, site->witness.order_hash) == 0;
}

static int check(const struct site *site, const char *bytes, size_t len, policy_minute now,
		 struct order *ret, char *ret_people, struct err *err)
{
	const struct order *present = site_trusted(site);
	struct note note;
	int rc;

	if (site->installation.is_running)
		return err_set(err, -EBUSY, "another order is being installed; remedy: try again");
	if (!site->is_witnessed)
		return err_set(err, -EAGAIN,
			       "the log cannot say yet in which zone this terminal is; "
			       "remedy: sekisho status");
	rc = site_open_order(bytes, len, &note, ret, err);
	if (rc < 0)
		return rc;
	if (restores(site, bytes, len))
		return order_check_signatures(&note, ret, ret_people, err);
	if (site_is_cut_off(site) && !site->is_orphan)
		return err_set(err, -EKEYREJECTED,
			       "the terminal's order file does not match the log, so nobody's "
			       "signature counts; remedy: install the order in force again first");
	rc = order_check_succession(ret, present, now, err);
	if (rc == 0)
		rc = order_check_signatures(&note, present ? present : ret, ret_people, err);
	if (rc == 0)
		rc = site_check_tokens(site, ret, err);
	return rc;
}

static void begin(struct site *site, const char *bytes, size_t len, const struct order *order,
		  void (*done)(void *ctx, const struct err *err), void *ctx)
{
	struct site_installation *installation = &site->installation;

	*installation = (struct site_installation){
		.is_running = true, .len = len, .order = *order, .done = done, .ctx = ctx
	};
	memcpy(installation->bytes, bytes, len);
	installation->zone_before = site->zone;
	site->zone = zone_stricter(site->zone, order->zone);
	site->changed(site); /* what the stricter zone closes is closed before anything else */
}

void site_install(struct site *site, const char *bytes, size_t len, policy_minute now,
		  void (*done)(void *ctx, const struct err *err), void *ctx)
{
	struct err err = { 0 };
	struct order order;
	char people[ERR_TEXT_MAX] = "";

	if (len > ORDER_BYTES_MAX)
		(void)err_set(&err, -E2BIG, "an order is at most %d bytes", ORDER_BYTES_MAX);
	else
		(void)check(site, bytes, len, now, &order, people, &err);
	if (err.code < 0) {
		report_refusal(site, &err);
		done(ctx, &err);
		return;
	}
	begin(site, bytes, len, &order, done, ctx);
	if (write_next(site, &err) < 0) {
		turn_back(site);
		end(site, &err);
		return;
	}
	submit_change(site, people);
}

/* Nobody can tell what the log has of it: everything is said again. */
void site_resume(struct site *site, const char *bytes, size_t len, policy_minute now)
{
	struct err err = { 0 };
	struct order order;
	char people[ERR_TEXT_MAX] = "";

	if (!site_trusted(site)) /* whoever lays a first order there is not asked who he is */
		(void)err_set(&err, -EKEYREJECTED,
			      "an order is half-way and nobody's signature counts; "
			      "remedy: sekisho order install");
	else if (bytes)
		(void)check(site, bytes, len, now, &order, people, &err);
	if (!bytes || err.code < 0) {
		(void)snprintf(site->detail, sizeof(site->detail), "%s",
			       err.code < 0 ? err.text : SITE_ORDER_NEXT);
		if (err.code == -EAGAIN)
			site->again(site);
		return;
	}
	begin(site, bytes, len, &order, NULL, NULL);
	submit_change(site, people);
}
