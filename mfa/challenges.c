/* SPDX-License-Identifier: Apache-2.0 */

#include "mfa/challenges.h"

#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>

#define SLOT_STRIDE 4096 /* a slot never shares a page with another */
#define PLACE_STRIDE (2 * SLOT_STRIDE)
#define FILE_SIZE (CHALLENGES_MAX * PLACE_STRIDE)
#define MAC_LEN 32
#define SUBKEY_MAC 18 /* mfa/escrow.c has those before it */

/* Bytes as they stand in the file; host byte order, the file never leaves the terminal. */
struct slot {
	char magic[8];
	uint64_t place;
	struct challenge challenge;
	uint8_t mac[MAC_LEN]; /* over everything before it */
};

static const char slot_magic[8] = "skTMPch1";

struct challenges {
	int fd;
	uint8_t *key; /* sodium_malloc() */
	unsigned int n_damaged;
	bool is_damaged[CHALLENGES_MAX];
	struct challenge places[CHALLENGES_MAX];
};

static void authenticate(const struct challenges *challenges, const struct slot *slot,
			 uint8_t mac[static MAC_LEN])
{
	(void)crypto_generichash(mac, MAC_LEN, (const unsigned char *)slot,
				 offsetof(struct slot, mac), challenges->key, MFA_KEY_LEN);
}

static bool is_empty(const char *bytes)
{
	return sodium_is_zero((const unsigned char *)bytes, PLACE_STRIDE);
}

/* The newest slot that verifies; none, in a place that is not empty, is damage. */
static void read_place(struct challenges *challenges, size_t place, const char *bytes)
{
	struct challenge *found = &challenges->places[place];

	for (size_t i = 0; i < 2; i++) {
		uint8_t expected[MAC_LEN];
		struct slot slot;

		memcpy(&slot, bytes + i * SLOT_STRIDE, sizeof(slot));
		authenticate(challenges, &slot, expected);
		if (sodium_memcmp(expected, slot.mac, MAC_LEN) == 0 && slot.place == place &&
		    memcmp(slot.magic, slot_magic, sizeof(slot_magic)) == 0 &&
		    slot.challenge.generation > found->generation)
			*found = slot.challenge;
	}
	challenges->is_damaged[place] = found->generation == 0 && !is_empty(bytes);
	challenges->n_damaged += challenges->is_damaged[place];
}

static int read_file(struct challenges *challenges, int dir_fd, struct err *err)
{
	cleanup_free char *bytes = NULL;
	size_t len = 0;
	int rc = file_read_own(dir_fd, CHALLENGES_FILE, FILE_SIZE, &bytes, &len, err);

	if (rc == -ENOENT) {
		free(bytes);
		bytes = calloc(1, FILE_SIZE);
		if (!bytes)
			return err_set(err, -ENOMEM, "out of memory");
		len = FILE_SIZE;
		rc = file_replace(dir_fd, CHALLENGES_FILE, bytes, FILE_SIZE, 0600, err);
	}
	if (rc == 0 && len != FILE_SIZE)
		rc = err_set(err, -EBADMSG,
			     "the file of temporary codes is damaged; remedy: keep a copy of "
			     "%s, remove it, and restart sekisho-otpd",
			     CHALLENGES_FILE);
	for (size_t i = 0; rc == 0 && i < CHALLENGES_MAX; i++)
		read_place(challenges, i, bytes + i * PLACE_STRIDE);
	return rc;
}

int challenges_open(const char *dir, const uint8_t host_key[static MFA_KEY_LEN],
		    struct challenges **ret, struct err *err)
{
	static const char context[crypto_kdf_CONTEXTBYTES] = "sekisho1";
	cleanup_challenges struct challenges *challenges = calloc(1, sizeof(*challenges));
	cleanup_close int dir_fd = -1;
	int rc;

