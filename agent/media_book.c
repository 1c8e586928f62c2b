/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/media_book.h"

#include "agent/media_text.h"
#include "core/err.h"
#include "core/lang.h"
#include "core/log.h"
#include "ipc/event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

bool media_book_is_expired(const struct media_book *book, policy_minute now)
{
	const struct ledger *ledger = book->in_force.ledger;

	return ledger && ledger->expires != 0 && now > ledger->expires;
}

bool media_book_asks_time(const struct media_book *book)
{
	return book->in_force.ledger && book->in_force.ledger->expires != 0 && !book->expiry_logged;
}

bool media_book_is_broken(const struct media_book *book)
{
	return !book->events.ledger;
}

const char *media_book_detail(const struct media_book *book)
{
	return *book->events.detail ? book->events.detail : book->detail;
}

/* What counts, anew.  Where there is no memory for it what counted before stays. */
static int renew(struct media_book *book, struct err *err)
{
	cleanup_ledger struct ledger *nothing = NULL;
	cleanup_diags struct diags diags = { 0 };
	struct ledger *merged = NULL;
	const struct ledger *base = book->in_force.ledger;
	const struct ledger *events = book->events.ledger;
	int rc = ledger_load_alone("", "", 0, &nothing, &diags);

	if (rc < 0)
		return diags_to_err(&diags, err);
	rc = ledger_merge(base ? base : nothing, events ? events : nothing, &merged, err);
	if (rc < 0) {
		log_error("the media register stays as it was: %s", err->text);
		return rc;
	}
	ledger_free(book->ledger);
	book->ledger = merged;
	return 0;
}

static void enforce(struct media_book *book, struct media_book_text *text)
{
	struct err err = { 0 };

	media_text_done(&book->in_force);
	media_text_shed(text);
	book->in_force = *text;
	*text = (struct media_book_text){ 0 };
	book->expiry_logged = false;
	if (renew(book, &err) < 0)
		(void)snprintf(book->detail, sizeof(book->detail), "%s", err.text);
	if (book->in_force.ledger)
		log_info("media register %s is in force, %zu media", book->in_force.hash,
			 book->in_force.ledger->n_media);
	book->changed(book);
}

static bool is_older(const struct media_book *book, const struct ledger *ledger)
{
	return book->site->has_order && ledger->version < book->site->witness.register_version;
}

/* The one that was accepted last: still signed by somebody who may, and not an older one. */
static int read_accepted(const struct media_book *book, struct media_book_text *ret,
			 struct err *err)
{
	cleanup_media_text struct media_book_text text = { 0 };
	int rc;

	if (site_is_cut_off(book->site))
		return err_set(err, -EKEYREJECTED,
			       "nobody's signature counts on this terminal now");
	rc = media_text_read_accepted(book->state_dir, site_trusted(book->site), &text, err);
	if (rc < 0)
		return rc;
	if (is_older(book, text.ledger))
		return err_set(err, -ESTALE,
			       "register/current: version %llu is older than %llu, which the log "
			       "knows",
			       (unsigned long long)text.ledger->version,
			       (unsigned long long)book->site->witness.register_version);
	*ret = text;
	text = (struct media_book_text){ 0 };
	return 0;
}

static bool has_happened(const struct media_book *book, const struct ipc_log_append *event)
{
	const char *number = ipc_event_get(event, "medium_number");
	const struct ledger *ledger = book->events.ledger;
	enum ledger_act last = LEDGER_ACT_NONE;

	for (size_t i = 0; ledger && i < ledger->n_events; i++) {
		if (strcmp(ledger->events[i].number, number) == 0)
			last = ledger->events[i].act;
	}
	return last == media_events_act(event);
}

/* Of a loss, which takes nobody's code, nothing is left open: the log is told again. */
static void look_at_intent(struct media_book *book)
{
	struct ipc_log_append *intent = &book->events.intent;
	enum ledger_act act = media_events_act(intent);

	if (act == LEDGER_ACT_NONE || has_happened(book, intent)) {
		intent->type[0] = '\0';
	} else if (act != LEDGER_ACT_LOST && act != LEDGER_ACT_MISSING) {
		(void)snprintf(book->events.detail, sizeof(book->events.detail),
			       tr("'%s' of medium %s was interrupted: if the log has it, it does "
				  "not count all the same; remedy: do it again"),
			       ledger_act_name(act), ipc_event_get(intent, "medium_number"));
		log_error("%s", book->events.detail);
		intent->type[0] = '\0';
	}
}

