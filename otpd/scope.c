/* SPDX-License-Identifier: Apache-2.0 */

#include "otpd/scope.h"

#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void scope_init(struct scope *scope, const char *policy_path, const char *terminal_path)
{
	*scope = (struct scope){
		.policy_file = { .path = policy_path, .code = -EAGAIN },
		.terminal_file = { .path = terminal_path, .code = -EAGAIN },
	};
}

void scope_deinit(struct scope *scope)
{
	policy_free(scope->policy);
	scope->policy = NULL;
}

static bool has_changed(struct scope_file *file)
{
	struct stat now = { 0 };
	bool first = file->code == -EAGAIN;
	bool changed;

	(void)stat(file->path, &now);
	changed = first || now.st_ino != file->seen.st_ino || now.st_size != file->seen.st_size ||
		  now.st_mode != file->seen.st_mode || now.st_uid != file->seen.st_uid ||
		  now.st_ctim.tv_sec != file->seen.st_ctim.tv_sec ||
		  now.st_ctim.tv_nsec != file->seen.st_ctim.tv_nsec;
	file->seen = now;
	return changed;
}

static void read_policy(struct scope *scope, struct err *err)
{
	cleanup_free char *text = NULL;
	cleanup_diags struct diags diags = { 0 };
	size_t len;
	int rc;

	policy_free(scope->policy);
	scope->policy = NULL;
	rc = file_read_trusted(AT_FDCWD, scope->policy_file.path, 0, POLICY_BYTES_MAX, &text, &len,
			       err);
	if (rc == 0 && policy_load(&(struct policy_source){ .file = scope->policy_file.path,
							    .text = text,
							    .len = len },
				   &scope->policy, &diags) < 0)
		rc = diags_to_err(&diags, err);
	scope->policy_file.code = rc;
}

static void read_terminal(struct scope *scope, struct err *err)
{
	cleanup_free char *text = NULL;
	struct terminal terminal = { .zone = ZONE_UNASSIGNED };
	size_t len;
	int rc = file_read_trusted(AT_FDCWD, scope->terminal_file.path, 0, TERMINAL_FILE_MAX, &text,
				   &len, err);

	if (rc == 0)
		rc = terminal_parse(scope->terminal_file.path, text, len, &terminal, err);
	/* Unreadable later: the last zone stays; absent from the start: unassigned. */
	if (rc == 0)
		scope->terminal = terminal;
	scope->terminal_file.code = rc;
}

static void refresh(struct scope *scope, struct scope_file *file,
		    void (*read)(struct scope *scope, struct err *err))
{
	struct err err = { 0 };

	if (!has_changed(file))
		return;
	read(scope, &err);
	(void)snprintf(file->detail, sizeof(file->detail), "%s", err.text);
}

void scope_refresh(struct scope *scope)
{
	const struct scope_file *wrong = &scope->policy_file;

	refresh(scope, &scope->policy_file, read_policy);
	refresh(scope, &scope->terminal_file, read_terminal);
	if (wrong->code == 0 && scope->terminal_file.code != -ENOENT)
		wrong = &scope->terminal_file;
	(void)snprintf(scope->detail, sizeof(scope->detail), "%s", wrong->detail);
}

enum code_need scope_need(struct scope *scope, const char *service, bool any_token)
{
	struct code_scope found;
	bool zone_known;

	scope_refresh(scope);
	zone_known = scope->terminal_file.code == 0 || scope->terminal_file.code == -ENOENT;
	if (!scope->policy || !zone_known)
		return any_token ? CODE_REQUIRED : CODE_NONE;
	if (scope->terminal.zone == ZONE_UNASSIGNED &&
	    !scope->policy->zones[ZONE_UNASSIGNED].present)
		return any_token ? CODE_REQUIRED : CODE_NONE;
	policy_code_scope(scope->policy, scope->terminal.zone, service, "",
			  policy_minute_from_clock(clock_read_us(CLOCK_REALTIME) /
						   CLOCK_US_PER_SEC),
			  &found);
	return found.need;
}
