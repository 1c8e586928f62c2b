/* SPDX-License-Identifier: Apache-2.0 */

#include "media/mapping.h"

#include "core/cleanup.h"
#include "core/err.h"
#include "core/file.h"
#include "media/luks.h"
#include "media/secret.h"
#include "media/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libcryptsetup.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define NAME_MAX_LEN 64

DEFINE_CLEANUP(struct crypt_device *, crypt_free)
#define cleanup_crypt cleanup_with(crypt_freep)

static int deactivate(const char *name, bool emergency)
{
	int rc = crypt_deactivate_by_name(NULL, name, emergency ? CRYPT_DEACTIVATE_FORCE : 0);

	/* It fails whoever has it open, and goes with him. */
	if (rc == -EBUSY && emergency)
		rc = crypt_deactivate_by_name(NULL, name, CRYPT_DEACTIVATE_DEFERRED);
	return rc;
}

/* Return: the slot whose passphrase it was, or an error. */
static int activate(struct crypt_device *crypt, const char *name, bool writable,
		    const struct secret *secret)
{
	/* Private: no rule of udev's looks at what is inside. */
	uint32_t flags = CRYPT_ACTIVATE_PRIVATE | (writable ? 0 : CRYPT_ACTIVATE_READONLY);
	int rc = crypt_activate_by_passphrase(crypt, name, CRYPT_ANY_SLOT, secret->bytes,
					      secret->len, flags);

	/* Left behind by one of us who was killed. */
	if (rc == -EEXIST && deactivate(name, false) == 0)
		rc = crypt_activate_by_passphrase(crypt, name, CRYPT_ANY_SLOT, secret->bytes,
						  secret->len, flags);
	return rc;
}

static int refusal(int rc, const struct volume *volume, struct err *err)
{
	if (rc == -EPERM || rc == -ENOENT)
		return err_set(err, -EACCES, "the passphrase opens nothing on %s", volume->node);
	if (rc == -EEXIST || rc == -EBUSY)
		return err_set(err, -EBUSY, "%s is unlocked already", volume->node);
	errno = -rc;
	return err_set(err, rc, "%s cannot be unlocked: %m", volume->node);
}

static int hold(const char *name, struct volume *ret, struct err *err)
{
	struct volume inside = VOLUME_NONE;
	struct stat st;

	(void)snprintf(inside.node, sizeof(inside.node), "/dev/mapper/%s", name);
	inside.fd = open(inside.node, O_RDONLY | O_CLOEXEC);
	if (inside.fd < 0 || fstat(inside.fd, &st) < 0) {
		(void)err_set(err, -errno, "open %s: %m", inside.node);
		volume_close(&inside);
		return err->code;
	}
	inside.devnum = st.st_rdev;
	*ret = inside;
	return 0;
}

int mapping_open(const struct volume *volume, uint64_t diskseq, bool writable,
		 const struct secret *secret, struct volume *ret,
		 struct luks_evidence *ret_evidence, struct err *err)
{
	cleanup_crypt struct crypt_device *crypt = NULL;
	char name[NAME_MAX_LEN];
	int rc = luks_load(volume->node, &crypt, err);

	if (rc < 0)
		return rc;
	(void)snprintf(name, sizeof(name), MAPPING_PREFIX "%" PRIu64 "-%u", diskseq,
		       volume->number);
	/* Into the mapping itself, not into a keyring that this process does not have. */
	rc = crypt_volume_key_keyring(crypt, 0);
	if (rc == 0)
		rc = activate(crypt, name, writable, secret);
	if (rc < 0)
		return refusal(rc, volume, err);
	*ret_evidence = luks_evidence(crypt, rc);
	rc = hold(name, ret, err);
	if (rc < 0)
		(void)deactivate(name, false);
	return rc;
}

int mapping_close(dev_t devnum, bool emergency, struct err *err)
{
	char path[64];
	char name[NAME_MAX_LEN];
	int rc;

	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm/name", major(devnum),
		       minor(devnum));
	if (file_read_attribute(AT_FDCWD, path, name, sizeof(name)) < 0 ||
	    strncmp(name, MAPPING_PREFIX, strlen(MAPPING_PREFIX)) != 0)
		return 0;
	rc = deactivate(name, emergency);
	if (rc < 0) {
		errno = -rc;
		return err_set(err, rc, "%s cannot be closed: %m", name);
	}
	return 0;
}
