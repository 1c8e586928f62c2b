/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/rulebook.h"

#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "ipc/event.h"
#include "policy/signed.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define ACCEPTED "policy/current" /* below the state directory */

/* Reading 10,000 rules takes several times what they need afterwards: the system gets it back. */
static void text_done(struct rulebook_text *text)
{
	bool was_read = text->bytes || text->policy;

	policy_free(text->policy);
	free(text->bytes);
	*text = (struct rulebook_text){ 0 };
	if (was_read)
		(void)malloc_trim(0);
}
#define cleanup_text cleanup_with(text_done)

static void hash_text(struct rulebook_text *text)
{
	char hash[ORDER_HASH_MAX];

	order_hash(text->bytes, text->len, hash);
	(void)snprintf(text->hash, sizeof(text->hash), "%.16s", hash);
}

/* Read, verify against @trusted, and load. */
static int read_text(int dirfd, const char *path, const char *name, const struct order *trusted,
		     struct rulebook_text *ret, struct err *err)
{
	cleanup_text struct rulebook_text text = { 0 };
	int rc = file_read_trusted(dirfd, path, geteuid(), POLICY_BYTES_MAX, &text.bytes, &text.len,
				   err);

	if (rc == 0 && text.len == 0)
		rc = err_set(err, -ENODATA,
			     "%s: the file is empty; remedy: write it again, with a comment if "
			     "nothing is to be opened",
			     name);
	if (rc < 0)
		return rc;
	hash_text(&text);
	rc = policy_open(name, text.bytes, text.len, trusted, &text.policy, text.signer, err);
	if (rc < 0) {
		memcpy(ret->hash, text.hash, sizeof(text.hash));
		return rc;
	}
	*ret = text;
	text = (struct rulebook_text){ 0 };
	return 0;
}

static int open_state(const struct rulebook *rulebook, struct err *err)
{
	int fd = open(rulebook->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_set(err, -errno, "%s: %m", rulebook->state_dir) : fd;
}

/* Where otpd and the command read it. */
static int put_in_place(const struct rulebook *rulebook, const struct rulebook_text *text,
			struct err *err)
{
	cleanup_close int state_fd = open_state(rulebook, err);

	if (state_fd < 0)
		return state_fd;
	if (mkdirat(state_fd, "policy", 0755) < 0 && errno != EEXIST)
		return err_set(err, -errno, "%s/policy: %m", rulebook->state_dir);
	return file_replace(state_fd, ACCEPTED, text->bytes, text->len, 0644, err);
}

/* Nobody asks for the bytes of a policy in force. */
static void shed(struct rulebook_text *text)
{
	free(take_ptr(&text->bytes));
	text->len = 0;
	(void)malloc_trim(0);
}

static void enforce(struct rulebook *rulebook, struct rulebook_text *text, bool is_packaged)
{
	text_done(&rulebook->in_force);
	shed(text);
	rulebook->in_force = *text;
	rulebook->is_packaged = is_packaged;
	rulebook->expiry_logged = false;
	*text = (struct rulebook_text){ 0 };
	if (rulebook->in_force.policy)
		log_info("policy %s is in force, %zu rules", rulebook->in_force.hash,
			 rulebook->in_force.policy->n_rules);
	rulebook->changed(rulebook);
}

static int read_packaged(const struct rulebook *rulebook, struct rulebook_text *ret,
			 struct err *err)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s/%s.policy", rulebook->packaged_dir,
		     zone_name(rulebook->site->zone)) < 0)
		return err_set(err, -ENOMEM, "out of memory");
	return read_text(AT_FDCWD, path, path, NULL, ret, err);
}

/* The one that was accepted last: still signed by somebody who may, and not an older one. */
static int read_accepted(const struct rulebook *rulebook, struct rulebook_text *ret,
			 struct err *err)
{
	const struct site *site = rulebook->site;
	cleanup_text struct rulebook_text text = { 0 };
	cleanup_close int state_fd = open_state(rulebook, err);
	int rc;

	if (state_fd < 0)
		return state_fd;
	if (site_is_cut_off(site))
		return err_set(err, -EKEYREJECTED,
			       "nobody's signature counts on this terminal now");
	rc = read_text(state_fd, ACCEPTED, ACCEPTED, site_trusted(site), &text, err);
	if (rc < 0)
		return rc;
	if (site->has_order && text.policy->version < site->witness.version)
		return err_set(err, -ESTALE,
			       "%s: version %llu is older than %llu, which the log knows", ACCEPTED,
			       (unsigned long long)text.policy->version,
			       (unsigned long long)site->witness.version);
	*ret = text;
	text = (struct rulebook_text){ 0 };
	return 0;
}

