/* SPDX-License-Identifier: Apache-2.0 */

#include "media/luks.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/text.h"

#include <errno.h>
#include <libcryptsetup.h>
#include <stdio.h>
#include <string.h>

DEFINE_CLEANUP(struct crypt_device *, crypt_free)
#define cleanup_crypt cleanup_with(crypt_freep)

/* What the library would print may hold words of the medium. */
static void say_nothing(int level, const char *message, void *ctx)
{
	(void)level;
	(void)message;
	(void)ctx;
}

static int check_slot(struct crypt_device *volume, int slot, struct err *err)
{
	struct crypt_pbkdf_type pbkdf = { 0 };
	crypt_keyslot_info state = crypt_keyslot_status(volume, slot);

	if (state == CRYPT_SLOT_INACTIVE || state == CRYPT_SLOT_INVALID)
		return 0;
	if (crypt_keyslot_get_pbkdf(volume, slot, &pbkdf) < 0)
		return err_set(err, -ENOTSUP, "a key slot of the volume is of an unknown kind");
	if (pbkdf.max_memory_kb > LUKS_MEMORY_MAX_KIB || pbkdf.parallel_threads > LUKS_THREADS_MAX)
		return err_set(err, -E2BIG,
			       "a passphrase of the volume takes too much memory to try; "
			       "remedy: cryptsetup luksConvertKey --pbkdf-memory %d",
			       LUKS_MEMORY_MAX_KIB);
	return 0;
}

/* Who may write to encrypted media alone is not to have one that is encrypted in name alone. */
static int check_cipher(struct crypt_device *volume, struct err *err)
{
	const char *cipher = crypt_get_cipher(volume);
	struct crypt_params_integrity integrity = { 0 };

	if (!cipher || strstr(cipher, "null"))
		return err_set(err, -ENOTSUP, "the volume is not encrypted, it only says so");
	if (crypt_get_integrity_info(volume, &integrity) == 0 && integrity.tag_size > 0)
		return err_set(err, -ENOTSUP, "a volume with integrity tags is not opened");
	if (crypt_reencrypt_status(volume, NULL) != CRYPT_REENCRYPT_NONE)
		return err_set(err, -ENOTSUP,
			       "the volume is being encrypted anew; "
			       "remedy: cryptsetup reencrypt, where it was begun");
	return 0;
}

int luks_load(const char *device, struct crypt_device **ret, struct err *err)
{
	cleanup_crypt struct crypt_device *volume = NULL;
	int rc;

	crypt_set_log_callback(NULL, say_nothing, NULL);
	rc = crypt_init(&volume, device);
	if (rc == 0)
		rc = crypt_load(volume, CRYPT_LUKS2, NULL);
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "%s has no LUKS2 header that can be read: %m", device);
	}
	rc = check_cipher(volume, err);
	for (int slot = 0; rc == 0 && slot < crypt_keyslot_max(CRYPT_LUKS2); slot++)
		rc = check_slot(volume, slot, err);
	if (rc == 0)
		*ret = take_ptr(&volume);
	return rc;
}

struct luks_evidence luks_evidence(struct crypt_device *volume, int slot)
{
	struct luks_evidence evidence = { 0 };
	struct crypt_pbkdf_type pbkdf = { 0 };
	const char *cipher = crypt_get_cipher(volume);
	const char *mode = crypt_get_cipher_mode(volume);
	char whole[2 * IPC_WORD_MAX];
	int bytes = crypt_get_volume_key_size(volume);

	(void)snprintf(whole, sizeof(whole), "%s-%s", cipher ? cipher : "", mode ? mode : "");
	(void)text_escape(evidence.cipher, sizeof(evidence.cipher), whole, strlen(whole));
	if (crypt_keyslot_get_pbkdf(volume, slot, &pbkdf) == 0 && pbkdf.type)
		(void)text_escape(evidence.kdf, sizeof(evidence.kdf), pbkdf.type,
				  strlen(pbkdf.type));
	evidence.key_bits = bytes > 0 ? (uint32_t)bytes * 8 : 0;
	return evidence;
}
