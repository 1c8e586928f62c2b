/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/exceptions.h"

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (64 * 1024)

static struct elapsed_now now_of(const struct exceptions *exceptions)
{
	struct elapsed_now now = {
		.wall_s = clock_read_us(CLOCK_REALTIME) / CLOCK_US_PER_SEC,
		.boot_us = clock_read_us(CLOCK_BOOTTIME),
	};

	memcpy(now.boot, exceptions->boot, sizeof(now.boot));
	return now;
}

static int open_folder(const struct exceptions *exceptions, struct err *err)
{
	int fd = open(exceptions->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_set(err, -errno, "%s: %m", exceptions->state_dir) : fd;
}

static int save(const struct exceptions *exceptions, struct err *err)
{
	cleanup_close int dirfd = open_folder(exceptions, err);
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out = dirfd < 0 ? NULL : open_memstream(&text, &len);

	if (dirfd < 0)
		return dirfd;
	for (size_t i = 0; out && i < exceptions->n; i++)
		exception_print(&exceptions->list[i], out);
	if (!out || fclose(out) != 0)
		return err_set(err, -ENOMEM, "no memory is left; remedy: close programs");
	return file_replace(dirfd, EXCEPTIONS_FILE, text, len, 0600, err);
}

static int read_all(struct exceptions *exceptions, struct err *err)
{
	cleanup_close int dirfd = open_folder(exceptions, err);
	cleanup_free char *text = NULL;
	cleanup_diags struct diags diags = { 0 };
	size_t len = 0;
	int rc = dirfd < 0 ? dirfd
			   : file_read_own(dirfd, EXCEPTIONS_FILE, FILE_MAX, &text, &len, err);

	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (exception_load_all(EXCEPTIONS_FILE, text, len, exceptions->list, POLICY_EXCEPTIONS_MAX,
			       &exceptions->n, &diags) < 0)
		return diags_to_err(&diags, err);
	return 0;
}

static void drop(struct exceptions *exceptions, size_t i)
{
	exceptions->n--;
	memmove(&exceptions->list[i], &exceptions->list[i + 1],
		(exceptions->n - i) * sizeof(exceptions->list[0]));
}

/* Time goes by.  Return: true when one has come to its end. */
static bool pass(struct exceptions *exceptions)
{
	const struct elapsed_now now = now_of(exceptions);
	int64_t next_s = ELAPSED_KEEP_S;
	bool is_changed = false;
	struct err err = { 0 };

	for (size_t i = 0; i < exceptions->n;) {
		struct exception *exception = &exceptions->list[i];
		int64_t left_s;

		elapsed_pass(&exception->since, &now);
		left_s = exception_left_s(exception);
		if (left_s == 0) {
			const struct exception over = *exception;

			drop(exceptions, i);
			is_changed = true;
			exceptions->ended(exceptions, &over);
			continue;
		}
		next_s = left_s < next_s ? left_s : next_s;
		i++;
	}
	if ((exceptions->n > 0 || is_changed) && save(exceptions, &err) < 0)
		log_error("the time of an exception cannot be kept: %s", err.text);
	loop_timer_set(&exceptions->timer, exceptions->n > 0 ? (next_s + 1) * CLOCK_US_PER_SEC : 0);
	return is_changed;
}

static void timer_expired(struct loop_timer *timer)
{
	struct exceptions *exceptions = container_of(timer, struct exceptions, timer);

	if (pass(exceptions))
		exceptions->changed(exceptions);
}

int exceptions_init(struct exceptions *exceptions, struct loop *loop, const char *state_dir,
		    const uint8_t boot[static ELAPSED_BOOT_LEN], struct err *err)
{
	struct err why = { 0 };

	exceptions->loop = loop;
	exceptions->state_dir = state_dir;
	memcpy(exceptions->boot, boot, sizeof(exceptions->boot));
	if (read_all(exceptions, &why) < 0) {
		(void)snprintf(exceptions->detail, sizeof(exceptions->detail), "%s", why.text);
		log_error("no exception is in force: %s", why.text);
	}
	return loop_timer_init(loop, &exceptions->timer, timer_expired, err);
}

void exceptions_deinit(struct exceptions *exceptions)
{
	if (exceptions->loop)
		loop_timer_deinit(exceptions->loop, &exceptions->timer);
}

void exceptions_start(struct exceptions *exceptions)
{
	(void)pass(exceptions);
	if (exceptions->n > 0)
		exceptions->changed(exceptions);
}

const struct exception *exceptions_find(const struct exceptions *exceptions, const char *name)
{
	for (size_t i = 0; i < exceptions->n; i++) {
		if (strcmp(exceptions->list[i].name, name) == 0)
			return &exceptions->list[i];
	}
	return NULL;
}

int exceptions_declare(struct exceptions *exceptions, const struct exception *exception,
		       int64_t hours, struct err *err)
{
	const struct elapsed_now now = now_of(exceptions);
	struct exception *place = &exceptions->list[exceptions->n];
	int rc;

	if (exceptions->n == POLICY_EXCEPTIONS_MAX)
		return err_set(err, -ENOSPC,
			       "%d exceptions are declared already; remedy: end one of them",
			       POLICY_EXCEPTIONS_MAX);
	*place = *exception;
	place->span_s = hours * 3600;
	elapsed_begin(&place->since, &now);
	exceptions->n++;
	rc = save(exceptions, err);
	if (rc < 0) {
		exceptions->n--;
		return rc;
	}
	*exceptions->detail = '\0';
	exceptions_start(exceptions);
	return 0;
}

int exceptions_end(struct exceptions *exceptions, const char *name, struct err *err)
{
	const struct exception *found = exceptions_find(exceptions, name);
	int rc;

	if (!found)
		return err_set(err, -ENOENT,
			       "no exception '%s' is declared; remedy: sekisho "
			       "exception list",
			       name);
	drop(exceptions, (size_t)(found - exceptions->list));
	rc = save(exceptions, err);
	exceptions->changed(exceptions);
	return rc;
}

int64_t exceptions_left_s(const struct exceptions *exceptions, const struct exception *exception)
{
	const struct elapsed_now now = now_of(exceptions);
	struct exception copy = *exception;

	elapsed_pass(&copy.since, &now);
	return exception_left_s(&copy);
}

void exceptions_fill(const struct exceptions *exceptions, struct policy_circumstances *at)
{
	at->n_exceptions = 0;
	for (size_t i = 0; i < exceptions->n; i++) {
		const struct exception *exception = &exceptions->list[i];

		if (exceptions_left_s(exceptions, exception) > 0)
			strcpy(at->exceptions[at->n_exceptions++], exception->name);
	}
}
