/* SPDX-License-Identifier: Apache-2.0 */

#include "audit/identity.h"

#include "audit/segment.h"
#include "core/err.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* A log that has entries and no key has been robbed: it gets no new key by itself. */
static int lost(const char *file, struct err *err)
{
	return err_set(err, -ENOKEY,
		       "the log has lost %s; remedy: restore it, or move the whole log aside and "
		       "give the auditor the new vkey",
		       file);
}

static int is_new(int dirfd, bool *ret, struct err *err)
{
	cleanup_free uint64_t *firsts = NULL;
	size_t n = 0;
	int rc = segment_list(dirfd, &firsts, &n, err);

	if (rc == 0)
		*ret = n == 0 && faccessat(dirfd, IDENTITY_VKEY_FILE, F_OK, 0) < 0 &&
		       faccessat(dirfd, IDENTITY_FILE, F_OK, 0) < 0;
	return rc;
}

static int create(int dirfd, const char *terminal_id, const struct epoch_keys *keys,
		  struct signer **ret, struct err *err)
{
	char name[NOTE_NAME_MAX + 1];
	char enrolment[EPOCH_ENROLMENT_LEN + 1];

	epoch_enrolment(epoch_keys_current(keys)->public, enrolment);
	(void)snprintf(name, sizeof(name), "sekisho.local/t/%s/%s", terminal_id, enrolment);
	return signer_create(dirfd, IDENTITY_FILE, name, ret, err);
}

int identity_open(int dirfd, const char *terminal_id, struct signer **ret,
		  struct epoch_keys **ret_keys, struct err *err)
{
	cleanup_signer struct signer *identity = NULL;
	cleanup_epoch_keys struct epoch_keys *keys = NULL;
	bool fresh = false;
	int rc = is_new(dirfd, &fresh, err);

	if (rc < 0)
		return rc;
	rc = signer_load(dirfd, IDENTITY_FILE, &identity, err);
	if (rc == -ENOENT && !fresh)
		return lost(IDENTITY_FILE, err);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	/* A first start that was cut short left nothing that anybody knows: it begins anew. */
	rc = fresh ? epoch_keys_create(dirfd, &keys, err) : epoch_keys_open(dirfd, &keys, err);
	if (rc == -ENOENT)
		return lost(EPOCH_KEYS_FILE, err);
	if (rc == 0 && fresh)
		rc = create(dirfd, terminal_id, keys, &identity, err);
	if (rc == 0)
		rc = signer_publish(identity, dirfd, IDENTITY_VKEY_FILE, err);
	if (rc < 0)
		return rc;
	*ret = take_ptr(&identity);
	*ret_keys = take_ptr(&keys);
	return 0;
}
