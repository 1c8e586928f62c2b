/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/slots.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#define SLOT_STRIDE 4096 /* a slot never shares a page with another */
#define FILE_SIZE (2 * SLOT_STRIDE)
#define MAC_LEN 32

/* Bytes as they stand in the file; host byte order, the file never leaves the terminal. */
struct slot {
	char magic[8];
	uint64_t generation;
	uint8_t state[SLOTS_STATE_MAX];
	uint8_t mac[MAC_LEN]; /* over everything before it */
};

_Static_assert(sizeof(struct slot) <= SLOT_STRIDE, "a slot is a page");

static const char slot_magic[8] = "skSLOT01";

/* The file's name goes in: one state cannot be given out for another. */
static void authenticate(const struct slots *slots, const struct slot *slot,
			 uint8_t mac[static MAC_LEN])
{
	crypto_generichash_state hash;

	(void)crypto_generichash_init(&hash, slots->key, MFA_KEY_LEN, MAC_LEN);
	(void)crypto_generichash_update(&hash, (const unsigned char *)slots->name,
					strlen(slots->name) + 1);
	(void)crypto_generichash_update(&hash, (const unsigned char *)slot,
					offsetof(struct slot, mac));
	(void)crypto_generichash_final(&hash, mac, MAC_LEN);
}

int slots_read(const struct slots *slots, struct slots_state *ret, struct err *err)
{
	cleanup_free char *bytes = NULL;
	uint64_t newest = 0;
	size_t len = 0;
	int rc = file_read_own(slots->dir_fd, slots->name, FILE_SIZE, &bytes, &len, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < 2 && len == FILE_SIZE; i++) {
		uint8_t expected[MAC_LEN];
		struct slot slot;

		memcpy(&slot, bytes + i * SLOT_STRIDE, sizeof(slot));
		authenticate(slots, &slot, expected);
		if (sodium_memcmp(expected, slot.mac, MAC_LEN) != 0 ||
		    memcmp(slot.magic, slot_magic, sizeof(slot_magic)) != 0 ||
		    slot.generation <= newest)
			continue;
		newest = slot.generation;
		memcpy(ret->state, slot.state, slots->size);
	}
	if (newest == 0)
		return err_set(err, -EBADMSG, "%s is damaged; remedy: make new codes", slots->name);
	ret->generation = newest;
	return 0;
}

static void fill(const struct slots *slots, struct slots_state *state, struct slot *slot)
{
	state->generation++;
	*slot = (struct slot){ .generation = state->generation };
	memcpy(slot->magic, slot_magic, sizeof(slot_magic));
	memcpy(slot->state, state->state, slots->size);
	authenticate(slots, slot, slot->mac);
}

int slots_create(const struct slots *slots, struct slots_state *state, struct err *err)
{
	cleanup_free char *bytes = calloc(1, FILE_SIZE);
	struct slot slot;

	if (!bytes)
		return err_set(err, -ENOMEM, "out of memory");
	fill(slots, state, &slot);
	memcpy(bytes, &slot, sizeof(slot));
	memcpy(bytes + SLOT_STRIDE, &slot, sizeof(slot));
	return file_replace(slots->dir_fd, slots->name, bytes, FILE_SIZE, 0600, err);
}

int slots_write(const struct slots *slots, struct slots_state *state, struct err *err)
{
	cleanup_close int fd = -1;
	struct slot slot;
	ssize_t n;
	int rc = file_open_own(slots->dir_fd, slots->name, O_WRONLY, &fd, err);

	if (rc < 0)
		return rc;
	fill(slots, state, &slot);
	n = pwrite(fd, &slot, sizeof(slot), (off_t)(state->generation & 1) * SLOT_STRIDE);
	if (n != (ssize_t)sizeof(slot))
		return err_set(err, n < 0 ? -errno : -EIO, "write %s: %m", slots->name);
	if (fdatasync(fd) < 0)
		return err_set(err, -errno, "write %s: %m", slots->name);
	return 0;
}
