/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/scope.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "policy/signed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define AGAIN_US (2 * CLOCK_US_PER_SEC) /* a log that did not answer is asked again then */

int scope_init(struct scope *scope, const struct scope_paths *paths, struct clock clock,
	       int (*recall)(void *ctx, struct witness *ret, struct err *err), void *ctx,
	       struct err *err)
{
	*scope = (struct scope){
		.packaged_dir = paths->packaged_dir,
		.clock = clock,
		.recall = recall,
		.ctx = ctx,
	};
	scope->paths[SCOPE_POLICY] = strdup(paths->policy);
	scope->paths[SCOPE_ORDER] = strdup(paths->order);
	if (asprintf(&scope->paths[SCOPE_ORDER_NEXT], "%s.next", paths->order) < 0)
		scope->paths[SCOPE_ORDER_NEXT] = NULL;
	for (size_t i = 0; i < SCOPE_FILES; i++) {
		if (!scope->paths[i])
			return err_set(err, -ENOMEM, "out of memory");
	}
	return 0;
}

void scope_deinit(struct scope *scope)
{
	policy_free(scope->policy);
	scope->policy = NULL;
	for (size_t i = 0; i < SCOPE_FILES; i++)
		free(scope->paths[i]);
}

static bool has_changed(struct scope *scope, enum scope_file file)
{
	const struct stat *seen = &scope->seen[file];
	struct stat now = { 0 };
	bool changed;

	(void)stat(scope->paths[file], &now);
	changed = now.st_ino != seen->st_ino || now.st_size != seen->st_size ||
		  now.st_mode != seen->st_mode || now.st_uid != seen->st_uid ||
		  now.st_ctim.tv_sec != seen->st_ctim.tv_sec ||
		  now.st_ctim.tv_nsec != seen->st_ctim.tv_nsec;
	scope->seen[file] = now;
	return changed;
}

static bool read_file(const char *path, size_t max, char **ret, size_t *ret_len, struct err *err)
{
	return file_read_trusted(AT_FDCWD, path, 0, max, ret, ret_len, err) == 0;
}

/* The order, if it is the one that the log knows. */
static bool read_order(const struct scope *scope, struct order *ret, struct err *err)
{
	cleanup_free char *bytes = NULL;
	cleanup_diags struct diags diags = { 0 };
	char hash[ORDER_HASH_MAX];
	struct note note;
	size_t len = 0;

	if (!read_file(scope->paths[SCOPE_ORDER], ORDER_BYTES_MAX, &bytes, &len, err))
		return false;
	order_hash(bytes, len, hash);
	if (strcmp(hash, scope->witness.order_hash) != 0) {
		(void)err_set(err, -EKEYREJECTED, "%s is not the order that the log knows",
			      scope->paths[SCOPE_ORDER]);
		return false;
	}
	if (note_parse(bytes, len, &note, err) < 0)
		return false;
	if (order_load(scope->paths[SCOPE_ORDER], note.text, note.text_len, ret, &diags) == 0)
		return true;
	(void)diags_to_err(&diags, err);
	return false;
}

static int open_policy(struct scope *scope, const char *path, const struct order *trusted,
		       struct err *err)
{
	cleanup_free char *bytes = NULL;
	char signer[POLICY_WORD_MAX];
	size_t len = 0;

	if (!read_file(path, POLICY_BYTES_MAX, &bytes, &len, err))
		return err->code;
	return policy_open(path, bytes, len, trusted, &scope->policy, signer, err);
}

static int open_packaged(struct scope *scope, struct err *err)
{
	cleanup_free char *path = NULL;

	if (asprintf(&path, "%s/%s.policy", scope->packaged_dir, zone_name(scope->witness.zone)) <
	    0)
		return err_set(err, -ENOMEM, "out of memory");
	return open_policy(scope, path, NULL, err);
}

/* The same choice as sekishod makes. */
static void read_policy(struct scope *scope, struct err *err)
{
	bool is_enrolled = *scope->witness.order_hash != '\0';
	struct order order;

	policy_free(scope->policy);
	scope->policy = NULL;
	if (is_enrolled && scope->witness.version == 0) {
		(void)open_packaged(scope, err);
		return;
	}
	if (is_enrolled && !read_order(scope, &order, err))
		return;
	if (open_policy(scope, scope->paths[SCOPE_POLICY], is_enrolled ? &order : NULL, err) ==
		    -ENOENT &&
	    !is_enrolled) {
		*err = (struct err){ 0 };
		(void)open_packaged(scope, err);
	}
	if (is_enrolled && scope->policy && scope->policy->version < scope->witness.version) {
		policy_free(scope->policy);
		scope->policy = NULL;
		(void)err_set(err, -ESTALE, "%s is older than one that was in force",
			      scope->paths[SCOPE_POLICY]);
	}
}

static int64_t latest_us(struct scope *scope, int64_t wall_us)
{
	return clock_mark_pass(&scope->latest, wall_us, scope->clock.boot_us(scope->clock.ctx));
}

/* What a log that is down last said stays; a log that never answered leaves nothing known. */
static bool ask_log(struct scope *scope, struct err *err)
{
	struct witness witness = { 0 };

	if (scope->recall(scope->ctx, &witness, err) < 0) {
		scope->again_us = scope->clock.boot_us(scope->clock.ctx) + AGAIN_US;
		return false;
	}
	scope->again_us = 0;
	scope->witness = witness;
	(void)latest_us(scope, (int64_t)witness.latest_s * CLOCK_US_PER_SEC);
	scope->is_witnessed = true;
	return true;
}

static bool is_due(const struct scope *scope)
{
	return scope->again_us != 0 && scope->clock.boot_us(scope->clock.ctx) >= scope->again_us;
}

void scope_refresh(struct scope *scope)
{
	struct err err = { 0 };
	bool changed = !scope->is_read || is_due(scope);

	for (enum scope_file file = 0; file < SCOPE_FILES; file++)
		changed |= has_changed(scope, file);
	if (!changed)
		return;
	scope->is_read = true;
	scope->is_unfinished = scope->seen[SCOPE_ORDER_NEXT].st_ino != 0;
	if (ask_log(scope, &err) || scope->is_witnessed)
		read_policy(scope, &err);
	(void)snprintf(scope->detail, sizeof(scope->detail), "%s", err.text);
}

/* An order lies here that the log never heard of: it is another log. */
static bool is_orphan(const struct scope *scope)
{
	return !scope->witness.exists && scope->seen[SCOPE_ORDER].st_ino != 0;
}

void scope_of(struct scope *scope, const char *service, const char *user, bool any_token,
	      struct code_scope *ret)
{
	policy_minute now;
	bool is_sure;

	scope_refresh(scope);
	now = policy_minute_from_clock(latest_us(scope, scope->clock.wall_us(scope->clock.ctx)) /
				       CLOCK_US_PER_SEC);
	policy_code_scope(scope->policy, scope->witness.zone, service, user, now, ret);
	is_sure =
		scope->policy && scope->is_witnessed && !scope->is_unfinished && !is_orphan(scope);
	if (is_sure && scope->witness.zone == ZONE_UNASSIGNED)
		is_sure = ret->is_stated;
	if (!is_sure) {
		/* No terminal gets into mynumber without tokens: whoever has none there lost them.
		 */
		ret->need = any_token || scope->witness.zone == ZONE_MYNUMBER ? CODE_REQUIRED
									      : CODE_NONE;
		ret->exemption = 0;
	}
}
