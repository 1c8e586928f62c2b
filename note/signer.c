/* SPDX-License-Identifier: Apache-2.0 */

#include "note/signer.h"

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

struct signer {
	struct note_key public;
	unsigned char *secret; /* crypto_sign_SECRETKEYBYTES, guarded */
};

/* Guarded memory that is wiped when its scope ends. */
static void wipep(void *slot)
{
	sodium_free(*(void **)slot);
}
#define cleanup_secret cleanup_with(wipep)

void signer_free(struct signer *signer)
{
	sodium_free(signer->secret);
	free(signer);
}

static struct signer *signer_new(struct err *err)
{
	cleanup_signer struct signer *signer = NULL;

	if (sodium_init() < 0) {
		(void)err_set(err, -EIO, "libsodium does not start");
		return NULL;
	}
	signer = calloc(1, sizeof(*signer));
	if (signer)
		signer->secret = sodium_malloc(crypto_sign_SECRETKEYBYTES);
	if (!signer || !signer->secret) {
		(void)err_set(err, -ENOMEM, "out of memory");
		return NULL;
	}
	return take_ptr(&signer);
}

static int signer_set(struct signer *signer, const char *name, const unsigned char *seed,
		      struct err *err)
{
	uint8_t public[NOTE_PUBLIC_SIZE];

	(void)crypto_sign_seed_keypair(public, signer->secret, seed);
	return note_key_init(&signer->public, name, public, err);
}

static int broken(const char *file, struct err *err)
{
	return err_set(err, -EINVAL,
		       "%s is no secret key, or is broken; remedy: restore it from a backup, or "
		       "make a new key and hand out its public part anew",
		       file);
}

static int parse(struct signer *signer, const char *file, const char *text, size_t len,
		 struct err *err)
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
		return broken(file, err);
	plus = memchr(text + prefix, '+', len - prefix);
	if (!plus || (size_t)(plus - text) - prefix > NOTE_NAME_MAX)
		return broken(file, err);
	memcpy(name, text + prefix, (size_t)(plus - text) - prefix);
	data = plus + sizeof(id) + 1;
	if (data >= text + len ||
	    !note_base64_decode(data, (size_t)(text + len - 1 - data), typed, TYPED_SIZE) ||
	    typed[0] != 0x01 || signer_set(signer, name, typed + 1, err) < 0)
		return broken(file, err);
	(void)sodium_bin2hex(id, sizeof(id), signer->public.id, NOTE_KEY_ID_SIZE);
	return memcmp(plus + 1, id, sizeof(id) - 1) == 0 ? 0 : broken(file, err);
}

int signer_load(int dirfd, const char *file, struct signer **ret, struct err *err)
{
	cleanup_signer struct signer *signer = signer_new(err);
	cleanup_secret char *text = signer ? sodium_malloc(SECRET_MAX) : NULL;
	cleanup_close int fd = -1;
	struct stat st;
	ssize_t len;
	int rc;

	if (!signer)
		return err->code;
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	rc = file_open_trusted(dirfd, file, geteuid(), &fd, err);
	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "stat %s: %m", file);
	len = read(fd, text, SECRET_MAX);
	if (len < 0)
		return err_set(err, -errno, "read %s: %m", file);
	rc = parse(signer, file, text, (size_t)len, err);
	if (rc < 0)
		return rc; /* before the mode: a public key may be read by all */
	if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, -EPERM,
			       "%s could have been read by others; "
			       "remedy: make a new key and hand out its public part anew",
			       file);
	*ret = take_ptr(&signer);
	return 0;
}

static int save(const struct signer *signer, int dirfd, const char *file,
		const unsigned char *typed, struct err *err)
{
	cleanup_secret char *base64 = sodium_malloc(TYPED_TEXT);
	cleanup_secret char *text = sodium_malloc(SECRET_MAX);
	char id[2 * NOTE_KEY_ID_SIZE + 1];
	int len;

	if (!base64 || !text)
		return err_set(err, -ENOMEM, "out of memory");
	(void)sodium_bin2hex(id, sizeof(id), signer->public.id, NOTE_KEY_ID_SIZE);
	(void)sodium_bin2base64(base64, TYPED_TEXT, typed, TYPED_SIZE,
				sodium_base64_VARIANT_ORIGINAL);
	len = snprintf(text, SECRET_MAX, SECRET_PREFIX "%s+%s+%s\n", signer->public.name, id,
		       base64);
	return file_replace(dirfd, file, text, (size_t)len, 0600, err);
}

int signer_create(int dirfd, const char *file, const char *name, struct signer **ret,
		  struct err *err)
{
	cleanup_signer struct signer *signer = signer_new(err);
	cleanup_secret unsigned char *typed = signer ? sodium_malloc(TYPED_SIZE) : NULL;
	int rc;

	if (!signer)
		return err->code;
	if (!typed)
		return err_set(err, -ENOMEM, "out of memory");
	typed[0] = 0x01; /* Ed25519 */
	randombytes_buf(typed + 1, crypto_sign_SEEDBYTES);
	rc = signer_set(signer, name, typed + 1, err);
	if (rc == 0)
		rc = save(signer, dirfd, file, typed, err);
	if (rc < 0)
		return rc;
	*ret = take_ptr(&signer);
	return 0;
}

int signer_from_seed(const char *name, const uint8_t *seed, struct signer **ret, struct err *err)
{
	cleanup_signer struct signer *signer = signer_new(err);
	int rc = signer ? signer_set(signer, name, seed, err) : err->code;

	if (rc == 0)
		*ret = take_ptr(&signer);
	return rc;
}

int signer_publish(const struct signer *signer, int dirfd, const char *file, struct err *err)
{
	char text[NOTE_VKEY_MAX + 1];

	if (faccessat(dirfd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	note_key_format(&signer->public, text);
	strcat(text, "\n");
	return file_replace(dirfd, file, text, strlen(text), 0644, err);
}

const struct note_key *signer_public(const struct signer *signer)
{
	return &signer->public;
}

void signer_sign(const struct signer *signer, const char *text, size_t len,
		 uint8_t ret[NOTE_SIGNATURE_SIZE])
{
	(void)crypto_sign_detached(ret, NULL, (const unsigned char *)text, len, signer->secret);
}

bool signer_unseal(const struct signer *signer, const uint8_t *sealed, size_t len, uint8_t *ret)
{
	cleanup_secret unsigned char *secret = sodium_malloc(crypto_box_SECRETKEYBYTES);
	uint8_t public[crypto_box_PUBLICKEYBYTES];

	return secret && len >= crypto_box_SEALBYTES &&
	       crypto_sign_ed25519_pk_to_curve25519(public, signer->public.public) == 0 &&
	       crypto_sign_ed25519_sk_to_curve25519(secret, signer->secret) == 0 &&
	       crypto_box_seal_open(ret, sealed, len, public, secret) == 0;
}
