/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/key.h"

#include "core/err.h"
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#define SECRET_PREFIX "PRIVATE+KEY+"
#define SECRET_MAX 512 /* bytes of the file */
#define TYPED_SIZE (1 + crypto_sign_SEEDBYTES)
#define TYPED_TEXT sodium_base64_ENCODED_LEN(TYPED_SIZE, sodium_base64_VARIANT_ORIGINAL)

struct identity {
	struct note_key public;
	unsigned char *secret; /* crypto_sign_SECRETKEYBYTES, guarded */
};

/* Guarded memory that is wiped when its scope ends. */
static void wipep(void *slot)
{
	sodium_free(*(void **)slot);
}
#define cleanup_secret cleanup_with(wipep)

void key_free(struct identity *identity)
{
	sodium_free(identity->secret);
	free(identity);
}

static struct identity *identity_new(struct err *err)
{
	cleanup_identity struct identity *identity = NULL;

	if (sodium_init() < 0) {
		(void)err_set(err, -EIO, "libsodium does not start");
		return NULL;
	}
	identity = calloc(1, sizeof(*identity));
	if (identity)
		identity->secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);
	if (!identity || !identity->secret) {
		(void)err_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	return take_ptr(&identity);
}

static int identity_set(struct identity *identity, const char *name, const unsigned char *seed,
			struct err *err)
{
	uint8_t public[NOTE_PUBLIC_SIZE];

	(void)crypto_sign_seed_keypair(public, identity->secret, seed);
	return note_key_init(&identity->public, name, public, err);
}

static int broken(struct err *err)
{
	return err_set(err, -EINVAL,
		       "%s is broken; remedy: restore it from a backup, or move the whole log "
		       "aside and give the auditor the new vkey",
		       KEY_FILE);
}

static int parse(struct identity *identity, const char *text, size_t len, struct err *err)
{
	const size_t prefix = strlen(SECRET_PREFIX);
	cleanup_secret unsigned char *typed = sodium_malloc(TYPED_SIZE);
	char name[NOTE_NAME_MAX + 1] = { 0 };
	char id[2 * NOTE_KEY_ID_SIZE + 1];
	const char *plus;
	const char *data;

	if (!typed)
		return err_set(err, -ENOMEM, "out of memory");
	if (len <= prefix || memcmp(text, SECRET_PREFIX, prefix) != 0 || text[len - 1] != '\n')
		return broken(err);
	plus = memchr(text + prefix, '+', len - prefix);
	if (!plus || (size_t)(plus - text) - prefix > NOTE_NAME_MAX)
		return broken(err);
	memcpy(name, text + prefix, (size_t)(plus - text) - prefix);
	data = plus + sizeof(id) + 1;
	if (data >= text + len ||
	    !note_base64_decode(data, (size_t)(text + len - 1 - data), typed, TYPED_SIZE) ||
	    typed[0] != 0x01 || identity_set(identity, name, typed + 1, err) < 0)
		return broken(err);
	(void)sodium_bin2hex(id, sizeof(id), identity->public.id, NOTE_KEY_ID_SIZE);
	return memcmp(plus + 1, id, sizeof(id) - 1) == 0 ? 0 : broken(err);
}

int key_load(int dirfd, struct identity **ret, struct err *err)
{
	cleanup_identity struct identity *identity = identity_new(err);
	cleanup_secret char *text = identity ? sodium_malloc(SECRET_MAX) : NULL;
	cleanup_close int fd = -1;
	struct stat st;
	ssize_t len;
	int rc;

	if (!identity)
		return err->code;
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	rc = file_open_trusted(dirfd, KEY_FILE, geteuid(), &fd, err);
	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "stat %s: %m", KEY_FILE);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, -EPERM,
			       "%s could have been read by others; "
			       "remedy: move the whole log aside, a new one gets a new key",
			       KEY_FILE);
	len = read(fd, text, SECRET_MAX);
	if (len < 0)
		return err_set(err, -errno, "read %s: %m", KEY_FILE);
	rc = parse(identity, text, (size_t)len, err);
	if (rc < 0)
		return rc;
	*ret = take_ptr(&identity);
	return 0;
}

static int save(const struct identity *identity, int dirfd, const unsigned char *typed,
		struct err *err)
{
	cleanup_secret char *base64 = sodium_malloc(TYPED_TEXT);
	cleanup_secret char *text = sodium_malloc(SECRET_MAX);
	char id[2 * NOTE_KEY_ID_SIZE + 1];
	int len;

	if (!base64 || !text)
		return err_set(err, -ENOMEM, "out of memory");
	(void)sodium_bin2hex(id, sizeof(id), identity->public.id, NOTE_KEY_ID_SIZE);
	(void)sodium_bin2base64(base64, TYPED_TEXT, typed, TYPED_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	len = snprintf(text, SECRET_MAX, SECRET_PREFIX "%s+%s+%s\n", identity->public.name, id,
		       base64);
	return file_replace(dirfd, KEY_FILE, text, (size_t)len, 0600, err);
}

int key_create(int dirfd, const char *name, struct identity **ret, struct err *err)
{
	cleanup_identity struct identity *identity = identity_new(err);
	cleanup_secret unsigned char *typed = identity ? sodium_malloc(TYPED_SIZE) : NULL;
	int rc;

	if (!identity)
		return err->code;
	if (!typed)
		return err_set(err, -ENOMEM, "out of memory");
	typed[0] = 0x01; /* Ed25519 */
	randombytes_buf(typed + 1, crypto_sign_SEEDBYTES);
	rc = identity_set(identity, name, typed + 1, err);
	if (rc == 0)
		rc = save(identity, dirfd, typed, err);
	if (rc < 0)
		return rc;
	*ret = take_ptr(&identity);
	return 0;
}

int key_publish(const struct identity *identity, int dirfd, struct err *err)
{
	char text[NOTE_VKEY_MAX + 1];

	if (faccessat(dirfd, KEY_PUBLIC_FILE, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	note_key_format(&identity->public, text);
	strcat(text, "\n");
	return file_replace(dirfd, KEY_PUBLIC_FILE, text, strlen(text), 0644, err);
}

const struct note_key *key_public(const struct identity *identity)
{
	return &identity->public;
}

void key_sign(const struct identity *identity, const struct note_checkpoint *checkpoint,
	      uint8_t ret[NOTE_SIGNATURE_SIZE])
{
	char body[NOTE_BODY_MAX];
	size_t len = note_checkpoint_format(checkpoint, body);

	(void)crypto_sign_detached(ret, NULL, (const unsigned char *)body, len, identity->secret);
}
