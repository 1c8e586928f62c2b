/* SPDX-License-Identifier: Apache-2.0 */

#include "media/manifest.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/log.h"
#include "core/text.h"
#include "media/expected.h"
#include "media/list_filter.h"
#include "media/listing.h"
#include "media/mount.h"
#include "media/tree.h"
#include "media/volume.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>

#define HEX_SIZE (2 * IPC_HASH_SIZE + 1)

static bool is_wanted(void *ctx)
{
	struct pollfd connection = { .fd = *(const int *)ctx };

	return poll(&connection, 1, 0) <= 0;
}

static void add(crypto_hash_sha256_state *state, const char *text, size_t len)
{
	(void)crypto_hash_sha256_update(state, (const uint8_t *)text, len);
}

/* As sha256sum(1) writes a name, with what else would end the line escaped. */
static void add_name(crypto_hash_sha256_state *state, const char *name)
{
	for (; *name; name++) {
		if (*name == '\n')
			add(state, "\\n", 2);
		else if (*name == '\r')
			add(state, "\\r", 2);
		else if (*name == '\\')
			add(state, "\\\\", 2);
		else
			add(state, name, 1);
	}
}

/* One line of sha256sum(1) for each. */
static void sum(const struct media_tree *tree, uint8_t *ret)
{
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < tree->n; i++) {
		const struct media_file *file = &tree->files[i];
		char hex[HEX_SIZE];

		(void)sodium_bin2hex(hex, sizeof(hex), file->hash, IPC_HASH_SIZE);
		if (strpbrk(file->name, "\n\r\\"))
			add(&state, "\\", 1);
		add(&state, hex, HEX_SIZE - 1);
		add(&state, "  ", 2);
		add_name(&state, file->name);
		add(&state, "\n", 1);
	}
	(void)crypto_hash_sha256_final(&state, ret);
}

static void keep(struct listing *listing, const struct media_tree *tree,
		 struct ipc_media_listed *answer)
{
	struct err err = { 0 };
	int rc;

	for (size_t i = 0; i < tree->n; i++) {
		const struct media_file *file = &tree->files[i];
		char name[LISTING_NAME_MAX];
		char hex[HEX_SIZE];

		(void)text_escape(name, sizeof(name), file->name, strlen(file->name));
		(void)sodium_bin2hex(hex, sizeof(hex), file->hash, IPC_HASH_SIZE);
		listing_put(listing, hex, file->size, name);
	}
	if (listing_is_cut(listing))
		answer->flags |= IPC_WRITTEN_CUT;
	rc = listing_close(listing, &answer->list, answer->list_hash, &err);
	if (rc == 0)
		answer->flags |= IPC_WRITTEN_LISTED;
	else if (rc != -ENOENT)
		answer->flags |= IPC_WRITTEN_UNKEPT;
	if (err.code < 0)
		log_error("%s", err.text);
}

static int list(const struct ipc_media_list *request, int mount_fd, int connection,
		struct listing *listing, struct ipc_media_listed *answer, struct err *err)
{
	cleanup_media_tree struct media_tree tree = { 0 };
	size_t n = request->n_expected;
	struct expected counts;
	int rc = media_tree_read(mount_fd, is_wanted, &connection, &tree, err);

	if (rc < 0)
		return rc;
	counts = expected_compare(mount_fd, &tree, request->expected, n);
	answer->files = tree.n;
	answer->bytes = tree.bytes;
	answer->matching = counts.matching;
	answer->changed = counts.changed;
	answer->missing = counts.missing;
	answer->extra = counts.extra;
	sum(&tree, answer->manifest);
	if (listing)
		keep(listing, &tree, answer);
	return 0;
}

int manifest_make(const struct ipc_media_list *request, int connection,
		  struct ipc_media_listed *answer, struct err *err)
{
	cleanup_with(volume_close) struct volume volume = VOLUME_NONE;
	cleanup_close int mount_fd = -1;
	struct listing *listing = NULL;
	int rc = volume_open(&request->mount, &volume, err);

	if (request->n_expected > IPC_EXPECTED_MAX || request->mount.writable)
		return err_set(err, -EPROTO, "that is no question about a company's medium");
	/* A large medium takes its time; what is on it does not decide how much of the processor.
	 */
	(void)signal(SIGXCPU, SIG_IGN);
	if (rc == 0)
		rc = mount_unseen(&volume, &request->mount, &mount_fd, err);
	if (rc == 0 && request->mount.lists)
		rc = listing_open(request->mount.record_key, &listing, err);
	if (rc == 0)
		rc = list_filter_install(err);
	if (rc == 0)
		rc = list(request, mount_fd, connection, listing, answer, err);
	listing_free(listing);
	return rc;
}
