/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/verify_front.h"

#include "core/cleanup.h"
#include "core/err.h"

#include <errno.h>
#include <fcntl.h>

#define WITNESS_MAX 8192 /* bytes of a note with every signature it may have */
#define BAR_WIDTH 40

/* The terminal's cursor stays at the beginning of the line, for whatever else is said. */
static void show_bar(void *ctx, uint64_t done, uint64_t total)
{
	unsigned int *shown = ctx;
	unsigned int percent = total > done ? (unsigned int)(done * 100 / total) : 100;
	int filled = (int)percent * BAR_WIDTH / 100;

	if (percent == *shown)
		return;
	*shown = percent;
	fprintf(stderr, "[%.*s%*s] %3u %%\r", filled, "########################################",
		BAR_WIDTH - filled, "", percent);
	(void)fflush(stderr);
}

static void hide_bar(unsigned int shown)
{
	if (shown > 0)
		fprintf(stderr, "%*s\r", BAR_WIDTH + 9, "");
}

static int load_witness(const char *name, char *out, size_t *ret_len, struct err *err)
{
	cleanup_close int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd < 0 ? -1 : read(fd, out, WITNESS_MAX);

	if (len < 0)
		return err_set(err, -errno, "read %s: %m", name);
	*ret_len = (size_t)len;
	return 0;
}

int verify_front_run(const struct verify_front *front, struct verify_result *ret, struct err *err)
{
	struct verify_options options = { .depth = front->depth };
	char witness[WITNESS_MAX];
	unsigned int shown = 0;
	struct note_key key;
	int rc = 0;

	if (front->key) {
		rc = note_key_load(front->key, &key, err);
		options.key = &key;
	}
	if (rc == 0 && front->witness) {
		rc = load_witness(front->witness, witness, &options.witness_len, err);
		options.witness = witness;
	}
	if (rc < 0)
		return rc;
	if (isatty(STDERR_FILENO)) {
		options.progress = show_bar;
		options.progress_ctx = &shown;
	}
	rc = verify_log_with(front->path, &options, ret, err);
	hide_bar(shown);
	return rc;
}