static void redone(void *ctx, int rc, uint64_t seq)
{
	struct media_book *book = ctx;
	struct ipc_log_append *intent = &book->events.intent;
	const struct site *site = book->site;
	struct err err = { 0 };

	book->is_redoing = false;
	if (rc == 0)
		rc = media_book_record(book, intent, seq,
				       policy_minute_from_clock(site->latest.wall_us /
								CLOCK_US_PER_SEC),
				       &err);
	if (rc < 0)
		book->again(book);
	else
		intent->type[0] = '\0';
}

static void redo(struct media_book *book)
{
	if (book->is_redoing || *book->events.intent.type == '\0' || !book->site->is_witnessed ||
	    media_book_is_broken(book))
		return;
	book->is_redoing = true;
	log_error("medium %s may have been reported when the terminal stopped: it counts as lost, "
		  "and the log is told again",
		  ipc_event_get(&book->events.intent, "medium_number"));
	ipc_submit(book->log, &book->events.intent, redone, book);
}

void media_book_start(struct media_book *book)
{
	cleanup_media_text struct media_book_text text = { 0 };
	struct err err = { 0 };
	int rc = read_accepted(book, &text, &err);

	book->detail[0] = '\0';
	if (rc < 0 && rc != -ENOENT) {
		log_error("the media register accepted last cannot be used: %s", err.text);
		(void)snprintf(book->detail, sizeof(book->detail), "%s", err.text);
	}
	if (!book->events.ledger) {
		media_events_start(&book->events);
		look_at_intent(book);
	}
	enforce(book, &text);
	redo(book);
}

static void end(struct media_book *book, const struct err *err)
{
	void (*done)(void *ctx, const struct err *err) = book->done;

	book->done = NULL;
	if (done)
		done(book->ctx, err);
}

/* The same refusal is logged once, not at each look. */
static void refuse(struct media_book *book, const char *hash, const struct err *err)
{
	bool is_new = strncmp(book->refused, err->text, sizeof(book->refused) - 1) != 0;

	(void)snprintf(book->detail, sizeof(book->detail), "%s", err->text);
	memcpy(book->refused, book->detail, sizeof(book->refused));
	if (is_new) {
		log_error("media register refused, the one before stays: %s", err->text);
		media_text_log_refusal(book->log, book->file, hash, err->text);
	}
	end(book, err);
}

static int check_coming(const struct media_book *book, const struct media_book_text *text,
			policy_minute now, struct err *err)
{
	const struct ledger *coming = text->ledger;
	const struct ledger *present = book->in_force.ledger;

	if (coming->expires != 0 && now > coming->expires)
		return err_set(err, -ETIME,
			       "%s: the register has expired; remedy: sign one with a later end",
			       book->file);
	if (!book->site->has_order)
		return 0;
	if (is_older(book, coming))
		return err_set(err, -ESTALE,
			       "%s: version %llu is older than %llu, which was in force here; "
			       "remedy: sign it again with a higher version",
			       book->file, (unsigned long long)coming->version,
			       (unsigned long long)book->site->witness.register_version);
	if (present && coming->version <= present->version)
		return err_set(err, -ESTALE,
			       "%s: another register with version %llu is in force; remedy: sign "
			       "it again with a higher version",
			       book->file, (unsigned long long)present->version);
	return 0;
}

/* The one before stays, and this one is tried again. */
static void put_off(struct media_book *book, const struct err *err)
{
	book->is_logging = false;
	media_text_done(&book->coming);
	(void)snprintf(book->detail, sizeof(book->detail), "%s", err->text);
	end(book, err);
	book->again(book);
}

static uint64_t order_number(const struct media_book *book)
{
	return book->site->has_order ? book->site->order.number : 0;
}

static int check_logged(const struct media_book *book, int rc, struct err *err)
{
	if (rc < 0)
		return err_set(err, rc,
			       "the log did not take the media register: the one before stays");
	if (book->coming_order != order_number(book))
		return err_set(err, -EBUSY, "another order is being installed; remedy: try again");
	return 0;
}