/* It was accepted before the terminal was enrolled: from now on no older one is. */
static void remember_version(const struct rulebook *rulebook)
{
	const struct policy *policy = rulebook->in_force.policy;
	struct site *site = rulebook->site;

	if (site->has_order && site->is_witnessed && policy->version > site->witness.version)
		site_raise_version(site, policy->version, NULL, NULL);
}

void rulebook_start(struct rulebook *rulebook)
{
	cleanup_text struct rulebook_text text = { 0 };
	struct err err = { 0 };
	int rc = read_accepted(rulebook, &text, &err);
	bool is_packaged = rc < 0;

	if (rc < 0 && rc != -ENOENT) {
		log_error("the policy accepted last cannot be used: %s", err.text);
		(void)snprintf(rulebook->detail, sizeof(rulebook->detail), "%s", err.text);
	}
	if (is_packaged && read_packaged(rulebook, &text, &err) < 0) {
		log_error("no policy is in force, nothing opens: %s", err.text);
		(void)snprintf(rulebook->detail, sizeof(rulebook->detail), "%s", err.text);
	}
	enforce(rulebook, &text, is_packaged);
	if (!is_packaged)
		remember_version(rulebook);
}

/* The administrator's file is judged: tell whoever waits. */
static void end(struct rulebook *rulebook, const struct err *err)
{
	void (*done)(void *ctx, const struct err *err) = rulebook->done;

	rulebook->done = NULL;
	if (done)
		done(rulebook->ctx, err);
}

/* The file is in force: whatever is wrong later is new. */
static void settle(struct rulebook *rulebook)
{
	rulebook->detail[0] = rulebook->refused[0] = '\0';
}

/* The same refusal is logged once, not at each look or in each zone. */
static void refuse(struct rulebook *rulebook, const char *hash, const struct err *err)
{
	struct ipc_log_append event;
	bool is_new = strncmp(rulebook->refused, err->text, sizeof(rulebook->refused) - 1) != 0;

	(void)snprintf(rulebook->detail, sizeof(rulebook->detail), "%s", err->text);
	memcpy(rulebook->refused, rulebook->detail, sizeof(rulebook->refused));
	if (is_new) {
		log_error("policy refused, the one before stays in force: %s", err->text);
		ipc_event_init(&event, "policy.reject");
		ipc_event_add(&event, "policy", hash);
		ipc_event_add(&event, "path", rulebook->file);
		ipc_event_add(&event, "detail", err->text);
		ipc_submit(rulebook->log, &event, NULL, NULL);
	}
	end(rulebook, err);
}

static int check_coming(const struct rulebook *rulebook, const struct rulebook_text *text,
			policy_minute now, struct err *err)
{
	const struct rulebook_text *present = &rulebook->in_force;
	uint64_t highest = rulebook->site->witness.version;
	uint64_t version = text->policy->version;

	if (policy_is_expired(text->policy, now))
		return err_set(err, -ETIME,
			       "%s: the policy has expired; remedy: sign one with a later end",
			       rulebook->file);
	if (!rulebook->site->has_order)
		return 0;
	if (version < highest)
		return err_set(err, -ESTALE,
			       "%s: version %llu is older than %llu, which was in force here; "
			       "remedy: sign it again with a higher version",
			       rulebook->file, (unsigned long long)version,
			       (unsigned long long)highest);
	if (!rulebook->is_packaged && present->policy && version == present->policy->version)
		return err_set(err, -ESTALE,
			       "%s: another policy with version %llu is in force; "
			       "remedy: sign it again with a higher version",
			       rulebook->file, (unsigned long long)version);
	return 0;
}

/* The one before stays, and this one is tried again. */
static void put_off(struct rulebook *rulebook, const struct err *err)
{
	rulebook->is_logging = false;
	text_done(&rulebook->coming);
	(void)snprintf(rulebook->detail, sizeof(rulebook->detail), "%s", err->text);
	end(rulebook, err);
	rulebook->again(rulebook);
}

/* Between emptying a file and filling it an editor is no administrator who opens nothing. */
static bool may_be_written_now(const struct rulebook *rulebook, const struct err *err)
{
	return err->code == -ENODATA && strcmp(rulebook->detail, err->text) != 0;
}

static uint64_t order_number(const struct rulebook *rulebook)
{
	return rulebook->site->has_order ? rulebook->site->order.number : 0;
}

/* The log may have refused, and the signers may be others than when it was looked at. */
static int check_logged(const struct rulebook *rulebook, int rc, struct err *err)
{
	if (rc < 0)
		return err_set(err, rc,
			       "the log did not take the policy: the one before stays in force");
	if (rulebook->coming_order != order_number(rulebook))
		return err_set(err, -EBUSY, "another order is being installed; remedy: try again");
	return 0;
}

