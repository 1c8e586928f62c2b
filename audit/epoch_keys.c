/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/epoch_keys.h"

#include "core/err.h"
#include "core/file.h"
#include "note/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_SLOTS 2
#define SLOT_DISTANCE 4096 /* bytes: no disk writes more than this as one piece */

/* As on the disk; read by the machine that wrote it. */
struct slot {
	char magic[16];
	uint64_t number;
	uint8_t seed[SIGNER_SEED_SIZE];
	uint8_t digest[32]; /* SHA-256 of what stands before */
};

static const char magic[16] = "sekisho-epoch/1";

struct key {
	struct epoch epoch;
	struct signer *signer; /* NULL: no key */
};

struct epoch_keys {
	int fd;
	struct key current;
	struct key next;
	bool in_slot[N_SLOTS]; /* true: this slot holds nothing but the current or next key */
	struct slot *slots;    /* guarded memory; what the file holds, as far as it is whole */
};

static void digest(const struct slot *slot, uint8_t ret[32])
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, offsetof(struct slot, digest), (const uint8_t *)slot);
	sha256_digest(&ctx, 32, ret);
}

void epoch_keys_free(struct epoch_keys *keys)
{
	if (keys->current.signer)
		signer_free(keys->current.signer);
	if (keys->next.signer)
		signer_free(keys->next.signer);
	sodium_free(keys->slots);
	closep(&keys->fd);
	free(keys);
}

static struct epoch_keys *keys_new(struct err *err)
{
	cleanup_epoch_keys struct epoch_keys *keys = calloc(1, sizeof(*keys));

	if (keys)
		keys->fd = -1;
	if (keys && sodium_init() >= 0)
		keys->slots = sodium_malloc(N_SLOTS * sizeof(struct slot));
	if (!keys || !keys->slots) {
		(void)err_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	sodium_memzero(keys->slots, N_SLOTS * sizeof(struct slot));
	return take_ptr(&keys);
}

static int key_from_slot(const struct slot *slot, struct key *ret, struct err *err)
{
	struct key key = { .epoch.number = slot->number };
	char name[32];
	int rc;

	(void)snprintf(name, sizeof(name), "e/%" PRIu64, slot->number);
	rc = signer_from_seed(name, slot->seed, &key.signer, err);
	if (rc < 0)
		return rc;
	memcpy(key.epoch.public, signer_public(key.signer)->public, NOTE_PUBLIC_SIZE);
	*ret = key;
	return 0;
}

static int write_slot(struct epoch_keys *keys, unsigned int i, const struct slot *slot,
		      struct err *err)
{
	ssize_t n;