static void version_logged(void *ctx, int rc, uint64_t seq)
{
	struct media_book *book = ctx;
	struct err err = { 0 };

	(void)seq;
	if (check_logged(book, rc, &err) < 0 ||
	    media_text_accept(book->state_dir, &book->coming, &err) < 0) {
		put_off(book, &err);
		return;
	}
	book->is_logging = false;
	book->detail[0] = book->refused[0] = '\0';
	enforce(book, &book->coming);
	end(book, &err);
}

static void load_logged(void *ctx, int rc, uint64_t seq)
{
	struct media_book *book = ctx;
	struct err err = { 0 };

	(void)seq;
	if (check_logged(book, rc, &err) < 0)
		put_off(book, &err);
	else if (book->site->has_order)
		site_raise_register(book->site, book->coming.ledger->version, version_logged, book);
	else
		version_logged(book, 0, 0);
}

static int read_proposed(struct media_book *book, struct media_book_text *ret, struct err *err)
{
	if (!book->site->is_witnessed && !book->site->is_damaged)
		return err_set(err, -EAGAIN,
			       "the log cannot say yet in which zone this terminal is; "
			       "remedy: sekisho status");
	if (site_is_cut_off(book->site))
		return err_set(err, -EKEYREJECTED,
			       "nobody's signature counts on this terminal now; remedy: sekisho "
			       "status");
	return media_text_read(AT_FDCWD, book->file, book->file, site_trusted(book->site), ret,
			       err);
}

void media_book_look(struct media_book *book, policy_minute now,
		     void (*done)(void *ctx, const struct err *err), void *ctx)
{
	cleanup_media_text struct media_book_text text = { 0 };
	const struct ledger *present = book->in_force.ledger;
	struct err err = { 0 };
	int rc;

	if (book->is_logging || book->done) {
		(void)err_set(&err, -EBUSY, "a register is being put in force; remedy: try again");
		if (done)
			done(ctx, &err);
		book->must_look = true;
		book->again(book);
		return;
	}
	book->must_look = false;
	book->done = done;
	book->ctx = ctx;
	rc = read_proposed(book, &text, &err);
	if (rc == -EAGAIN) {
		put_off(book, &err);
	} else if (rc == -ENOENT && !done) {
		end(book, &err);
	} else if (rc == 0 && present && strcmp(text.hash, book->in_force.hash) == 0) {
		book->detail[0] = book->refused[0] = '\0';
		end(book, &err);
	} else if (rc < 0 || check_coming(book, &text, now, &err) < 0) {
		refuse(book, text.hash, &err);
	} else {
		book->coming = text;
		book->coming_order = order_number(book);
		book->is_logging = true;
		text = (struct media_book_text){ 0 };
		media_text_log_load(book->log, book->file, &book->coming, load_logged, book);
	}
}

void media_book_tick(struct media_book *book, policy_minute now)
{
	if (book->expiry_logged || !media_book_is_expired(book, now))
		return;
	book->expiry_logged = true;
	log_error("the media register has expired: none of its media is known any more");
	media_text_log_refusal(book->log, MEDIA_ACCEPTED, book->in_force.hash,
			       "the register in force has expired; remedy: install a newer one");
	book->changed(book);
}

void media_book_retry(struct media_book *book, policy_minute now)
{
	struct err err = { 0 };

	if (book->events.is_unsaved && media_events_save(&book->events, &err) < 0)
		book->again(book);
	redo(book);
	if (*book->detail || book->must_look)
		media_book_look(book, now, NULL, NULL);
}

int media_book_record(struct media_book *book, const struct ipc_log_append *event, uint64_t seq,
		      policy_minute at, struct err *err)
{
	struct err why = { 0 };
	char id[IPC_TEXT_MAX];
	int rc;

	if (media_book_is_broken(book) || !book->ledger)
		return err_set(err, -EIO, "%s", media_book_detail(book));
	media_events_name(&book->events, book->site->witness.terminal, seq, id, sizeof(id));
	rc = media_events_add(&book->events, event, book->ledger, id, at, err);
	if (rc == 0)
		rc = renew(book, err);
	if (book->events.is_unsaved)
		book->again(book);
	else if (rc == 0 && media_events_intend(&book->events, NULL, &why) < 0)
		log_error("%s", why.text);
	if (rc == 0)
		book->changed(book);
	return rc;
}

void media_book_deinit(struct media_book *book)
{
	media_text_done(&book->in_force);
	media_text_done(&book->coming);
	media_events_deinit(&book->events);
	ledger_free(take_ptr(&book->ledger));
	free(take_ptr(&book->file));
}