	if (!challenges)
		return err_set(err, -ENOMEM, "out of memory");
	challenges->fd = -1;
	rc = file_open_own_dir(dir, &dir_fd, err);
	if (rc < 0)
		return rc;
	challenges->key = sodium_malloc(MFA_KEY_LEN);
	if (!challenges->key)
		return err_set(err, -ENOMEM, "out of memory");
	(void)crypto_kdf_derive_from_key(challenges->key, MFA_KEY_LEN, SUBKEY_MAC, context,
					 host_key);
	rc = read_file(challenges, dir_fd, err);
	if (rc == 0)
		rc = file_open_own(dir_fd, CHALLENGES_FILE, O_WRONLY, &challenges->fd, err);
	if (rc == 0)
		*ret = take_ptr(&challenges);
	return rc;
}

void challenges_free(struct challenges *challenges)
{
	if (!challenges)
		return;
	if (challenges->fd >= 0)
		(void)close(challenges->fd);
	sodium_free(challenges->key);
	free(challenges);
}

unsigned int challenges_damaged(const struct challenges *challenges)
{
	return challenges->n_damaged;
}

struct challenge *challenges_find(struct challenges *challenges, enum temporary_purpose purpose,
				  const char *user)
{
	for (size_t i = 0; i < CHALLENGES_MAX; i++) {
		struct challenge *challenge = &challenges->places[i];

		if (challenge->generation > 0 && challenge->state.purpose == purpose &&
		    strncmp(challenge->user, user, sizeof(challenge->user)) == 0)
			return challenge;
	}
	return NULL;
}

struct challenge *challenges_place(struct challenges *challenges, enum temporary_purpose purpose,
				   const char *user, const struct elapsed_now *now)
{
	const struct throttle_now boot = throttle_at(now);
	struct challenge *found = challenges_find(challenges, purpose, user);

	if (found || strlen(user) >= sizeof(found->user))
		return found;
	for (size_t i = 0; i < CHALLENGES_MAX; i++) {
		struct challenge *challenge = &challenges->places[i];

		if (challenges->is_damaged[i] ||
		    (*challenge->user && (!temporary_is_over(&challenge->state) ||
					  throttle_wait(&challenge->state.throttle, &boot) > 0)))
			continue;
		if (!found || challenge->state.since.latest_s < found->state.since.latest_s)
			found = challenge;
	}
	if (found) {
		*found = (struct challenge){ .generation = found->generation,
					     .state.purpose = (uint8_t)purpose };
		strcpy(found->user, user);
	}
	return found;
}

int challenges_save(struct challenges *challenges, struct challenge *challenge, struct err *err)
{
	struct slot slot = { .place = (uint64_t)(challenge - challenges->places) };
	off_t offset = (off_t)slot.place * PLACE_STRIDE;
	ssize_t n;

	challenge->generation++;
	offset += (off_t)(challenge->generation & 1) * SLOT_STRIDE;
	memcpy(slot.magic, slot_magic, sizeof(slot_magic));
	slot.challenge = *challenge;
	authenticate(challenges, &slot, slot.mac);
	n = pwrite(challenges->fd, &slot, sizeof(slot), offset);
	if (n != (ssize_t)sizeof(slot))
		return err_set(err, n < 0 ? -errno : -EIO, "write %s: %m", CHALLENGES_FILE);
	if (fdatasync(challenges->fd) < 0)
		return err_set(err, -errno, "write %s: %m", CHALLENGES_FILE);
	return 0;
}

unsigned int challenges_pass(struct challenges *challenges, const struct elapsed_now *now,
			     struct err *err)
{
	unsigned int n = 0;

	for (size_t i = 0; i < CHALLENGES_MAX; i++) {
		struct challenge *challenge = &challenges->places[i];

		if (temporary_is_over(&challenge->state))
			continue;
		temporary_pass(&challenge->state, now);
		(void)challenges_save(challenges, challenge, err);
		n += !temporary_is_over(&challenge->state);
	}
	return n;
}