static void version_logged(void *ctx, int rc, uint64_t seq)
{
	struct rulebook *rulebook = ctx;
	struct err err = { 0 };

	(void)seq;
	if (check_logged(rulebook, rc, &err) < 0 ||
	    put_in_place(rulebook, &rulebook->coming, &err) < 0) {
		put_off(rulebook, &err);
		return;
	}
	rulebook->is_logging = false;
	settle(rulebook);
	enforce(rulebook, &rulebook->coming, false);
	end(rulebook, &err);
}

static void load_logged(void *ctx, int rc, uint64_t seq)
{
	struct rulebook *rulebook = ctx;
	struct err err = { 0 };

	(void)seq;
	if (check_logged(rulebook, rc, &err) < 0)
		put_off(rulebook, &err);
	else if (rulebook->site->has_order)
		site_raise_version(rulebook->site, rulebook->coming.policy->version, version_logged,
				   rulebook);
	else
		version_logged(rulebook, 0, 0);
}

static void submit_load(struct rulebook *rulebook)
{
	const struct rulebook_text *coming = &rulebook->coming;
	struct ipc_log_append event;

	rulebook->is_logging = true;
	ipc_event_init(&event, "policy.load");
	ipc_event_add(&event, "policy", coming->hash);
	ipc_event_add_number(&event, "version", (int64_t)coming->policy->version);
	ipc_event_add(&event, "signer", coming->signer);
	ipc_event_add(&event, "path", rulebook->file);
	ipc_event_add_number(&event, "count", (int64_t)coming->policy->n_rules);
	ipc_submit(rulebook->log, &event, load_logged, rulebook);
}

void rulebook_look(struct rulebook *rulebook, policy_minute now,
		   void (*done)(void *ctx, const struct err *err), void *ctx)
{
	cleanup_text struct rulebook_text text = { 0 };
	struct err err = { 0 };
	int rc;

	if (rulebook->is_logging || rulebook->done) {
		(void)err_set(&err, -EBUSY, "a policy is being put in force; remedy: try again");
		if (done)
			done(ctx, &err);
		rulebook->must_look = true; /* the file may be another by now */
		rulebook->again(rulebook);
		return;
	}
	rulebook->must_look = false;
	rulebook->done = done;
	rulebook->ctx = ctx;
	if (!rulebook->site->is_witnessed && !rulebook->site->is_damaged) {
		/* Neither whose signature counts nor the highest version is known. */
		(void)err_set(&err, -EAGAIN,
			      "the log cannot say yet in which zone this terminal is; "
			      "remedy: sekisho status");
		put_off(rulebook, &err);
		return;
	}
	rc = site_is_cut_off(rulebook->site) ? err_set(&err, -EKEYREJECTED,
						       "nobody's signature counts on this terminal "
						       "now; remedy: sekisho status")
					     : read_text(AT_FDCWD, rulebook->file, rulebook->file,
							 site_trusted(rulebook->site), &text, &err);
	if (rc == -ENOENT) {
		end(rulebook, &err);
		return;
	}
	if (rc == 0 && rulebook->in_force.policy &&
	    strcmp(text.hash, rulebook->in_force.hash) == 0) {
		settle(rulebook);
		end(rulebook, &err);
		return;
	}
	if (rc == 0)
		rc = check_coming(rulebook, &text, now, &err);
	if (rc < 0 && may_be_written_now(rulebook, &err)) {
		put_off(rulebook, &err);
		return;
	}
	if (rc < 0) {
		refuse(rulebook, text.hash, &err);
		return;
	}
	rulebook->coming = text;
	rulebook->coming_order = order_number(rulebook);
	text = (struct rulebook_text){ 0 };
	submit_load(rulebook);
}

void rulebook_tick(struct rulebook *rulebook, policy_minute now)
{
	const struct policy *policy = rulebook->in_force.policy;
	struct ipc_log_append event;

	if (!policy || rulebook->expiry_logged || !policy_is_expired(policy, now))
		return;
	rulebook->expiry_logged = true;
	ipc_event_init(&event, "policy.expire");
	ipc_event_add(&event, "policy", rulebook->in_force.hash);
	ipc_event_add_number(&event, "version", (int64_t)policy->version);
	ipc_event_add(&event, "action", expired_name(policy->when_expired));
	ipc_submit(rulebook->log, &event, NULL, NULL);
	log_error("the policy in force has expired");
}

void rulebook_deinit(struct rulebook *rulebook)
{
	text_done(&rulebook->in_force);
	text_done(&rulebook->coming);
}
