/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/site.h"

#include "agent/site_install.h"
#include "core/cleanup.h"
#include "core/file.h"
#include "core/lang.h"
#include "core/log.h"
#include "ipc/client.h"
#include "ipc/event.h"
#include "ipc/pairs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CLOCK_BEHIND_US (3600 * CLOCK_US_PER_SEC) /* less is nobody's intent */

/* An order's file, read and taken apart. */
struct order_file {
	bool exists;
	bool is_valid; /* signed by two of the people it names */
	char *bytes;
	size_t len;
	char hash[ORDER_HASH_MAX];
	struct order order;
};

static void order_file_done(struct order_file *file)
{
	free(file->bytes);
}
#define cleanup_order_file cleanup_with(order_file_done)

static void read_order_file(const struct site *site, const char *name, struct order_file *ret)
{
	cleanup_close int dirfd = open(site->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err err = { 0 };
	char people[ERR_TEXT_MAX];
	struct note note;
	int rc;

	*ret = (struct order_file){ 0 };
	if (dirfd < 0)
		return;
	rc = file_read_trusted(dirfd, name, geteuid(), ORDER_BYTES_MAX, &ret->bytes, &ret->len,
			       &err);
	ret->exists = rc != -ENOENT;
	if (rc < 0)
		return;
	order_hash(ret->bytes, ret->len, ret->hash);
	ret->is_valid = site_open_order(ret->bytes, ret->len, &note, &ret->order, &err) == 0 &&
			order_check_signatures(&note, &ret->order, people, &err) == 0;
}

/* False when it is no state that this program wrote. */
static bool take_answer(struct site *site, const struct ipc_log_recalled *reply)
{
	struct witness witness = { 0 };
	const char *key, *value;
	size_t pos = 0;
	bool ok = pairs_are_valid(reply->fields, sizeof(reply->fields), reply->fields_len);

	while (ok && reply->code == 0 &&
	       pairs_next(reply->fields, reply->fields_len, &pos, &key, &value))
		ok = witness_set(&witness, key, value);
	witness_reach(&witness, reply->wall_us);
	if (ok)
		site->witness = witness;
	(void)clock_mark_pass(&site->latest, (int64_t)site->witness.latest_s * CLOCK_US_PER_SEC,
			      clock_read_us(CLOCK_BOOTTIME));
	return ok;
}

/*
 * Asks the log what it remembers. One that is silent or in trouble is asked again, and what it
 * said before stays; one that is damaged is not believed.
 */
static void ask_log(struct site *site)
{
	struct ipc_log_recall request = { .header = ipc_header(IPC_LOG_RECALL),
					  .type = "terminal.state" };
	struct ipc_log_recalled reply = { 0 };
	struct err err = { 0 };

	site->is_witnessed = site->is_damaged = false;
	if (ipc_call(site->log_socket, &request, sizeof(request), IPC_LOG_RECALLED, &reply,
		     sizeof(reply), &err) < 0) {
		log_warning("the log cannot say yet in which zone this terminal is: %s", err.text);
		return;
	}
	if (reply.code != 0 && reply.code != -ENOENT && reply.code != -EBADMSG)
		return;
	site->is_damaged = reply.code == -EBADMSG || !take_answer(site, &reply);
	site->is_witnessed = !site->is_damaged;
}

/* Where nothing can be believed, the strictest zone counts. */
static void read_damaged(struct site *site)
{
	site->witness = (struct witness){ 0 };
	site->zone = ZONE_MYNUMBER;
	(void)snprintf(site->detail, sizeof(site->detail), "%s",
		       tr("the log is damaged where it says in which zone this terminal is: the "
			  "strictest counts, no policy is accepted; remedy: sekisho log verify"));
	log_error("%s", site->detail);
}

/* A file that was edited while the log was away must not count until it is back. */
static void read_unknown(struct site *site)
{
	site->zone = ZONE_MYNUMBER;
	(void)snprintf(site->detail, sizeof(site->detail), "%s",
		       tr("the log cannot say yet in which zone this terminal is: until it can the "
			  "strictest counts, no policy is accepted; remedy: sekisho status"));
}

static void say_wrong(struct site *site, const char *path, const char *what, const char *found,
		      const char *expected)
{
	struct ipc_log_append event;

	(void)snprintf(site->detail, sizeof(site->detail), "%s", tr(what));
	log_error("%s", site->detail);
	ipc_event_init(&event, "terminal.tamper");
	ipc_event_add(&event, "path", path);
	ipc_event_add(&event, "found", found);
	ipc_event_add(&event, "expected", expected);
	if (site->is_witnessed) /* else it is looked at again and again until it is */
		ipc_submit(site->log, &event, NULL, NULL);
}

static void adopt(struct site *site, const struct order_file *file)
{
	site->has_order = true;
	site->order = file->order;
}

/* The log has the last word. */
static void read_witnessed(struct site *site, struct order_file *file, struct order_file *next)
{
	const char *expected = site->witness.order_hash;

	site->zone = site->witness.zone;
	if (*expected && next->is_valid && strcmp(next->hash, expected) == 0) {
		adopt(site, next);
		site_finish_files(site);
	} else if (*expected && file->is_valid && strcmp(file->hash, expected) == 0) {
		adopt(site, file);
	} else if (*expected || file->exists) {
		if (file->is_valid && file->order.number > site->witness.order)
			site->zone = zone_stricter(site->zone, file->order.zone); /* an old log? */
		say_wrong(site, SITE_ORDER,
			  N_("the terminal's order is not the one that the log knows; the zone "
			     "stays, no policy is accepted; remedy: install that order again"),
			  file->exists ? file->hash : "absent", *expected ? expected : "absent");
	}
}

/* A log that never heard of this terminal: a new one, or one that was replaced. */
static void read_unwitnessed(struct site *site, const struct order_file *file)
{
	site->zone = ZONE_UNASSIGNED;
	if (!file->exists)
		return;
	site->is_orphan = true;
	site->zone = ZONE_MYNUMBER;
	say_wrong(site, SITE_ORDER,
		  N_("the log does not know this terminal's order: it is another log; the "
		     "strictest zone counts; remedy: keep the old log for the auditor, and "
		     "install the order again"),
		  file->hash, "absent");
}

/* Ends that have passed stay passed: whoever wonders why is told. */
static void look_at_clock(struct site *site)
{
	int64_t wall_us = clock_read_us(CLOCK_REALTIME);
	char found[24];
	char expected[24];

	if (site->latest.wall_us - wall_us < CLOCK_BEHIND_US)
		return;
	policy_minute_print(policy_minute_from_clock(wall_us / CLOCK_US_PER_SEC), found);
	policy_minute_print(policy_minute_from_clock(site->latest.wall_us / CLOCK_US_PER_SEC),
			    expected);
	say_wrong(site, "clock",
		  N_("the clock is behind what the log has seen: what had ended by then stays so; "
		     "remedy: set the clock"),
		  found, expected);
}

void site_read(struct site *site, policy_minute now)
{
	cleanup_order_file struct order_file file = { 0 };
	cleanup_order_file struct order_file next = { 0 };

	site->detail[0] = '\0';
	site->has_order = false;
	site->is_unfinished = site->is_orphan = false;
	ask_log(site);
	if (site->is_damaged) {
		read_damaged(site);
		return;
	}
	look_at_clock(site);
	read_order_file(site, SITE_ORDER, &file);
	read_order_file(site, SITE_ORDER_NEXT, &next);
	if (site->witness.exists)
		read_witnessed(site, &file, &next);
	else if (site->is_witnessed)
		read_unwitnessed(site, &file);
	else
		read_unknown(site);
	if (next.exists && (!site->is_witnessed || !site->has_order ||
			    strcmp(next.hash, site->witness.order_hash) != 0)) {
		site->is_unfinished = true;
		if (next.is_valid)
			site->zone = zone_stricter(site->zone, next.order.zone);
		site_resume(site, next.bytes, next.len, now);
	}
	if (!site->is_witnessed)
		site->again(site);
}

void site_retry(struct site *site, policy_minute now)
{
	if (site->installation.is_running)
		return; /* its end asks for another try if there must be one */
	if ((!site->is_witnessed && !site->is_damaged) || site->is_unfinished) {
		site_read(site, now);
		site->changed(site);
	}
}

const struct order *site_trusted(const struct site *site)
{
	return site->has_order ? &site->order : NULL;
}

bool site_is_cut_off(const struct site *site)
{
	if (site->is_damaged || site->is_orphan || (!site->is_witnessed && !site->witness.exists))
		return true;
	return !site->has_order && *site->witness.order_hash;
}
