/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/permit_store.h"

#include "agent/permits.h"
#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "core/log.h"
#include "core/parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNTER "count" /* is no number of a permit */
#define FILE_MAX (16 * 1024)

int permit_store_open(const char *state_dir, int *ret_fd, struct err *err)
{
	cleanup_close int state_fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (state_fd < 0)
		return err_set(err, -errno, "%s: %m", state_dir);
	if (mkdirat(state_fd, PERMITS_DIR, 0700) < 0 && errno != EEXIST)
		return err_set(err, -errno, "%s/" PERMITS_DIR ": %m", state_dir);
	*ret_fd = openat(state_fd, PERMITS_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret_fd < 0 ? err_set(err, -errno, "%s/" PERMITS_DIR ": %m", state_dir) : 0;
}

static int read_one(int dirfd, const char *name, struct permit *permit,
		    struct permit_record *record, struct err *err)
{
	cleanup_free char *text = NULL;
	cleanup_diags struct diags diags = { 0 };
	size_t len = 0;
	int rc = file_read_own(dirfd, name, FILE_MAX, &text, &len, err);

	if (rc < 0)
		return rc;
	if (permit_load(name, text, len, permit, record, &diags) < 0)
		return diags_to_err(&diags, err);
	return strcmp(permit->number, name) == 0
		       ? 0
		       : err_set(err, -EBADMSG, "%s: it holds permit %s", name, permit->number);
}

/* "NAME.new" is what a crash left of a write that nobody was told about. */
static bool is_permit(const char *name)
{
	size_t len = strlen(name);

	return *name != '.' && strcmp(name, COUNTER) != 0 &&
	       !(len > 4 && strcmp(name + len - 4, ".new") == 0);
}

void permit_store_each(int dirfd,
		       void (*found)(void *ctx, const struct permit *permit,
				     const struct permit_record *record),
		       void *ctx)
{
	cleanup_closedir DIR *dir = file_list(dirfd, ".");
	const struct dirent *entry;

	if (!dir)
		log_error("the permits cannot be read, and none holds: %m");
	while (dir && (entry = readdir(dir))) {
		struct permit permit;
		struct permit_record record;
		struct err err = { 0 };

		if (!is_permit(entry->d_name))
			continue;
		if (read_one(dirfd, entry->d_name, &permit, &record, &err) == 0)
			found(ctx, &permit, &record);
		else
			log_error("a permit does not hold: " PERMITS_DIR "/%s", err.text);
	}
}

bool permit_store_is_free(int dirfd, const char *number)
{
	return is_permit(number) && faccessat(dirfd, number, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	       errno == ENOENT;
}

int permit_store_write(int dirfd, const struct permit *permit, const struct permit_record *record,
		       struct err *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int rc = out ? permit_print(permit, record, out) : -ENOMEM;

	if (out && fclose(out) != 0)
		rc = -ENOMEM;
	if (rc < 0)
		return err_set(err, rc, "no memory is left; remedy: close programs");
	return file_replace(dirfd, permit->number, text, len, 0600, err);
}

int permit_store_remove(int dirfd, const char *number, struct err *err)
{
	return unlinkat(dirfd, number, 0) < 0 ? err_set(err, -errno, "%s: %m", number) : 0;
}

int permit_store_count(int dirfd, uint64_t *ret, struct err *err)
{
	cleanup_free char *text = NULL;
	char next[32];
	uint64_t count = 0;
	size_t len = 0;
	int rc = file_read_own(dirfd, COUNTER, sizeof(next), &text, &len, err);

	if (rc == 0)
		rc = parse_u64(text, INT64_MAX - 1, &count, err);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	(void)snprintf(next, sizeof(next), "%" PRIu64, count + 1);
	rc = file_replace(dirfd, COUNTER, next, strlen(next), 0600, err);
	if (rc == 0)
		*ret = count + 1;
	return rc;
}