	keys->in_slot[i] = false;
	n = pwrite(keys->fd, slot, sizeof(*slot), (off_t)i * SLOT_DISTANCE);
	if (n >= 0 && n != (ssize_t)sizeof(*slot))
		errno = EIO;
	if (n != (ssize_t)sizeof(*slot) || fdatasync(keys->fd) < 0)
		return err_set(err, -errno, "write %s: %m", EPOCH_KEYS_FILE);
	if (slot != &keys->slots[i])
		keys->slots[i] = *slot;
	keys->in_slot[i] = true;
	return 0;
}

static void fill_slot(struct slot *slot, uint64_t number)
{
	memcpy(slot->magic, magic, sizeof(magic));
	slot->number = number;
	randombytes_buf(slot->seed, sizeof(slot->seed));
	digest(slot, slot->digest);
}

static bool slot_is_whole(const struct slot *slot)
{
	uint8_t expected[32];

	digest(slot, expected);
	return memcmp(slot->magic, magic, sizeof(magic)) == 0 && slot->number <= EPOCH_NUMBER_MAX &&
	       sodium_memcmp(expected, slot->digest, sizeof(expected)) == 0;
}

/* One whole slot, two equal ones, or two that follow each other. */
static int take_slots(struct epoch_keys *keys, struct err *err)
{
	const struct slot *slots = keys->slots;
	bool whole[N_SLOTS] = { slot_is_whole(&slots[0]), slot_is_whole(&slots[1]) };
	unsigned int older;
	int rc;

	if (!whole[0] && !whole[1])
		return err_set(err, -EBADMSG,
			       "%s is broken; remedy: keep a copy of the log for the auditor, move "
			       "it aside and give the auditor the new vkey",
			       EPOCH_KEYS_FILE);
	older = !whole[0] || (whole[1] && slots[1].number < slots[0].number);
	rc = key_from_slot(&slots[older], &keys->current, err);
	if (rc == 0 && whole[!older] && slots[!older].number == slots[older].number + 1)
		rc = key_from_slot(&slots[!older], &keys->next, err);
	keys->in_slot[older] = true;
	keys->in_slot[!older] =
		keys->next.signer || memcmp(&slots[0], &slots[1], sizeof(slots[0])) == 0;
	return rc;
}

int epoch_keys_open(int dirfd, struct epoch_keys **ret, struct err *err)
{
	cleanup_epoch_keys struct epoch_keys *keys = keys_new(err);
	struct stat st;
	int rc;

	if (!keys)
		return err->code;
	keys->fd = openat(dirfd, EPOCH_KEYS_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (keys->fd < 0 || fstat(keys->fd, &st) < 0)
		return err_set(err, -errno, "open %s: %m", EPOCH_KEYS_FILE);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, -EPERM,
			       "%s could have been read by others; remedy: keep a copy of the log "
			       "for the auditor, move it aside and give the auditor the new vkey",
			       EPOCH_KEYS_FILE);
	for (unsigned int i = 0; i < N_SLOTS; i++) {
		if (pread(keys->fd, &keys->slots[i], sizeof(struct slot),
			  (off_t)i * SLOT_DISTANCE) < 0)
			return err_set(err, -errno, "read %s: %m", EPOCH_KEYS_FILE);
	}
	rc = take_slots(keys, err);
	if (rc == 0)
		*ret = take_ptr(&keys);
	return rc;
}

int epoch_keys_create(int dirfd, struct epoch_keys **ret, struct err *err)
{
	cleanup_epoch_keys struct epoch_keys *keys = keys_new(err);
	int rc;

	if (!keys)
		return err->code;
	keys->fd = openat(dirfd, EPOCH_KEYS_FILE,
			  O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (keys->fd < 0)
		return err_set(err, -errno, "create %s: %m", EPOCH_KEYS_FILE);
	fill_slot(&keys->slots[0], 0);
	rc = key_from_slot(&keys->slots[0], &keys->current, err);
	for (unsigned int i = 0; rc == 0 && i < N_SLOTS; i++)
		rc = write_slot(keys, i, &keys->slots[0], err);
	if (rc == 0 && fsync(dirfd) < 0)
		rc = err_set(err, -errno, "write %s: %m", EPOCH_KEYS_FILE);
	if (rc == 0)
		*ret = take_ptr(&keys);
	return rc;
}

const struct epoch *epoch_keys_current(const struct epoch_keys *keys)
{
	return &keys->current.epoch;
}

const struct epoch *epoch_keys_prepared(const struct epoch_keys *keys)
{
	return keys->next.signer ? &keys->next.epoch : NULL;
}

void epoch_keys_sign(const struct epoch_keys *keys, const char *text, size_t len,
		     uint8_t ret[NOTE_SIGNATURE_SIZE])
{
	signer_sign(keys->current.signer, text, len, ret);
}

int epoch_keys_prepare(struct epoch_keys *keys, struct err *err)
{
	uint64_t number = keys->current.epoch.number + 1;
	unsigned int other;
	struct key next = { 0 };
	int rc;

	if (keys->next.signer)
		return 0;
	rc = epoch_keys_erase(keys, err); /* both slots hold the current key now */
	if (rc < 0)
		return rc;
	other = number % N_SLOTS;
	fill_slot(&keys->slots[other], number);
	rc = key_from_slot(&keys->slots[other], &next, err);
	if (rc == 0)
		rc = write_slot(keys, other, &keys->slots[other], err);
	if (rc == 0)
		keys->next = next;
	else if (next.signer)
		signer_free(next.signer);
	if (rc < 0)
		keys->slots[other] = keys->slots[!other];
	return rc;
}

void epoch_keys_advance(struct epoch_keys *keys)
{
	uint64_t old = keys->current.epoch.number;

	signer_free(keys->current.signer);
	keys->current = keys->next;
	keys->next = (struct key){ 0 };
	for (unsigned int i = 0; i < N_SLOTS; i++) {
		if (keys->slots[i].number == old)
			keys->in_slot[i] = false;
	}
}

int epoch_keys_erase(struct epoch_keys *keys, struct err *err)
{
	int rc = 0;

	for (unsigned int i = 0; rc == 0 && i < N_SLOTS; i++) {
		if (!keys->in_slot[i])
			rc = write_slot(keys, i, &keys->slots[!i], err);
	}
	return rc;
}
